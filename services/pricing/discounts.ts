/**
 * Which discounts an order gets, and how much of each falls on which line. Pure.
 *
 * The rules, which every answer also explains (`applied`, `notApplied`):
 *
 * D1. A discount is a candidate when it is automatic or a code names it, its window (and the code's) holds at the
 *     instant, the lines before discounts reach its minimum, and some line is its target.
 * D2. Those that `combine` stand together; one that does not stands alone. Of all ways to stand, the one that saves the
 *     buyer most counts; of equal ones that with more discounts, then the one whose first id is smallest.
 * D3. Those that stand together apply in this order, each to what the ones before have left: to lines, then to the
 *     order; percentages before amounts; then by id. Free shipping comes last.
 * D4. No line falls below 0: an amount takes at most what is left of its target.
 * D5. What an order-wide discount takes is spread over its lines in proportion to what is left of each, to the unit
 *     (`allocate`); so the lines' shares sum to the discount.
 * D6. The order in which lines come makes no difference: lines are worked on by SKU in code unit order.
 * D7. What a discount takes is a whole number of steps of what can be paid in the currency, as the lines are.
 */
import { assert, type Instant, payableStepOf } from '../../actors/kernel/index.ts';
import { type Applied, type Coupon, codeOf, type Discount, type NotApplied, type NotAppliedWhy } from './port.ts';
import { allocate, payable, percentageOf, sumOf } from '../../actors/kernel/rounding.ts';

export interface DiscountableLine {
  readonly sku: string;
  readonly amountMinor: number;
  readonly categories: readonly string[];
}

/** Reasons for which the code itself is at fault, so that a buyer who typed it must hear of it before paying. */
export const codeFaults: ReadonlySet<NotAppliedWhy> = new Set<NotAppliedWhy>([
  'code_unknown',
  'not_started',
  'ended',
  'other_currency',
  'subtotal_below_minimum',
  'no_matching_lines',
]);

export interface DiscountQuestion {
  /** One per SKU. */
  readonly lines: readonly DiscountableLine[];
  readonly currency: string;
  readonly shippingMinor: number;
  readonly discounts: readonly Discount[];
  readonly coupons: readonly Coupon[];
  readonly codes: readonly string[];
  readonly at: Instant;
}

export interface DiscountAnswer {
  readonly bySku: ReadonlyMap<string, number>;
  readonly shippingDiscountMinor: number;
  readonly applied: readonly Applied[];
  readonly notApplied: readonly NotApplied[];
}

interface Candidate {
  readonly discount: Discount;
  readonly code: string | null;
}

/** One way to stand (D2). */
interface Standing {
  readonly candidates: readonly Candidate[];
  readonly left: readonly number[];
  readonly amounts: ReadonlyMap<string, number>;
  readonly shippingDiscountMinor: number;
  readonly savedMinor: number;
}

export function discountsOf(question: DiscountQuestion): DiscountAnswer {
  const lines = [...question.lines].sort((left, right) => (left.sku < right.sku ? -1 : 1)); // D6
  assert(new Set(lines.map(({ sku }) => sku)).size === lines.length, 'each SKU is one line');
  const sorted = { ...question, lines };
  const { candidates, rejected } = candidatesOf(sorted);
  const best = bestOf(sorted, candidates);
  const applied = best.candidates.filter(({ discount }) => (best.amounts.get(discount.id) ?? 0) > 0);
  const unused = candidates.filter((candidate) => !applied.includes(candidate));
  return {
    bySku: new Map(lines.map(({ sku, amountMinor }, index) => [sku, amountMinor - (best.left[index] ?? 0)])),
    shippingDiscountMinor: best.shippingDiscountMinor,
    applied: applied.map(({ discount, code }) => ({
      discountId: discount.id,
      code,
      name: discount.name,
      amountMinor: best.amounts.get(discount.id) ?? 0,
    })),
    notApplied: [
      ...rejected,
      ...unused.map((candidate) => refused(candidate, best.candidates.includes(candidate) ? idleWhy(candidate) : 'better_discount')),
    ],
  };
}

// --- D1 ----------------------------------------------------------------------------------------------------

function candidatesOf(question: DiscountQuestion): { candidates: readonly Candidate[]; rejected: readonly NotApplied[] } {
  const candidates: Candidate[] = [];
  const rejected: NotApplied[] = [];
  const byId = new Map(question.discounts.map((discount) => [discount.id, discount]));
  const coupons = new Map(question.coupons.map((coupon) => [coupon.code, coupon]));
  const wanted = new Map<string, Candidate>();
  for (const code of new Set(question.codes.map(codeOf))) {
    const coupon = coupons.get(code);
    const discount = coupon === undefined ? undefined : byId.get(coupon.discountId);
    if (coupon === undefined || discount === undefined) {
      rejected.push({ discountId: null, code, name: code, why: 'code_unknown' });
      continue;
    }
    const candidate = { discount, code };
    const why = windowWhy(coupon, question.at);
    if (why !== null) rejected.push(refused(candidate, why));
    // two codes for one discount are one discount
    else if (wanted.has(discount.id)) rejected.push(refused(candidate, 'better_discount'));
    else wanted.set(discount.id, candidate);
  }
  for (const discount of question.discounts) {
    if (discount.automatic && !wanted.has(discount.id)) wanted.set(discount.id, { discount, code: null });
  }
  for (const candidate of [...wanted.values()].sort(inOrder)) {
    const why = whyNot(candidate.discount, question);
    if (why === null) candidates.push(candidate);
    else rejected.push(refused(candidate, why));
  }
  return { candidates, rejected };
}

/** In this order, so that the buyer hears the first thing that stands in the way. */
function whyNot(discount: Discount, { lines, currency, at }: DiscountQuestion): NotAppliedWhy | null {
  const outside = windowWhy(discount, at);
  if (outside !== null) return outside;
  if (discount.value.kind === 'amount' && discount.value.currency !== currency) return 'other_currency';
  if (discount.subtotalMinMinor !== null && sumOf(lines.map((line) => line.amountMinor)) < discount.subtotalMinMinor) {
    return 'subtotal_below_minimum';
  }
  return lines.some((line) => isTarget(discount, line)) ? null : 'no_matching_lines';
}

function windowWhy(window: { startsAt: Instant | null; endsAt: Instant | null }, at: Instant): 'not_started' | 'ended' | null {
  if (window.startsAt !== null && at < window.startsAt) return 'not_started';
  return window.endsAt !== null && at >= window.endsAt ? 'ended' : null;
}

function isTarget({ target }: Discount, line: DiscountableLine): boolean {
  if (target.kind === 'order') return true;
  return target.skus.includes(line.sku) || line.categories.some((category) => target.categories.includes(category));
}

function refused({ discount, code }: Candidate, why: NotAppliedWhy): NotApplied {
  return { discountId: discount.id, code, name: discount.name, why };
}

/** Why one that was allowed to stand took nothing. */
function idleWhy({ discount }: Candidate): NotAppliedWhy {
  return discount.value.kind === 'free_shipping' ? 'no_shipping_to_pay' : 'nothing_left';
}

// --- D2 ----------------------------------------------------------------------------------------------------

function bestOf(question: DiscountQuestion, candidates: readonly Candidate[]): Standing {
  const together = candidates.filter(({ discount }) => discount.combines);
  const ways = [together, ...candidates.filter(({ discount }) => !discount.combines).map((candidate) => [candidate])];
  const [first, ...others] = ways.map((way) => standing(question, way));
  assert(first !== undefined, 'there is always the way of those that combine');
  return others.reduce((best, other) => (isBetter(other, best) ? other : best), first);
}

function isBetter(one: Standing, other: Standing): boolean {
  if (one.savedMinor !== other.savedMinor) return one.savedMinor > other.savedMinor;
  if (one.candidates.length !== other.candidates.length) return one.candidates.length > other.candidates.length;
  return (one.candidates[0]?.discount.id ?? '') < (other.candidates[0]?.discount.id ?? '');
}

// --- D3, D4, D5 --------------------------------------------------------------------------------------------

function inOrder({ discount: left }: Candidate, { discount: right }: Candidate): number {
  return placeOf(left) - placeOf(right) || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

function placeOf({ value, target }: Discount): number {
  if (value.kind === 'free_shipping') return 4;
  return (target.kind === 'lines' ? 0 : 2) + (value.kind === 'percentage' ? 0 : 1);
}

/** `candidates` are in order (D3). */
function standing(question: DiscountQuestion, candidates: readonly Candidate[]): Standing {
  const left = question.lines.map(({ amountMinor }) => amountMinor);
  const stepMinor = payableStepOf(question.currency); // D7
  const amounts = new Map<string, number>();
  let shippingDiscountMinor = 0;
  for (const { discount } of candidates) {
    if (discount.value.kind === 'free_shipping') {
      amounts.set(discount.id, question.shippingMinor - shippingDiscountMinor);
      shippingDiscountMinor = question.shippingMinor;
      continue;
    }
    const weights = question.lines.map((line, index) => (isTarget(discount, line) ? (left[index] ?? 0) : 0));
    const amountMinor = takenFrom(sumOf(weights), discount.value, stepMinor);
    allocate(amountMinor, weights, stepMinor).forEach((share, index) => {
      left[index] = (left[index] ?? 0) - share; // D5
    });
    amounts.set(discount.id, amountMinor);
  }
  assert(
    left.every((amountMinor) => amountMinor >= 0),
    'no line falls below 0 (D4)',
  );
  const savedMinor = sumOf([...amounts.values()]);
  return { candidates, left, amounts, shippingDiscountMinor, savedMinor };
}

function takenFrom(targetMinor: number, value: Exclude<Discount['value'], { kind: 'free_shipping' }>, stepMinor: number): number {
  if (value.kind === 'amount') return Math.min(payable(value.amountMinor, stepMinor), targetMinor); // D4
  return percentageOf(targetMinor, value.rateMillionths, stepMinor);
}
