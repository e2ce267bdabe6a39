/** W3C trace context, version 00: echoed when valid, made when absent. Ids need to be unique, not secret. */
import { randomBytes } from 'node:crypto';

const form = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export class TraceParents {
  readonly #start = randomBytes(8).toString('hex');
  #count = 0;

  of(given: string): string {
    if (given !== '' && form.test(given)) return given;
    this.#count += 1;
    const count = this.#count.toString(16).padStart(16, '0');
    return `00-${this.#start}${count}-${count}-00`;
  }
}
