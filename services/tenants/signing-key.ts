/** The key that signs buyers' tokens: made once, kept with the data, so that tokens outlive a restart. */
import { chmod, readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeSecretFile } from './secret-file.ts';

export async function signingKey(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, 'buyer-signing.key');
  const known = await textOf(path);
  // A file that a crash left empty has signed nothing yet.
  if (known === '') await writeSecretFile(path, randomBytes(32).toString('hex'));
  await chmod(path, 0o600);
  return Buffer.from(await textOf(path), 'hex');
}

/** Empty when there is no such file. */
async function textOf(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw cause;
  }
}
