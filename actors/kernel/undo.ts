/**
 * The inverse of what `apply` did in place. A frame that the log refused is undone newest first; a
 * frame that was acknowledged drops its inverses. Property held by tests: apply then undo = before.
 */
export interface Undo {
  record(inverse: () => void): void;
}

export class UndoLog implements Undo {
  #inverses: (() => void)[] = [];

  record(inverse: () => void): void {
    this.#inverses.push(inverse);
  }

  /** How many inverses are recorded: a mark to roll back to. */
  get length(): number {
    return this.#inverses.length;
  }

  rollBack(mark = 0): void {
    while (this.#inverses.length > mark) this.#inverses.pop()!();
  }
}

/** For folds that never roll back: replay, verify, tests of `apply` alone. */
export const noUndo: Undo = { record() {} };
