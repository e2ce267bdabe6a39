/**
 * The books of every shard, and what must hold between them: `verify` as commands and the running server use it.
 *
 * B1. On a running server shards are looked at one after the other, and orders go on meanwhile. What looks wrong is
 *     therefore looked at again, and told only if the very same version of the order looks wrong the very same way.
 */
import type { Intent } from '../../../engines/stripe/index.ts';
import { readStoredPayments } from '../../../engines/stripe/stored.ts';
import type { Node } from '../../../runtime/node.ts';
import { shardOf } from '../../../runtime/shard-of.ts';
import { type Books, type OnProgress, verifyRunning, type VerifyReport, verifyStopped } from '../../../runtime/verify/report.ts';
import type { Difference } from '../../../runtime/verify/verify-shard.ts';
import { type CrossDifference, crossCheck, type KnownPayments } from './cross-check.ts';
import { collect, type Facts, noFacts } from './facts.ts';

/** The simulator forgets its oldest payments beyond this many; fewer than that are all there ever were. */
const paymentsKept = 100_000;
const lookAgainAfterMs = 1_500;

export async function checkStoppedBooks(books: Books, dataDir: string, onProgress?: OnProgress): Promise<VerifyReport> {
  const facts = noFacts();
  const report = await verifyStopped({ ...books, inspect: (actor) => collect(facts, actor) }, onProgress);
  const stored = await readStoredPayments(`${dataDir}/stripe-simulator`);
  return withFindings(report, crossCheck(facts, stored === null ? null : paymentsOf(stored.intents, null)), books.shardCount);
}

/** `intents` null: whoever takes the money cannot be asked for a list. */
export async function checkRunningBooks(
  node: Node,
  books: Books,
  store: string,
  intents: (() => Promise<readonly Intent[]>) | null,
): Promise<VerifyReport> {
  const look = async (): Promise<{ report: VerifyReport; facts: Facts; found: readonly CrossDifference[] }> => {
    const facts = noFacts();
    const report = await verifyRunning(node, { ...books, inspect: (actor) => collect(facts, actor) }, store);
    return { report, facts, found: crossCheck(facts, intents === null ? null : paymentsOf(await intents(), store)) };
  };
  const first = await look();
  if (first.found.length === 0) return first.report;
  await new Promise((resolve) => setTimeout(resolve, lookAgainAfterMs));
  const second = await look(); // B1
  const before = new Set(first.found.map((one) => nameOf(one, first.facts)));
  const lasting = second.found.filter((one) => before.has(nameOf(one, second.facts)));
  return withFindings(second.report, lasting, books.shardCount);
}

function nameOf({ store, key, what, memory, payments = null }: CrossDifference, { orders }: Facts): string {
  const version = orders.get(`${store}\n${key.replace(/^order\//, '')}`)?.version ?? 0;
  return JSON.stringify([store, key, what, memory, payments, version]);
}

function paymentsOf(intents: readonly Intent[], store: string | null): KnownPayments {
  const payments = intents.map(({ id, metadata, status, amountReceived, amountRefunded }) => ({
    paymentId: id,
    store: metadata['store'] ?? '',
    orderId: metadata['orderId'] ?? '',
    status,
    receivedMinor: amountReceived,
    refundedMinor: amountRefunded,
  }));
  // Payments that no order of ours made are somebody else's business.
  const ours = payments.filter((payment) => payment.orderId !== '' && (store === null || payment.store === store));
  return { payments: ours, complete: intents.length < paymentsKept };
}

function withFindings(report: VerifyReport, found: readonly CrossDifference[], shardCount: number): VerifyReport {
  if (found.length === 0) return report;
  const cross = found.map((one): Difference => {
    const [kind = '', id = ''] = one.key.split('/');
    return { shard: shardOf({ kind, store: one.store, id }, shardCount), ...one };
  });
  const differences = [...report.differences, ...cross];
  return { ...report, differences, ok: false };
}
