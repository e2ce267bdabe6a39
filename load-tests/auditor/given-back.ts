/**
 * Units that buyers gave back so late that nobody was there any more to take them: they are left over, and no fault.
 *
 * Counted are only those of which a buyer knows that and when it let go: a cancellation or a release it sent, a payment of
 * its own that failed, a hold it walked away from. What came back in any other way has no excuse.
 */
import type { Observation } from './observations.ts';
import type { PurchaseObservation } from './purchase-observations.ts';

/** The longest that a buyer who wants a unit stays away between two tries: as it was told to, and a moment more. */
const comesAgainWithinMs = 20_000;

export function givenBackTooLate(observations: readonly Observation[], seen: readonly PurchaseObservation[]): number {
  const lastWantedMs = Math.max(
    ...observations.map((one) => (one.kind === 'left' && one.cameToBuy && !one.hadUnit ? one.atMs : -Infinity)),
  );
  const times = [...letGo(observations), ...undone(seen)];
  return times.filter((atMs) => atMs > lastWantedMs - comesAgainWithinMs).length;
}

function letGo(observations: readonly Observation[]): number[] {
  const bought = new Set(observations.flatMap((one) => (one.kind === 'left' && one.bought ? [one.buyer] : [])));
  const released = new Map(observations.flatMap((one) => (one.kind === 'releaseSent' ? [[one.holdId, one.sentAtMs] as const] : [])));
  const walkedAwayFrom = new Map<string, number>();
  for (const one of observations)
    if (one.kind === 'holdAcknowledged' && !bought.has(one.buyer)) walkedAwayFrom.set(one.holdId, one.expiresAtMs);
  return [...new Map([...walkedAwayFrom, ...released]).values()];
}

function undone(seen: readonly PurchaseObservation[]): number[] {
  const canceled = new Map<string, number>();
  const failed: number[] = [];
  for (const one of seen) {
    if (one.kind === 'cancelSent') canceled.set(one.orderId, one.sentAtMs);
    else if (one.kind === 'checkoutRefused' && one.code === 'payment_failed') failed.push(one.answeredAtMs);
  }
  return [...canceled.values(), ...failed];
}
