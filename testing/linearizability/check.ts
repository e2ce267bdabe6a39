/**
 * Is there one order of these operations, each between its call and its return, in which a sequential model would have
 * given the same answers?
 *
 * The search is that of Wing and Gong (Testing and verifying concurrent objects, 1993) as a walk over calls and returns
 * with undo, with the memo of Lowe (Testing for linearizability, 2017): a set of operations done and the state they lead
 * to are tried once. Independent objects are checked apart (Herlihy and Wing: linearizability is local).
 *
 * Z1. An operation without an answer may take effect at any time after its call, or never.
 * Z2. `undecided` when the steps allowed are used up: it never claims more than it knows.
 */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** Undefined: nobody heard (Z1). */
  readonly output: Output | undefined;
  readonly calledAt: number;
  readonly returnedAt: number;
}

export interface Model<State, Input, Output> {
  initial(): State;
  /** The state afterwards, the same object where nothing changes; null where the model would not have answered so.
   *  `output` undefined: any answer. */
  step(state: State, input: Input, output: Output | undefined): State | null;
  /** Equal for equal states. */
  key(state: State): string;
}

export type Linearizability<Input, Output> =
  | { readonly kind: 'linearizable' }
  /** `stuckAt`: the earliest return that no order explains. */
  | { readonly kind: 'not_linearizable'; readonly stuckAt: Operation<Input, Output> }
  | { readonly kind: 'undecided'; readonly steps: number };

interface Entry {
  readonly kind: 'call' | 'return';
  readonly operation: number;
  readonly at: number;
}

const stepsMaxDefault = 2_000_000;

export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  stepsMax = stepsMaxDefault,
): Linearizability<Input, Output> {
  return new Search(model, operations).run(stepsMax);
}

/** Two at one instant: calls first, which allows more and so accuses nobody wrongly. */
function entriesOf(operations: readonly Operation<unknown, unknown>[]): Entry[] {
  const entries = operations.flatMap(({ output, calledAt, returnedAt }, operation): Entry[] => {
    const call: Entry = { kind: 'call', operation, at: calledAt };
    return output === undefined ? [call] : [call, { kind: 'return', operation, at: returnedAt }];
  });
  return entries.sort((one, other) => one.at - other.at || (one.kind === other.kind ? 0 : one.kind === 'call' ? -1 : 1));
}

class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #entries: readonly Entry[];
  /** Links over `#entries`, so that what is done can be taken out and put back at its place. Index 0 is the head. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #callOf: Int32Array;
  readonly #returnOf: Int32Array;
  readonly #done: Uint8Array;
  readonly #tried = new Set<string>();
  #returnsLeft: number;
  /** No operation beyond this one is done. */
  #newestDone = 0;

  constructor(model: Model<State, Input, Output>, operations: readonly Operation<Input, Output>[]) {
    this.#model = model;
    this.#operations = operations;
    this.#entries = entriesOf(operations);
    const length = this.#entries.length;
    this.#next = Int32Array.from({ length: length + 2 }, (_, index) => index + 1);
    this.#previous = Int32Array.from({ length: length + 2 }, (_, index) => index - 1);
    this.#callOf = new Int32Array(operations.length);
    this.#returnOf = new Int32Array(operations.length);
    this.#entries.forEach(({ kind, operation }, index) => ((kind === 'call' ? this.#callOf : this.#returnOf)[operation] = index + 1));
    this.#done = new Uint8Array(operations.length);
    this.#returnsLeft = this.#entries.filter(({ kind }) => kind === 'return').length;
  }

  run(stepsMax: number): Linearizability<Input, Output> {
    const end = this.#entries.length + 1;
    const path: { readonly operation: number; readonly before: State }[] = [];
    let state = this.#model.initial();
    let furthest = 0;
    let at = this.#next[0]!;
    for (let steps = 0; this.#returnsLeft > 0; steps++) {
      if (steps === stepsMax) return { kind: 'undecided', steps }; // Z2
      const entry = at === end ? null : this.#entries[at - 1]!;
      if (entry?.kind === 'call') {
        const after = this.#tryNow(entry.operation, state);
        if (after === null) {
          at = this.#next[at]!;
          continue;
        }
        path.push({ operation: entry.operation, before: state });
        state = after;
        at = this.#next[0]!;
        continue;
      }
      furthest = Math.max(furthest, at); // a return whose call is not done yet: nothing further may be done before it
      const last = path.pop();
      if (last === undefined) return { kind: 'not_linearizable', stuckAt: this.#operations[this.#entries[furthest - 1]!.operation]! };
      this.#putBack(last.operation);
      state = last.before;
      at = this.#next[this.#callOf[last.operation]!]!;
    }
    return { kind: 'linearizable' };
  }

  /** Does the operation next, if the model would answer so and this has not been tried. */
  #tryNow(operation: number, state: State): State | null {
    const { input, output } = this.#operations[operation]!;
    const after = this.#model.step(state, input, output);
    if (after === null) return null;
    if (output === undefined && after === state) return null; // to do nothing unheard is as good as never (Z1)
    this.#takeOut(operation);
    const memo = `${this.#doneKey()} ${this.#model.key(after)}`;
    if (!this.#tried.has(memo)) {
      this.#tried.add(memo);
      return after;
    }
    this.#putBack(operation);
    return null;
  }

  /** What is done: everything up to the first that is not, and the few beyond. */
  #doneKey(): string {
    let first = 0;
    while (this.#done[first] === 1) first++;
    const beyond: number[] = [];
    for (let operation = first + 1; operation <= this.#newestDone; operation++) if (this.#done[operation] === 1) beyond.push(operation);
    return `${first}:${beyond.join(',')}`;
  }

  #takeOut(operation: number): void {
    this.#done[operation] = 1;
    this.#newestDone = Math.max(this.#newestDone, operation);
    this.#unlink(this.#callOf[operation]!);
    if (this.#returnOf[operation] === 0) return;
    this.#unlink(this.#returnOf[operation]!);
    this.#returnsLeft--;
  }

  #putBack(operation: number): void {
    this.#done[operation] = 0;
    if (this.#returnOf[operation] !== 0) {
      this.#link(this.#returnOf[operation]!);
      this.#returnsLeft++;
    }
    this.#link(this.#callOf[operation]!);
  }

  #unlink(index: number): void {
    this.#next[this.#previous[index]!] = this.#next[index]!;
    this.#previous[this.#next[index]!] = this.#previous[index]!;
  }

  /** In the opposite order of `#unlink`: the neighbours are as they were. */
  #link(index: number): void {
    this.#next[this.#previous[index]!] = index;
    this.#previous[this.#next[index]!] = index;
  }
}
