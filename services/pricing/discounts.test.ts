/** Discounts: decision tables for the rules D1 to D6. */
import { describe, expect, it } from 'vitest';
import { type DiscountQuestion, discountsOf } from './discounts.ts';
import type { Discount } from './port.ts';
import { amountOff, coupon, discount, freeShipping, noon, percentage } from './test-kit.ts';

const tea = { sku: 'tea', amountMinor: 2_000, categories: ['food'] };
const mug = { sku: 'mug', amountMinor: 6_000, categories: ['kitchen'] };
const forMugs: Partial<Discount> = { target: { kind: 'lines', skus: ['mug'], categories: [] } };
const forFood: Partial<Discount> = { target: { kind: 'lines', skus: [], categories: ['food'] } };
const alone: Partial<Discount> = { combines: false };

function ask(discounts: readonly Discount[], more: Partial<DiscountQuestion> = {}) {
  const answer = discountsOf({
    lines: [tea, mug],
    currency: 'USD',
    shippingMinor: 500,
    discounts,
    coupons: [],
    codes: [],
    at: noon,
    ...more,
  });
  return {
    tea: answer.bySku.get('tea'),
    mug: answer.bySku.get('mug'),
    shipping: answer.shippingDiscountMinor,
    applied: answer.applied.map(({ discountId, amountMinor }) => `${discountId} ${amountMinor}`),
    notApplied: answer.notApplied.map(({ discountId, code, why }) => `${discountId ?? code} ${why}`),
  };
}

describe('D1 who is a candidate', () => {
  it.each([
    ['one that begins now', { startsAt: noon }, null],
    ['one that begins later', { startsAt: noon + 1 }, 'not_started'],
    ['one that ends later', { endsAt: noon + 1 }, null],
    ['one that ends now', { endsAt: noon }, 'ended'],
    ['a minimum that is just reached', { subtotalMinMinor: 8_000 }, null],
    ['a minimum that is not', { subtotalMinMinor: 8_001 }, 'subtotal_below_minimum'],
    ['an amount in another currency', { value: amountOff(100, 'EUR') }, 'other_currency'],
    ['for an SKU that is not there', { target: { kind: 'lines', skus: ['hat'], categories: [] } }, 'no_matching_lines'],
    ['for a category that is there', forFood, null],
  ] as const)('%s', (_what, more, why) => {
    const { applied, notApplied } = ask([discount('d', percentage(10), more)]);
    expect(notApplied).toEqual(why === null ? [] : [`d ${why}`]);
    expect(applied).toHaveLength(why === null ? 1 : 0);
  });

  const byCode = discount('d', percentage(10), { automatic: false });
  it.each([
    ['no code', [], [coupon('TEN', 'd')], [], ['']],
    ['its code', ['ten'], [coupon('TEN', 'd')], ['d 800'], []],
    ['its code twice', ['TEN', ' ten'], [coupon('TEN', 'd')], ['d 800'], []],
    ['an unknown code', ['NINE'], [coupon('TEN', 'd')], [], ['NINE code_unknown']],
    ['a code whose discount is gone', ['TEN'], [coupon('TEN', 'gone')], [], ['TEN code_unknown']],
    ['a code that is over', ['TEN'], [coupon('TEN', 'd', { endsAt: noon })], [], ['d ended']],
    ['a code that is not yet', ['TEN'], [coupon('TEN', 'd', { startsAt: noon + 1 })], [], ['d not_started']],
    ['two codes of one discount', ['TEN', 'ZEN'], [coupon('TEN', 'd'), coupon('ZEN', 'd')], ['d 800'], ['d better_discount']],
  ])('a discount with codes, and %s', (_what, codes, coupons, applied, notApplied) => {
    expect(ask([byCode], { codes, coupons })).toMatchObject({ applied, notApplied: notApplied.filter((text) => text !== '') });
  });
});

describe('D2 what stands together', () => {
  it.each([
    ['two that combine', [discount('a', percentage(10)), discount('b', amountOff(100))], ['a 800', 'b 100'], []],
    ['one alone that saves more', [discount('a', percentage(10)), discount('x', percentage(20), alone)], ['x 1600'], ['a better_discount']],
    ['one alone that saves less', [discount('a', percentage(10)), discount('x', percentage(5), alone)], ['a 800'], ['x better_discount']],
    [
      'several that together beat one alone',
      [discount('a', percentage(10)), discount('b', amountOff(900)), discount('x', percentage(20), alone)],
      ['a 800', 'b 900'],
      ['x better_discount'],
    ],
    ['two alone', [discount('x', percentage(5), alone), discount('y', percentage(6), alone)], ['y 480'], ['x better_discount']],
    [
      'two alone that save the same',
      [discount('y', percentage(5), alone), discount('x', amountOff(400), alone)],
      ['x 400'],
      ['y better_discount'],
    ],
    [
      'more discounts where both ways save the same',
      [discount('a', percentage(10), alone), discount('b', amountOff(300)), discount('c', amountOff(500))],
      ['b 300', 'c 500'],
      ['a better_discount'],
    ],
    [
      'free shipping that saves more than ten cents',
      [discount('a', amountOff(10)), discount('x', freeShipping, alone)],
      ['x 500'],
      ['a better_discount'],
    ],
  ])('%s', (_what, discounts, applied, notApplied) => {
    expect(ask(discounts)).toMatchObject({ applied, notApplied });
  });
});

describe('D3 in which order they apply', () => {
  it.each([
    ['lines before the order', [discount('a', percentage(50)), discount('z', percentage(50), forMugs)], ['z 3000', 'a 2500']],
    ['percentages before amounts', [discount('a', amountOff(1_000)), discount('z', percentage(10))], ['z 800', 'a 1000']],
    ['then by id', [discount('b', percentage(10)), discount('a', percentage(10))], ['a 800', 'b 720']],
    ['shipping last', [discount('a', freeShipping), discount('b', percentage(10))], ['b 800', 'a 500']],
  ])('%s', (_what, discounts, applied) => {
    expect(ask(discounts).applied).toEqual(applied);
  });
});

describe('D4 nothing falls below 0', () => {
  it.each([
    ['an amount beyond the order', [discount('a', amountOff(10_000))], { tea: 2_000, mug: 6_000, applied: ['a 8000'] }],
    ['an amount beyond its lines', [discount('a', amountOff(10_000), forMugs)], { tea: 0, mug: 6_000, applied: ['a 6000'] }],
    [
      'one after everything is gone',
      [discount('a', percentage(100)), discount('b', amountOff(1))],
      { applied: ['a 8000'], notApplied: ['b nothing_left'] },
    ],
    [
      'a second free shipping',
      [discount('a', freeShipping), discount('b', freeShipping)],
      { shipping: 500, applied: ['a 500'], notApplied: ['b no_shipping_to_pay'] },
    ],
  ])('%s', (_what, discounts, expected) => {
    expect(ask(discounts)).toMatchObject(expected);
  });

  it('free shipping where shipping costs nothing says so', () => {
    expect(ask([discount('a', freeShipping)], { shippingMinor: 0 })).toMatchObject({ applied: [], notApplied: ['a no_shipping_to_pay'] });
  });
});

describe('D5 and D6 how they spread', () => {
  it.each([
    ['in proportion', [discount('a', amountOff(801))], { tea: 200, mug: 601 }],
    ['over what is left', [discount('a', percentage(50)), discount('z', percentage(50), forMugs)], { tea: 1_000, mug: 4_500 }],
    ['over the target only', [discount('a', percentage(10), forFood)], { tea: 200, mug: 0 }],
  ])('%s', (_what, discounts, expected) => {
    expect(ask(discounts)).toMatchObject(expected);
    expect(ask(discounts, { lines: [mug, tea] })).toMatchObject(expected);
  });

  it('D6 the cent that remains goes to the same line, whatever the order of lines', () => {
    const pair = ['a', 'b'].map((sku) => ({ sku, amountMinor: 100, categories: [] }));
    const share = (lines: typeof pair) =>
      discountsOf({
        lines,
        currency: 'USD',
        shippingMinor: 0,
        discounts: [discount('d', amountOff(1))],
        coupons: [],
        codes: [],
        at: noon,
      }).bySku.get('a');
    expect([share(pair), share([...pair].reverse())]).toEqual([1, 1]);
  });
});
