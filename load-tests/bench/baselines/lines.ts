/** Lines of waiting work by name: in each, one piece at a time, first come first served. Different lines do not wait for each other. */
export class Lines {
  readonly #tails = new Map<number, Promise<void>>();

  /** Settles as `work` does. */
  async inLine(name: number, work: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(name);
    const own = before === undefined ? work() : before.then(work);
    const tail = own.catch(() => {}); // whoever comes next does not inherit a failure
    this.#tails.set(name, tail);
    try {
      await own;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}
