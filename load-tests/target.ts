/** Where a run plays: a server of its own, or one that is already running. */
import { startServer } from './server.ts';

export interface Target extends AsyncDisposable {
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Of a server that this run started; null for one that was there before. */
  readonly serverPid: number | null;
  /** As /readyz says it: what an acknowledgement survives. */
  readonly durability: string;
}

/** The flags by which a command names a running server. */
export const targetOptions = { target: { type: 'string' }, key: { type: 'string' } } as const;

export interface TargetOptions {
  readonly target?: string | undefined;
  readonly key?: string | undefined;
}

/** Throws a plain sentence when the target cannot be used. */
export async function openTarget(options: TargetOptions): Promise<Target> {
  if (options.target !== undefined) return runningTarget(options.target, options.key);
  const server = await startServer();
  try {
    const stores = await server.keys();
    const store = stores.find((candidate) => candidate.demo) ?? stores[0];
    if (store === undefined) throw new Error('the server started without a store in keys.json');
    return {
      url: server.url,
      publishableKey: store.publishableKey,
      secretKey: store.secretKey,
      serverPid: server.pid,
      durability: await readDurability(server.url),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function runningTarget(url: string, secretKey: string | undefined): Promise<Target> {
  if (secretKey === undefined) throw new Error('--target needs --key sk_… of the store to play in');
  const trimmed = url.replace(/\/+$/, '');
  return {
    url: trimmed,
    // A secret key may do all that a publishable one may, so it serves as both.
    publishableKey: secretKey,
    secretKey,
    serverPid: null,
    durability: await readDurability(trimmed),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function readDurability(url: string): Promise<string> {
  const response = await fetch(`${url}/readyz`).catch(() => null);
  if (response === null) throw new Error(`no server answers at ${url}`);
  const body = (await response.json().catch(() => ({}))) as { readonly durability?: unknown };
  if (response.status !== 200) throw new Error(`the server at ${url} is not ready (${response.status})`);
  return typeof body.durability === 'string' ? body.durability : JSON.stringify(body.durability ?? 'not stated');
}
