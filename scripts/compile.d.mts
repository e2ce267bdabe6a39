/** By their paths within the project. */
export const programs: readonly string[];

/** The file to start for a program, by its path within the project; null: it must be started through tsx. */
export function compiledProgram(
  source: string,
  options?: { readonly projectDir?: string; readonly sources?: readonly string[] },
): Promise<string | null>;

/** How to start a program with Node: flags and file. */
export function startedBy(source: string): Promise<string[]>;

/** What may be loaded before a program, by their paths within the project. */
export const preloads: readonly string[];

export interface ThreadProgram {
  readonly file: string;
  readonly argv: readonly string[];
}

/** How to start a program in a thread. */
export function threadOf(source: string): Promise<ThreadProgram>;

/** The same for any source, without compiling it. */
export function uncompiledThread(path: string): ThreadProgram;

/** How to start commands/main.ts with some of `preloads` loaded before it. Throws when another is named. */
export function startedAfter(before: readonly string[]): Promise<string[]>;
