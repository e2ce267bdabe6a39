/**
 * Broken invariants. The third kind of bad news (the other two are refusals, which are values, and
 * operating faults, which are outcomes): the program itself is wrong. Never caught to carry on: the
 * runtime stops the actor that threw it and says so loudly.
 */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BrokenInvariant(message);
}

/** For the `default` of a switch over a closed union: a compile error if a case is missing. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`unexpected value ${JSON.stringify(value)}`);
}
