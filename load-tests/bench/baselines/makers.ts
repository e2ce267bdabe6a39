/** Every baseline by the name under which its process is asked for it. */
import { lockedCheckoutFree, lockedCheckoutPaid, serializableCheckoutFree, serializableCheckoutPaid } from './checkout-baselines.ts';
import type { BaselineMaker } from './child-port.ts';
import { readCommittedBaseline, redisLockBaseline, serializableBaseline, skipLockedBaseline } from './hold-baselines.ts';
import { batchedBaseline, gateBaseline, helloBaseline } from './http-baselines.ts';
import { rawRowsBaseline, writeBehindBaseline } from './row-baselines.ts';

export const makers: ReadonlyMap<string, BaselineMaker> = new Map<string, BaselineMaker>([
  ['serializable', serializableBaseline],
  ['read-committed', readCommittedBaseline],
  ['skip-locked', skipLockedBaseline],
  ['redis-lock', redisLockBaseline],
  ['batched', batchedBaseline],
  ['gate', gateBaseline],
  ['hello', helloBaseline],
  ['serializable-checkout', serializableCheckoutPaid],
  ['serializable-checkout-free', serializableCheckoutFree],
  ['locked-checkout', lockedCheckoutPaid],
  ['locked-checkout-free', lockedCheckoutFree],
  ['raw-rows', rawRowsBaseline],
  ['write-behind-rows', writeBehindBaseline],
]);
