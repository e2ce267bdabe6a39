/** By their paths within the project. */
export const programs: readonly string[];

/** The file to start for a program, by its path within the project; null: it must be started through tsx. */
export function compiledProgram(
  source: string,
  options?: { readonly projectDir?: string; readonly sources?: readonly string[] },
): Promise<string | null>;

/** How to start a program with Node: flags and file. */
export function startedBy(source: string): Promise<string[]>;
