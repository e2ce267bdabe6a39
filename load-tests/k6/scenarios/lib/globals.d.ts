/** What k6 has and its types leave out. */
declare const console: { error(...words: readonly unknown[]): void };
