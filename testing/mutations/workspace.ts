/**
 * A copy of the project outside its tree, in which a mutation may do what it likes: what is there is never
 * touched, also when the run is killed. Packages are shared by a link.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Mutation } from './mutation.ts';

export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** The text with the mutation in it. Throws `NotApplicable` unless `find` stands there exactly once. */
export function mutated(text: string, { name, file, find, replace }: Mutation): string {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new NotApplicable(`${name}: its text stands ${times} times in ${file}, not once`);
  return text.replace(find, () => replace);
}

export class Workspace implements Disposable {
  readonly dir: string;

  /** Copies what git knows of and what is new, as it is now. */
  constructor(projectDir: string) {
    this.dir = mkdtempSync(join(tmpdir(), 'onhand-mutant-'));
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: projectDir,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    for (const file of files.split('\0').filter((one) => one !== '')) {
      mkdirSync(join(this.dir, dirname(file)), { recursive: true });
      cpSync(join(projectDir, file), join(this.dir, file));
    }
    symlinkSync(join(projectDir, 'node_modules'), join(this.dir, 'node_modules'));
  }

  /** Applies the mutation, runs, and puts the file back as it was. Throws `NotApplicable`. */
  async with<T>(mutation: Mutation, run: () => Promise<T>): Promise<T> {
    const file = join(this.dir, mutation.file);
    const honest = readFileSync(file, 'utf8');
    writeFileSync(file, mutated(honest, mutation));
    try {
      return await run();
    } finally {
      writeFileSync(file, honest);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
