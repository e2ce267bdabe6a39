/** One question to a running server, by a merchant's key. */
import { Hindrance, UsageError } from './command.ts';

export interface Question {
  /** As the person wrote it. */
  readonly target: string;
  readonly path: string;
  readonly key: string;
}

export interface ServerAnswer<Body> {
  readonly origin: string;
  readonly ok: boolean;
  readonly status: number;
  /** Null: no JSON. Any of the fields may be missing: it is not known yet who answers there. */
  readonly body: (Partial<Body> & { readonly title?: string; readonly code?: string }) | null;
}

/** Throws `UsageError`, `Hindrance`. */
export async function askServer<Body>({ target, path, key }: Question): Promise<ServerAnswer<Body>> {
  if (!URL.canParse(path, target)) throw new UsageError(`--target is an address such as http://127.0.0.1:8080, not "${target}".`);
  const url = new URL(path, target);
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  } catch (error) {
    throw new Hindrance(`${url.origin} does not answer: ${String((error as Error).cause ?? error)}.`);
  }
  const body = (await answer.json().catch(() => null)) as ServerAnswer<Body>['body'];
  return { origin: url.origin, ok: answer.ok, status: answer.status, body };
}
