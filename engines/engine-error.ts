/**
 * What kept an engine from running, said so that a person can act on it: one plain sentence for what
 * happened, one for what to do. An operating fault, never a broken invariant.
 */
export const engineErrorCodes = [
  'folder_live',
  'folder_not_writable',
  'folder_not_ours',
  'folder_empty',
  'disk_full',
  'binary_missing',
  'account_missing',
  'port_taken',
  'start_failed',
  'stopped',
] as const;

export type EngineErrorCode = (typeof engineErrorCodes)[number];

export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  /** What the reader can do about it. */
  readonly remedy: string;

  constructor(code: EngineErrorCode, sentence: string, remedy: string, cause?: unknown) {
    super(`${sentence} ${remedy}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = remedy;
  }
}

/** Turns the file system's own errors, and Postgres's about a full disk, into sentences; anything unknown is passed on untouched. */
export function asEngineError(error: unknown, folder: string): unknown {
  if (error instanceof EngineError || !(error instanceof Error)) return error;
  if (causesOf(error).some((cause) => cause.code === postgresDiskFull)) return diskFull(folder, error);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return notWritable(folder, error);
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(folder, error);
    case 'ENOTDIR':
    case 'EEXIST':
      return new EngineError(
        'folder_not_writable',
        `${folder} cannot be made: something that is not a folder is in the way.`,
        'Name another folder with --data.',
        error,
      );
    default:
      return error;
  }
}

const postgresDiskFull = '53100';

/** The error itself and what lies under it: a migration that fails wraps what Postgres said. */
function causesOf(error: unknown): readonly NodeJS.ErrnoException[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

export function notWritable(folder: string, cause?: unknown): EngineError {
  return new EngineError(
    'folder_not_writable',
    `The folder ${folder} cannot be written to.`,
    'Make it writable for this user, or name another folder with --data.',
    cause,
  );
}

export function diskFull(folder: string, cause?: unknown): EngineError {
  return new EngineError(
    'disk_full',
    `The disk that holds ${folder} is full.`,
    'Free some space (Onhand needs 600 MB, most of it as a reserve), or name a folder on another disk with --data.',
    cause,
  );
}

/** What Postgres writes when the disk is full; it has more than one way to say so. */
export function saysDiskFull(output: string): boolean {
  return /no space left|disk quota|check free disk space|wrote only \d+ of/i.test(output);
}
