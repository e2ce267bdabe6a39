/** A value that is often there at once: the caller pays for a promise only when it must wait. */
export type Maybe<Value> = Value | Promise<Value>;
