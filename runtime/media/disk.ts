/** Media in a folder of the local disk. Names are paths with slashes; what is being written has a name of its own. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type Media, MediaConflict, MediaUnavailable } from './port.ts';

const unfinished = '.part';

export class DiskMedia implements Media {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const known = await this.get(name);
    if (known !== null && !Buffer.from(known).equals(bytes)) throw new MediaConflict(`${name} is there with other content`);
    const file = join(this.#folder, name);
    await asking(async () => {
      await makeFolder(dirname(file));
      if (known === null) await writeWhole(file, bytes);
      else await syncAll(file, dirname(file)); // who wrote it may have died before it was synced
    });
  }

  async get(name: string): Promise<Uint8Array | null> {
    return asking(async () => {
      try {
        return await readFile(join(this.#folder, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    });
  }

  async list(prefix: string): Promise<readonly string[]> {
    return asking(async () => {
      const found: string[] = [];
      // Only below the last whole folder of the prefix: the rest of the tree may be large.
      await walk(join(this.#folder, prefix.slice(0, prefix.lastIndexOf('/') + 1)), (file) => found.push(file));
      const names = found.map((file) => relative(this.#folder, file).split(sep).join('/'));
      return names.filter((name) => name.startsWith(prefix) && !name.endsWith(unfinished)).sort();
    });
  }
}

/** D1: the name appears only when the bytes are on disk, and the folder remembers the name. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}${unfinished}`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    await syncedThenClosed(handle, async () => {
      await handle.writeFile(bytes);
    });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncAll(dirname(file));
}

/** Each new folder is remembered by the one it stands in. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncAll(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

async function syncAll(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await syncedThenClosed(await open(path, 'r'), async () => {});
}

async function syncedThenClosed(handle: FileHandle, write: () => Promise<void>): Promise<void> {
  try {
    await write();
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function walk(folder: string, see: (file: string) => void): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    if (entry.isDirectory()) await walk(join(folder, entry.name), see);
    else see(join(folder, entry.name));
  }
}

async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new MediaUnavailable(`the media folder: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
