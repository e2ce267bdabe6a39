/**
 * Whether what happened was right, worked out the slow way from what stands in the SKUs and what shoppers were told.
 *
 * J1. A SKU never has more units promised or sold than it received, a code never more uses than it may have.
 * J2. A hold that ended without a sale has no live part anywhere, of SKUs or codes, from that very decision on.
 * J3. A committed hold has sold exactly its lines, and used its codes exactly, but for what was given back.
 * J4. No hold starts to commit at or after its expiry, and none is held that was not asked for in time.
 * J5. Every repeat of a command hears the first answer.
 * J6. In the end every hold has ended, nobody owes anybody anything, and all units are sold or there.
 *
 * Shares no code with the actors. Used by tests alone.
 */
import type { CouponState, Use } from '../coupon/state.ts';
import { assert, type ActorId } from '../kernel/index.ts';
import type { HoldState } from './index.ts';
import type { StockState } from '../stock/state.ts';
import type { StockReply } from '../stock/replies.ts';
import { store } from './kit.fixture.ts';
import { stockOf, useGivenBack, type Shop } from './shoppers.fixture.ts';

interface Standing {
  readonly holdId: string;
  readonly status: string;
  readonly quantity: number;
  readonly isPart: boolean;
}

/** All that stands in a SKU's book, without its indexes. */
function standings(shop: Shop, sku: string): Standing[] {
  const { holds } = shop.world.state<StockState>('stock', store, sku);
  if (holds === null) return [];
  const parts = [...holds.parts.values()]
    .flat()
    .filter((part) => !part.tombstone)
    .map((part) => ({ ...part, isPart: true }));
  return [...parts, ...[...holds.lines.values()].map((line) => ({ ...line, isPart: false }))];
}

/** After every decision. J1 to J4 */
export function watch(shop: Shop, id: ActorId): void {
  if (id.kind === 'hold') return judgeHold(shop, id.id);
  if (id.kind === 'coupon') return judgeCode(shop, id.id);
  const standing = standings(shop, id.id);
  const promised = standing
    .filter(({ status }) => status === 'held' || status === 'committed')
    .reduce((sum, { quantity }) => sum + quantity, 0);
  const received = shop.received.get(id.id) ?? 0;
  assert(promised <= received, `J1: ${id.id} received ${received} units and promised ${promised}`);
  for (const { holdId, status, isPart } of standing) if (isPart && status === 'held') judgeHold(shop, holdId);
}

/** All uses of a code that are known by name: here nothing is so old that it is folded. */
function usesOf(shop: Shop, code: string): Use[] {
  return [...shop.world.state<CouponState>('coupon', store, code).uses.values()].flat();
}

function usesIn(shop: Shop, code: string, is: (use: Use) => boolean): number {
  return usesOf(shop, code)
    .filter(is)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/** J1, J2, J3 */
function judgeCode(shop: Shop, code: string): void {
  const [live, usesMax] = [usesIn(shop, code, ({ status }) => status === 'held' || status === 'committed'), shop.codes.get(code) ?? 0];
  assert(live <= usesMax, `J1: ${code} may be used ${usesMax} times and is ${live} times`);
  for (const { holdId, status } of usesOf(shop, code)) if (status === 'held') judgeHold(shop, holdId);
}

function judgeUses(shop: Shop, holdId: string): void {
  const { status, lines } = shop.world.state<HoldState>('hold', store, holdId);
  for (const code of shop.codes.keys()) {
    const held = usesIn(shop, code, (use) => use.holdId === holdId && use.status === 'held');
    const used = usesIn(shop, code, (use) => use.holdId === holdId && use.status === 'committed');
    if (status === 'refused' || status === 'released' || status === 'expired')
      assert(held + used === 0, `J2: ${holdId} is ${status} and still has ${held + used} uses of ${code}`);
    if (status !== 'committed') continue;
    const wanted = lines.filter(({ kind, sku }) => kind === 'coupon' && sku === code).reduce((sum, { quantity }) => sum + quantity, 0);
    const expected = shop.givenBack.has(useGivenBack(code, holdId)) ? 0 : wanted;
    assert(held === 0 && used === expected, `J3: ${holdId} is committed with ${expected} of ${code}, holds ${held} and used ${used}`);
  }
}

function judgeHold(shop: Shop, holdId: string): void {
  const { status, lines, expiresAt } = shop.world.state<HoldState>('hold', store, holdId);
  if (shop.statuses.get(holdId) !== status) {
    shop.statuses.set(holdId, status);
    if (status === 'held' || status === 'committing')
      assert(shop.world.now < expiresAt, `J4: ${holdId} is ${status} ${shop.world.now - expiresAt} ms after its expiry`);
  }
  if (status === 'refused' || status === 'released' || status === 'expired') {
    for (const sku of shop.skus)
      assert(unitsOf(shop, sku, holdId, 'held') === 0, `J2: ${holdId} is ${status} and still has units of ${sku}`);
    for (const sku of shop.skus)
      assert(unitsOf(shop, sku, holdId, 'committed') === 0, `J2: ${holdId} is ${status} and has sold units of ${sku}`);
  }
  judgeUses(shop, holdId);
  if (status !== 'committed') return;
  for (const sku of shop.skus) {
    const wanted = lines.filter((line) => line.kind === undefined && line.sku === sku).reduce((sum, line) => sum + line.quantity, 0);
    const sold = unitsOf(shop, sku, holdId, 'committed');
    assert(sold === wanted, `J3: ${holdId} is committed with ${wanted} of ${sku} and sold ${sold}`);
    assert(unitsOf(shop, sku, holdId, 'held') === 0, `J3: ${holdId} is committed and still holds ${sku}`);
  }
}

function unitsOf(shop: Shop, sku: string, holdId: string, status: string): number {
  return standings(shop, sku)
    .filter((each) => each.isPart && each.holdId === holdId && each.status === status)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/** When nothing happens any more. J5, J6 */
export function judgeEnd(shop: Shop): void {
  const { world } = shop;
  assert(world.busy().length === 0, `J6: in the end ${world.busy().join('; ')}`);
  for (const { id } of world.actors('hold')) {
    const { status } = world.state<HoldState>('hold', store, id);
    assert(['none', 'refused', 'committed', 'released', 'expired'].includes(status), `J6: ${id} ends as ${status}`);
    judgeHold(shop, id);
  }
  for (const sku of shop.skus) judgeUnits(shop, sku);
  for (const code of shop.codes.keys()) judgeSums(shop, code);
  for (const [commandId, replies] of shop.answers) {
    for (const reply of replies)
      assert(
        JSON.stringify(reply) === JSON.stringify(replies[0]),
        `J5: ${commandId} heard ${JSON.stringify(reply)} after ${JSON.stringify(replies[0])}`,
      );
  }
}

function judgeSums(shop: Shop, code: string): void {
  const { held, used } = shop.world.state<CouponState>('coupon', store, code);
  const committed = usesIn(shop, code, ({ status }) => status === 'committed');
  assert(held === 0, `J6: ${code} holds ${held} uses for nobody`);
  assert(used === committed, `J6: ${code} was used ${committed} times, its sum says ${used}`);
}

export function judgeUnits(shop: Shop, sku: string): void {
  const sold = standings(shop, sku)
    .filter(({ status }) => status === 'committed')
    .reduce((sum, { quantity }) => sum + quantity, 0);
  shop.world.tell(stockOf(sku), { type: 'read' }, (answer) => {
    assert('reply' in answer, `J6: ${sku} cannot be read`);
    const reply = answer.reply as StockReply;
    const sum = (pick: (level: StockReply['levels'][number]) => number): number =>
      reply.levels.reduce((total, level) => total + pick(level), 0);
    const received = shop.received.get(sku) ?? 0;
    assert(sum(({ held }) => held) === 0, `J6: ${sku} holds ${sum(({ held }) => held)} units for nobody`);
    assert(
      sum(({ committed }) => committed) === sold,
      `J6: ${sku} sold ${sold} units, its levels say ${sum(({ committed }) => committed)}`,
    );
    assert(reply.available === received - sold, `J6: ${sku} received ${received}, sold ${sold} and has ${reply.available}`);
  });
}
