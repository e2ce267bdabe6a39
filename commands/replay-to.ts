/**
 * `onhand replay-to`: stock as it was at any instant, from the frames up to there.
 *
 * R1. Exit codes: 0 something was known then; 1 nothing was (before the first frame, or the SKU had not come yet);
 *     2 wrong use, the future included.
 */
import { type Instant, isSku, parseIso, toIso } from '../actors/kernel/index.ts';
import { systemClock } from '../runtime/clock.ts';
import { configFlags, loadConfig } from '../runtime/config.ts';
import { LogDamaged } from '../runtime/frame/frame.ts';
import { silentLogger } from '../runtime/logger.ts';
import { askServer } from './ask-server.ts';
import { type CommandOutput, defineCommand, type ExitCode, Hindrance, UsageError } from './command.ts';
import { logChoiceOf } from './embedded/open-log.ts';
import { type Past, type StockOfStore, stockOfStopped, type Wish } from './embedded/stock-as-of.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';

export const command = defineCommand({
  name: 'replay-to',
  summary: 'Show stock as it was at any instant, from the frames of the log and its archive.',
  usage: '--at TIME [--sku S] [--store ID] [--data DIR | --target URL --key sk_…] [--json FILE]',
  details: [
    ['--at TIME', 'ISO 8601 with its zone (2026-03-01T12:00:00Z), or milliseconds since 1970'],
    ['--sku S', 'this SKU alone (all)'],
    ['--store ID', 'this store alone (all)'],
    ['--data DIR', 'a data folder that nobody serves (ONHAND_DATA, ./.onhand)'],
    ['--target URL', 'a running server; needs --sku'],
    ['--key sk_…', 'secret key of the store to ask about at the target'],
    ['exit code 1', 'nothing was known then: before the first frame, or the SKU had not come yet'],
  ],
  options: {
    at: { type: 'string' },
    sku: { type: 'string' },
    store: { type: 'string' },
    data: configFlags.data,
    target: { type: 'string' },
    key: { type: 'string' },
  },
  async run({ values }, output) {
    const { target, key, data, sku = null, store = null } = values;
    if (target !== undefined && data !== undefined) throw new UsageError('--target and --data name two different books; give one.');
    if ((target === undefined) !== (key === undefined)) throw new UsageError('--target and --key go together.');
    if (sku !== null && !isSku(sku)) throw new UsageError(`--sku: "${sku}" cannot be an SKU.`);
    if (store !== null && !/^[^/]+$/.test(store)) throw new UsageError(`--store: "${store}" cannot be a store.`);
    const wish = { at: instantOf(values.at), store, sku };
    if (target === undefined) return tell(await pastOfFolder(values, wish, output), wish, output);
    if (sku === null) throw new UsageError('--target answers about one SKU; name it with --sku.');
    if (store !== null) throw new UsageError('The key given with --key names the store; leave --store out.');
    return tell(await pastOfServer(target, key!, { at: wish.at, sku }), wish, output);
  },
});

/** Throws `UsageError`. */
function instantOf(text: string | undefined): Instant {
  if (text === undefined) throw new UsageError('--at says which instant to show.');
  const at = /^\d{1,15}$/.test(text) ? Number(text) : parseIso(text);
  if (at === null)
    throw new UsageError(`--at is ISO 8601 with its zone, such as 2026-03-01T12:00:00Z, or milliseconds since 1970, not "${text}".`);
  if (at > systemClock.wallMs()) throw new UsageError(`--at ${text} is in the future; only what is over can be shown.`);
  return at;
}

async function pastOfFolder(values: { readonly data?: string | undefined }, wish: Wish, output: CommandOutput): Promise<Past> {
  const config = loadConfig(values.data === undefined ? {} : { data: values.data });
  await using storage = await openEmbeddedStorage({
    dataDir: config.dataDir,
    log: logChoiceOf(config),
    logger: silentLogger,
    mustExist: true,
    onStep: (step) => output.progress.update(step),
  });
  try {
    return await stockOfStopped(storage, wish, (shard, frame) => output.progress.update(`shard ${shard + 1}, frame ${frame}`));
  } catch (error) {
    if (error instanceof LogDamaged) throw new Hindrance(`The log is damaged: ${error.message}. See what it means with onhand verify.`);
    throw error;
  }
}

type StockOfKey = Omit<StockOfStore, 'store'> & { readonly store: null };
type Shown = Omit<Past, 'skus'> & { readonly skus: readonly (StockOfStore | StockOfKey)[] };

/** A server speaks of one store, the key's, and does not say its id. */
async function pastOfServer(target: string, key: string, { at, sku }: { readonly at: Instant; readonly sku: string }): Promise<Shown> {
  const path = `/v1/admin/stock/${encodeURIComponent(sku)}/as-of?at=${toIso(at)}`;
  const { origin, ok, status, body } = await askServer<StockOfKey>({ target, path, key });
  if (body?.code === 'sku_unknown') return { skus: [], shards: [], begins: null };
  if (!ok) throw new Hindrance(`${origin} refused: ${body?.title ?? `status ${status}`}.`);
  if (body?.restsOn === undefined || body.levels === undefined) throw new Hindrance(`What answers at ${origin} is not Onhand.`);
  const { shard, frame, at: frameAt } = body.restsOn;
  return { skus: [{ store: null, ...body } as StockOfKey], shards: [{ shard, frame, at: frameAt }], begins: null };
}

/** A table longer than this is for a program: it is in the JSON. */
const rowsShownMax = 200;
const heading = ['store', 'sku', 'location', 'on_hand', 'available', 'held', 'committed', 'allotted', 'damaged', 'safety_stock'];

function tell({ skus, shards, begins }: Shown, wish: Wish, output: CommandOutput): ExitCode {
  const at = toIso(wish.at);
  output.progress.done();
  output.result({ at, store: wish.store, sku: wish.sku, known: skus.length > 0, begins, shards, skus });
  if (skus.length === 0) {
    output.print(nothingKnown(wish, begins));
    return 1;
  }
  const rows = skus.flatMap(rowsOf);
  const columns = wish.sku === null ? [...heading, 'version'] : [...heading, 'version', 'shard', 'frame', 'frame time'];
  output.table(
    columns,
    rows.slice(0, rowsShownMax).map((row) => row.slice(0, columns.length)),
  );
  if (rows.length > rowsShownMax) output.print(`The first ${rowsShownMax} of ${rows.length} rows; all of them with --json FILE.`);
  output.print(`Stock at ${at}: ${skus.length} SKU${skus.length === 1 ? '' : 's'}, from ${restingOn(shards)}.`);
  return 0;
}

function nothingKnown({ at, sku, store }: Wish, begins: string | null): string {
  const then = toIso(at);
  if (begins !== null && at < Date.parse(begins)) return `Nothing is known of ${then}: the log begins at ${begins}.`;
  const whose = store === null ? '' : ` of store ${store}`;
  if (sku === null) return `No SKU${whose} was known at ${then}: no frame up to then speaks of any.`;
  return `The SKU ${sku}${whose} was not known at ${then}: no frame up to then speaks of it.`;
}

function rowsOf({ store, sku, version, levels, restsOn }: Shown['skus'][number]): (string | number)[][] {
  return levels.map((level) => {
    const { location, onHand, available, held, committed, allotted, damaged, safetyStock } = level;
    const numbers = [onHand, available, held, committed, allotted, damaged, safetyStock, version];
    return [store ?? '(of the key)', sku, location, ...numbers, restsOn.shard, restsOn.frame, restsOn.at];
  });
}

function restingOn(shards: Past['shards']): string {
  const [only, ...others] = shards.filter(({ frame }) => frame >= 0);
  if (only === undefined || others.length > 0) return `the frames of ${others.length + 1} shards up to then`;
  return `shard ${only.shard} up to frame ${only.frame} of ${only.at}`;
}
