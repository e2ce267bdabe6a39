/** A value that is often there at once: the caller pays for a promise only when it must wait. */
export type Maybe<Value> = Value | Promise<Value>;

/** Goes on with the value now if it is there, later if it is not. `failed` gets what was thrown. */
export function whenKnown<Value>(value: Maybe<Value>, then: (value: Value) => void, failed: (cause: unknown) => void): void {
  if (value instanceof Promise) value.then(then).catch(failed);
  else then(value);
}
