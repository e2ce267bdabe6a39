/** What was started, ended in reverse order: all of it, also when one of the endings fails. */
export class Endings implements AsyncDisposable {
  readonly #started: AsyncDisposable[] = [];

  use<Started extends AsyncDisposable>(started: Started): Started {
    this.#started.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const one of this.#started.splice(0).reverse()) {
      try {
        await one[Symbol.asyncDispose]();
      } catch (cause) {
        failures.push(cause);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'something that was started for a benchmark could not be ended');
  }
}

/** Everything used in `start` is ended when that fails; afterwards it is the caller's to end. */
export async function startTogether<Prepared>(start: (endings: Endings) => Promise<Prepared>): Promise<Prepared> {
  const endings = new Endings();
  try {
    return await start(endings);
  } catch (error) {
    await endings[Symbol.asyncDispose]();
    throw error;
  }
}
