/**
 * Sends seeded requests to a running server and says what was answered wrongly.
 *
 * Z1. Every sound request has one answer: not 500; a refusal has a documented code with its status.
 * Z2. After a broken one nothing but a refusal or the end of the connection.
 */
import { makeRandom } from '../../../load-tests/random.ts';
import { type ProblemCode, problems } from '../../../gateway/problems.ts';
import { RawConnection, type RawOutcome } from './raw-connection.ts';
import { type FuzzRequest, fuzzRequest, type FuzzTarget } from './requests.ts';

export interface FuzzedHttp {
  /** What should not have been, with the seed and number that bring it back. */
  readonly wrong: readonly string[];
  readonly answersByStatus: ReadonlyMap<number, number>;
}

export interface HttpFuzzOptions {
  readonly url: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly seed: number;
  readonly cases: number;
  readonly connections: number;
}

export async function fuzzHttp(options: HttpFuzzOptions): Promise<FuzzedHttp> {
  const { hostname, port, host } = new URL(options.url);
  const target: FuzzTarget = { ...options, host, routes: await routesOf(options.url) };
  const wrong: string[] = [];
  const answersByStatus = new Map<number, number>();
  let next = 0;
  const work = async (): Promise<void> => {
    let connection: RawConnection | null = null;
    let before = 'nothing';
    for (let number = next++; number < options.cases; number = next++) {
      const request = fuzzRequest(makeRandom(options.seed, number), target);
      if (connection?.open !== true) connection = new RawConnection({ host: hostname, port: Number(port) });
      const outcome = await connection.ask(request.bytes, {
        headOnly: request.headOnly,
        last: !request.sound,
        ...patienceFor(request.bytes),
      });
      if (outcome.kind === 'answered')
        answersByStatus.set(outcome.response.status, (answersByStatus.get(outcome.response.status) ?? 0) + 1);
      const what = mistakeIn(request, outcome);
      if (what !== null) wrong.push(`seed ${options.seed}, case ${number}: ${what}; sent ${shown(request.bytes)} after ${before}`);
      before = shown(request.bytes);
      if (request.sound && !closes(outcome)) continue; // a connection that is closed is known by that
      connection.end();
      connection = null;
    }
    connection?.end();
  };
  await Promise.all(Array.from({ length: options.connections }, work));
  return { wrong, answersByStatus };
}

/** A check of the books waits for the one before it, each of them reads the whole log. */
const bookCheckWithinMs = 60_000;

function patienceFor(bytes: Buffer): { readonly withinMs?: number } {
  return /^\w+ \/v1\/admin\/verify[? ]/.test(bytes.toString('latin1', 0, 64)) ? { withinMs: bookCheckWithinMs } : {};
}

function closes(outcome: RawOutcome): boolean {
  return outcome.kind === 'silent' || (outcome.kind === 'answered' && outcome.response.headers.get('connection') === 'close');
}

function mistakeIn(request: FuzzRequest, outcome: RawOutcome): string | null {
  if (outcome.kind === 'silent') return 'no answer';
  if (outcome.kind === 'closed') return request.sound ? 'the connection was closed without an answer' : null; // Z1, Z2
  const { status, body } = outcome.response;
  if (!request.sound) return status < 400 ? `answered ${status} to what is no request` : null; // Z2
  if (status < 400) return null;
  if (request.headOnly) return status === 500 ? 'answered 500' : null;
  const code = codeIn(body);
  if (code === 'internal_error') return `answered ${status} ${code}`;
  if (code === null || !Object.hasOwn(problems, code)) return `answered ${status} without a documented code: ${body.slice(0, 200)}`;
  const expected = problems[code as ProblemCode].status;
  return expected === status ? null : `answered ${status} with ${code}, which is documented as ${expected}`;
}

function codeIn(body: string): string | null {
  try {
    const { code } = JSON.parse(body) as { readonly code?: unknown };
    return typeof code === 'string' ? code : null;
  } catch {
    return null;
  }
}

function shown(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1').slice(0, 400));
}

async function routesOf(url: string): Promise<FuzzTarget['routes']> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { readonly paths: Readonly<Record<string, object>> };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
}
