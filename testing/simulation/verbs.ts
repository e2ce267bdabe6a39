/** What clients and merchants can want, and how often. */

/** Of the merchant's console: counts, settings and sales. */
export type MerchantVerb =
  | 'receive'
  | 'adjust'
  | 'set'
  | 'transfer'
  | 'return'
  | 'expect'
  | 'configure'
  | 'pause'
  | 'resume'
  | 'allot'
  | 'takeBack';
/** About one hold of one line, by whoever may. */
type LineVerb = 'fulfil' | 'uncommit' | 'hold' | 'replace' | 'extend' | 'release' | 'commit' | 'read' | 'readHold';
/** About a hold of several lines. */
export type MultiVerb = 'multiTake' | 'multiRetake' | 'multiExtend' | 'multiRelease' | 'multiCommit' | 'multiRead';
export type Verb = MerchantVerb | LineVerb | MultiVerb | 'reuseKey' | 'readUnknown' | 'holdUnknown';

/** How often each is wanted, before each world bends it. */
export const usualWeights: Readonly<Record<Verb, number>> = {
  receive: 6,
  adjust: 2,
  set: 2,
  transfer: 2,
  return: 2,
  expect: 1,
  configure: 2,
  pause: 1,
  resume: 2,
  allot: 2,
  takeBack: 1,
  fulfil: 4,
  uncommit: 2,
  hold: 30,
  replace: 4,
  extend: 4,
  release: 8,
  commit: 14,
  read: 6,
  readHold: 4,
  multiTake: 12,
  multiRetake: 3,
  multiExtend: 2,
  multiRelease: 4,
  multiCommit: 6,
  multiRead: 2,
  reuseKey: 1,
  readUnknown: 1,
  holdUnknown: 1,
};
