/** Where a run plays: a server of its own, with a broker of its own if it needs one, or one that is already running. */
import { rm } from 'node:fs/promises';
import { type NatsServers, startNats } from '../engines/nats/index.ts';
import { freshDirectory, type ServerUnderTest, startServer } from './server.ts';

export interface Target extends AsyncDisposable {
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Of a server that this run started; null for one that was there before. */
  readonly serverPid: number | null;
  /** What this run started, for whoever means to disturb it; null for a server that was there before. */
  readonly own: OwnServer | null;
  /** As /readyz says it: what an acknowledgement survives. */
  readonly durability: string;
}

export interface OwnServer {
  readonly server: ServerUnderTest;
  /** Null with the Postgres log. */
  readonly nats: NatsServers | null;
}

/** The flags by which a command names a running server. */
export const targetOptions = { target: { type: 'string' }, key: { type: 'string' } } as const;

export interface TargetOptions {
  readonly target?: string | undefined;
  readonly key?: string | undefined;
  /** Of the server that is started. */
  readonly log?: 'postgres' | 'jetstream';
  readonly replicas?: 1 | 3;
  /** The broker's program; absent: the one of this machine. */
  readonly natsBinary?: string | undefined;
  /** Modules loaded into it before the program, by path within the project. */
  readonly preload?: readonly string[];
  /** Beside what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Done to its folder before the first start. */
  readonly prepare?: (dataDirectory: string) => void;
  /** How long it may take to be ready. */
  readonly readyWithinMs?: number;
}

/** Throws a plain sentence when the target cannot be used. */
export async function openTarget(options: TargetOptions): Promise<Target> {
  if (options.target !== undefined) return runningTarget(options.target, options.key);
  const own = await startOwn(options);
  try {
    const stores = await own.server.keys();
    const store = stores.find((candidate) => candidate.demo) ?? stores[0];
    if (store === undefined) throw new Error('the server started without a store in keys.json');
    return {
      url: own.server.url,
      publishableKey: store.publishableKey,
      secretKey: store.secretKey,
      own,
      get serverPid() {
        return own.server.pid;
      },
      durability: await readDurability(own.server.url),
      [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
    };
  } catch (error) {
    await own[Symbol.asyncDispose]();
    throw error;
  }
}

/** The broker is started here, not by the server: it must outlive a server that is killed, as it does in earnest. */
async function startOwn({
  log = 'postgres',
  replicas = 1,
  natsBinary,
  preload = [],
  environment = {},
  prepare = () => {},
  readyWithinMs,
}: TargetOptions): Promise<OwnServer & AsyncDisposable> {
  const options = { preload, environment, prepare, ...(readyWithinMs === undefined ? {} : { readyWithinMs }) };
  if (log === 'postgres') {
    const started = await startServer(options);
    return { server: started, nats: null, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
  }
  const natsDirectory = await freshDirectory();
  const endNats = async (nats?: NatsServers) => {
    await nats?.stop();
    await rm(natsDirectory, { recursive: true, force: true });
  };
  let nats: NatsServers | undefined;
  try {
    nats = await startNats({ dataDir: natsDirectory, replicas, ...(natsBinary === undefined ? {} : { binary: natsBinary }) });
    // As settings, not as flags: whoever looks at the folder afterwards is told the same.
    const environment = { ONHAND_LOG: log, NATS_URL: nats.url, NATS_REPLICAS: String(replicas) };
    const started = await startServer({ ...options, environment });
    const end = async () => {
      await started[Symbol.asyncDispose]();
      await endNats(nats);
    };
    return { server: started, nats, [Symbol.asyncDispose]: end };
  } catch (error) {
    await endNats(nats);
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
    own: null,
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
