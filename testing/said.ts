/** What a command says while a test runs it, instead of it being shown: one entry per call, empty before each test. */
import { afterEach, beforeEach, vi } from 'vitest';

export function whatIsSaid(): string[] {
  const said: string[] = [];
  const note = (...words: readonly unknown[]): true => {
    said.push(words.join(' '));
    return true;
  };
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(console, 'log').mockImplementation(note);
    vi.spyOn(console, 'error').mockImplementation(note);
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => note(text));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => note(text));
  });
  afterEach(() => vi.restoreAllMocks());
  return said;
}
