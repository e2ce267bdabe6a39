/**
 * Tax by destination, from the store's own rates. Pure.
 *
 * X1. A rate matches a place when its country is the place's and its region and postal prefix, if it has them, are too;
 *     and goods when its category is theirs or it has none. It holds from `startsAt` until before `endsAt`.
 * X2. Within one layer one rate counts, the closest: with the category before without, then the longer postal prefix,
 *     then with a region before without, then the one that began later, then the smaller id. Layers add up.
 * X3. Lines with the same rates are taxed together and rounded once; the tax is then spread over them to the unit.
 *     So ten lines of 5 cents pay the tax of 50 cents and not ten times nothing.
 * X4. `tax_excluded`: tax = amount × rate. `tax_included`: tax = amount × rate ÷ (1 + rate), and the buyer pays the
 *     amount, wherever it goes: the price that was shown is the price.
 * X5. Shipping is taxed by the rates for goods without a category that are marked `taxesShipping`, and by itself.
 * X6. Where no rate matches, there is no tax. A rate of 0 is a rate: it keeps the general one of its layer away.
 * X7. Tax that is added is paid, so it is rounded to what can be paid in the currency; tax in the price is not.
 */
import { assert, type Instant, payableStepOf } from '../../actors/kernel/index.ts';
import type { Destination, TaxAnswer, TaxComponent, TaxQuestion, TaxRate, TaxService } from './port.ts';
import { allocate, includedIn, percentageOf, sumOf } from '../../actors/kernel/rounding.ts';

/** The adapter for whoever keeps their rates themselves. */
export const storeTaxService: TaxService = {
  taxOf: (question) => Promise.resolve(taxOf(question)),
};

export function taxOf(question: TaxQuestion): TaxAnswer {
  const { lines, shippingMinor, destination, at } = question;
  const here = question.rates.filter((rate) => isInForce(rate, at) && isPlace(rate, destination));
  const components = new Components();
  const lineTaxMinor = lines.map(() => 0);
  for (const { rates, indexes } of groupsOf(question, here)) {
    const amounts = indexes.map((index) => lines[index]?.amountMinor ?? 0);
    const taxMinor = taxOn(sumOf(amounts), rates, question, components);
    allocate(taxMinor, amounts, stepMinorOf(question)).forEach((share, place) => {
      const index = indexes[place];
      assert(index !== undefined, 'every share has its line');
      lineTaxMinor[index] = share;
    });
  }
  const shippingRates = closestRates(
    here.filter((rate) => rate.taxesShipping),
    null,
  ); // X5
  const shippingTaxMinor = taxOn(shippingMinor, shippingRates, question, components);
  return { lineTaxMinor, shippingTaxMinor, components: components.list() };
}

interface Group {
  readonly rates: readonly TaxRate[];
  readonly indexes: readonly number[];
}

/** X3. Indexes go by SKU, so that what remains of a division falls on the same line whatever the order of lines. */
function groupsOf({ lines }: TaxQuestion, here: readonly TaxRate[]): readonly Group[] {
  const groups = new Map<string, { rates: readonly TaxRate[]; indexes: number[] }>();
  const sorted = lines.map((line, index) => ({ ...line, index })).sort((left, right) => (left.sku < right.sku ? -1 : 1));
  for (const { index, taxCategory } of sorted) {
    const rates = closestRates(here, taxCategory);
    const key = JSON.stringify(rates.map(({ id }) => id));
    const group = groups.get(key) ?? { rates, indexes: [] };
    group.indexes.push(index);
    groups.set(key, group);
  }
  return [...groups.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, group]) => group);
}

/** X4. All rates of a group as one, then told apart for the receipt. */
function taxOn(amountMinor: number, rates: readonly TaxRate[], question: TaxQuestion, components: Components): number {
  const { priceMode } = question;
  const rateMillionths = sumOf(rates.map((rate) => rate.rateMillionths));
  if (amountMinor === 0 || rates.length === 0) return 0;
  const taxMinor =
    priceMode === 'tax_included'
      ? includedIn(amountMinor, rateMillionths)
      : percentageOf(amountMinor, rateMillionths, stepMinorOf(question));
  const taxableMinor = priceMode === 'tax_included' ? amountMinor - taxMinor : amountMinor;
  const shares =
    rateMillionths === 0
      ? rates.map(() => 0)
      : allocate(
          taxMinor,
          rates.map((rate) => rate.rateMillionths),
        );
  rates.forEach((rate, index) => components.add(rate, taxableMinor, shares[index] ?? 0));
  return taxMinor;
}

/** X7 */
function stepMinorOf({ priceMode, currency }: TaxQuestion): number {
  return priceMode === 'tax_included' ? 1 : payableStepOf(currency);
}

/** X2: one of each layer, by layer. */
function closestRates(rates: readonly TaxRate[], category: string | null): readonly TaxRate[] {
  const closest = new Map<string, TaxRate>();
  for (const rate of rates) {
    if (rate.category !== null && rate.category !== category) continue;
    const known = closest.get(rate.layer);
    if (known === undefined || isCloser(rate, known)) closest.set(rate.layer, rate);
  }
  return [...closest.values()].sort((left, right) => (left.layer < right.layer ? -1 : 1));
}

function isCloser(one: TaxRate, other: TaxRate): boolean {
  const differences = [
    Number(one.category !== null) - Number(other.category !== null),
    postalTextOf(one.postalPrefix ?? '').length - postalTextOf(other.postalPrefix ?? '').length,
    Number(one.region !== null) - Number(other.region !== null),
    (one.startsAt ?? Number.MIN_SAFE_INTEGER) - (other.startsAt ?? Number.MIN_SAFE_INTEGER),
  ];
  const decisive = differences.find((difference) => difference !== 0);
  return decisive === undefined ? one.id < other.id : decisive > 0;
}

/** X1 */
function isInForce({ startsAt, endsAt }: TaxRate, at: Instant): boolean {
  return (startsAt === null || at >= startsAt) && (endsAt === null || at < endsAt);
}

function isPlace(rate: TaxRate, { country, region, postalCode }: Destination): boolean {
  if (rate.country !== country) return false;
  if (rate.region !== null && rate.region !== region?.toUpperCase()) return false;
  return rate.postalPrefix === null || postalTextOf(postalCode).startsWith(postalTextOf(rate.postalPrefix));
}

/** `sw1a 1aa` and `SW1A1AA` are one place. */
export function postalTextOf(postalCode: string): string {
  return postalCode.replace(/[\s-]/g, '').toUpperCase();
}

/** Sums per rate. Two rates of one name and height are one line of the receipt. */
class Components {
  readonly #byKey = new Map<string, TaxComponent>();

  add({ name, rateMillionths }: TaxRate, taxableMinor: number, taxMinor: number): void {
    const key = JSON.stringify([name, rateMillionths]);
    const known = this.#byKey.get(key) ?? { name, rateMillionths, taxableMinor: 0, taxMinor: 0 };
    this.#byKey.set(key, { ...known, taxableMinor: known.taxableMinor + taxableMinor, taxMinor: known.taxMinor + taxMinor });
  }

  list(): readonly TaxComponent[] {
    return [...this.#byKey.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, component]) => component);
  }
}
