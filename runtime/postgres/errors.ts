/**
 * What an error of the driver proves about a statement that may write. The one place where error codes are
 * looked at; loops switch on the verdict.
 *
 * V1. `notWritten` only when it is certain that the statement did not and will not commit: it was never
 *     sent, or the server refused it with an ERROR, which rolls its transaction back.
 * V2. A session that ended (FATAL), a timeout, a cancel, a lost connection and everything unfamiliar prove
 *     nothing: the commit may have happened just before, or may still happen.
 */
export type FailureVerdict = 'notWritten' | 'full' | 'unknown';

export type StatementPhase =
  /** No session yet: nothing was sent. */
  'connecting' | 'sent';

interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
}

/** Classes and codes of errors (https://www.postgresql.org/docs/18/errcodes-appendix.html) after which the
 *  server has rolled back. Longest match first; what is not here is unknown (V2). */
const verdicts: readonly (readonly [codePrefix: string, verdict: FailureVerdict, why: string])[] = [
  ['53100', 'full', 'disk_full'],
  ['53', 'notWritten', 'insufficient_resources: out of memory, too many connections'],
  ['40003', 'unknown', 'statement_completion_unknown says it itself'],
  ['40', 'notWritten', 'transaction_rollback: serialization failure, deadlock'],
  ['55P03', 'notWritten', 'lock_not_available: lock_timeout while waiting'],
  ['22', 'notWritten', 'data_exception'],
  ['23', 'notWritten', 'integrity_constraint_violation; 23514 also: no partition for the row'],
  ['25', 'notWritten', 'invalid_transaction_state: read-only server, aborted transaction'],
  ['26', 'notWritten', 'invalid_sql_statement_name: prepared statement is gone'],
  ['42', 'notWritten', 'syntax or access rule: missing table, missing right'],
  ['54', 'notWritten', 'program_limit_exceeded'],
  ['0A', 'notWritten', 'feature_not_supported: cached plan must not change result type'],
];

export function verdictOf(error: unknown, phase: StatementPhase): FailureVerdict {
  if (phase === 'connecting') return 'notWritten'; // V1
  if (!isServerError(error) || error.severity !== 'ERROR') return 'unknown'; // V2
  return verdicts.find(([prefix]) => error.code.startsWith(prefix))?.[1] ?? 'unknown';
}

export function sqlStateOf(error: unknown): string | null {
  return isServerError(error) ? error.code : null;
}

/** For `cause` of an outcome and for log lines: code and message, never the row itself. */
export function describe(error: unknown): string {
  if (isServerError(error)) return `${error.code} ${error.message}`;
  return error instanceof Error ? `${(error as NodeJS.ErrnoException).code ?? error.name} ${error.message}`.trim() : String(error);
}

/** An error the server sent, as against one that the socket or the driver made. */
function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    typeof (error as Partial<ServerError>).severity === 'string' &&
    /^[0-9A-Z]{5}$/.test((error as Partial<ServerError>).code ?? '')
  );
}
