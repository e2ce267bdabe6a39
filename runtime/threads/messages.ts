/** What goes between a thread and who asks it: plain data, which the structured clone copies as it is. */

export interface Asked<Ask> {
  readonly id: number;
  readonly ask: Ask;
}

export type Answered<Answer> =
  | { readonly id: number; readonly answer: Answer }
  /** It threw: a mistake of ours, with its stack. */
  | { readonly id: number; readonly mistake: string };
