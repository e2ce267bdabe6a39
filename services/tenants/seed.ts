/**
 * The two stores every start makes sure of, and the file that tells their keys.
 *
 * The file is the memory: keys that are in it are kept, so a restart changes nothing. It is written
 * before the stores, so a crash in between leaves keys that the next start makes good.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidV8Of } from '../../runtime/ids/derive.ts';
import { isKeyForm, newStoreKeys } from './keys.ts';
import type { NewStore, StoreKeys, Tenants } from './port.ts';
import { writeSecretFile } from './secret-file.ts';

export interface SeededStore extends NewStore, StoreKeys {}

export interface KeysFile {
  readonly stores: readonly SeededStore[];
}

/** Their ids never change, so a second data folder on one database means the same stores. */
export const seededStores: readonly NewStore[] = [
  { storeId: `store_${uuidV8Of('store/demo')}`, name: 'Demo Store', subdomain: 'demo', demo: true },
  { storeId: `store_${uuidV8Of('store/second')}`, name: 'Second Store', subdomain: 'second', demo: false },
];

export async function seedStores(tenants: Tenants, dataFolder: string): Promise<KeysFile> {
  const path = join(dataFolder, 'keys.json');
  const known = await readKeysFile(path);
  const stores = seededStores.map(
    (store) => known.stores.find((other) => other.storeId === store.storeId) ?? { ...store, ...newStoreKeys() },
  );
  const file = { stores };
  if (JSON.stringify(file) !== JSON.stringify(known)) await writeSecretFile(path, `${JSON.stringify(file, null, 2)}\n`);
  for (const { publishableKey, secretKey, ...store } of stores) await tenants.ensureStore(store, { publishableKey, secretKey });
  return file;
}

async function readKeysFile(path: string): Promise<KeysFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { stores: [] };
    throw cause;
  }
  const file = parseKeysFile(text);
  if (file === null) throw new Error(`${path} is damaged: restore it, or move it away to have new keys made`);
  return file;
}

export function parseKeysFile(text: string): KeysFile | null {
  try {
    const file = JSON.parse(text) as { stores?: unknown };
    return Array.isArray(file.stores) && file.stores.every(isSeededStore) ? { stores: file.stores } : null;
  } catch {
    return null;
  }
}

function isSeededStore(value: unknown): value is SeededStore {
  const store = (value ?? {}) as Record<string, unknown>;
  const texts = [store.storeId, store.name, store.subdomain, store.publishableKey, store.secretKey];
  return (
    texts.every((text) => typeof text === 'string') &&
    typeof store.demo === 'boolean' &&
    isKeyForm(store.publishableKey as string) &&
    isKeyForm(store.secretKey as string)
  );
}
