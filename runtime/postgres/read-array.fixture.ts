/** For tests: an array in Postgres' binary form, read back by the book, as the server would. */
export interface ReadArray {
  readonly elementType: number;
  readonly hasNulls: boolean;
  readonly elements: readonly (Buffer | null)[];
}

export function readArray(bytes: Buffer): ReadArray {
  const dimensions = bytes.readInt32BE(0);
  const hasNulls = bytes.readInt32BE(4) === 1;
  const elementType = bytes.readInt32BE(8);
  const elements: (Buffer | null)[] = [];
  let at = 12;
  if (dimensions === 1) {
    const length = bytes.readInt32BE(at);
    if (bytes.readInt32BE(at + 4) !== 1) throw new Error('the first index is 1');
    at += 8;
    for (let index = 0; index < length; index++) {
      const size = bytes.readInt32BE(at);
      at += 4;
      elements.push(size === -1 ? null : bytes.subarray(at, at + size));
      at += Math.max(0, size);
    }
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes are left over`);
  return { elementType, hasNulls, elements };
}
