/** Where one HTTP answer ends and what its status is: all that an arriving buyer's request is measured by. */
const headEnd = Buffer.from('\r\n\r\n');
const lengthName = /\r\ncontent-length: *(\d+)/i;

export interface AnswerSeen {
  readonly status: number;
  /** Bytes of the whole answer. */
  readonly bytes: number;
}

/** Null: it is not whole yet. Throws when it says no length. */
export function seeAnswer(bytes: Buffer, length: number): AnswerSeen | null {
  const answer = bytes.subarray(0, length);
  const at = answer.indexOf(headEnd);
  if (at < 0) return null;
  const head = answer.toString('latin1', 0, at);
  const status = Number(head.slice(9, 12));
  const said = lengthName.exec(head)?.[1];
  if (said === undefined && status !== 204) throw new Error(`an answer without a length: ${head.slice(0, 60)}`);
  const whole = at + headEnd.length + Number(said ?? 0);
  return whole > length ? null : { status, bytes: whole };
}
