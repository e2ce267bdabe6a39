/**
 * A store's prices and shipping, as the merchant sets them: currency and price mode, discounts, codes, tax rates, traits of
 * SKUs, shipping zones, methods and warehouses. Handed to the gateway as `extraRoutes`.
 *
 * P1. A code is two things: which discount it names (a row), and how often it may be used (an actor, because uses are
 *     held and committed). Putting it writes the uses first: a code that names a discount always has uses to give.
 * P2. What is refused changes neither: whether the row may be written is asked before the uses are.
 */
import { randomUUID } from 'node:crypto';
import { actorId } from '../../actors/kernel/index.ts';
import type { CouponCommand, CouponReply, CouponTerms } from '../../actors/coupon/commands.ts';
import { canonicalJson, fingerprintOf } from '../../runtime/ids/derive.ts';
import { limits } from '../../runtime/limits.ts';
import { ask, type Outcome, type Router } from '../../runtime/router/port.ts';
import { type Coupon, codeOf, type Discount, type PricingData, PricingUnavailable, type TaxRate } from '../../services/pricing/port.ts';
import { type ShippingData, ShippingUnavailable, type ShippingMethod, type ShippingZone } from '../../services/shipping/port.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { type Route, storeRoute } from '../http/route.ts';
import { problemOfUnavailable } from '../problems.ts';
import { instantOf, resourceRoutes, shown, whenAvailable, writeProblems, type Written, writtenAnswer } from './resource.ts';
import {
  codeSchema,
  discountSchema,
  itemSchema,
  methodSchema,
  pricingSettingsSchema,
  shippingSetupSchema,
  taxRateSchema,
  traitsSchema,
  warehouseSchema,
  zoneSchema,
} from './schemas.ts';

export interface PricingRouteDeps {
  readonly router: Router;
  readonly pricing: PricingData;
  readonly shipping: ShippingData;
}

const isAway = (cause: unknown): boolean =>
  cause instanceof PricingUnavailable || cause instanceof ShippingUnavailable || cause instanceof CouponAway;

/** The coupon cannot be asked now. */
class CouponAway extends Error {
  override readonly name = 'CouponAway';
}

export function pricingRoutes(deps: PricingRouteDeps): readonly Route[] {
  return [
    ...settingsRoutes(deps),
    ...discountRoutes(deps),
    ...codeRoutes(deps),
    ...taxRoutes(deps),
    ...traitRoutes(deps),
    ...shippingRoutes(deps),
  ];
}

function settingsRoutes({ pricing }: PricingRouteDeps): readonly Route[] {
  const path = '/v1/admin/pricing/settings';
  const success = { status: 200, schema: pricingSettingsSchema };
  return [
    storeRoute({
      method: 'GET',
      path,
      access: 'secret',
      docs: { summary: 'Currency and price mode', tag: 'admin pricing', success, problems: ['configuration_unknown', 'rows_unavailable'] },
      handle: (call, respond) =>
        whenAvailable({ isAway }, respond, async () => {
          const settings = await pricing.settings(call.identity.store.storeId);
          respond(settings === null ? problemAnswer('configuration_unknown') : jsonAnswer(200, settings));
        }),
    }),
    storeRoute({
      method: 'PUT',
      path,
      access: 'secret',
      body: pricingSettingsSchema,
      docs: { summary: 'Set currency and price mode', tag: 'admin pricing', success, problems: writeProblems },
      handle: (call, respond) =>
        whenAvailable({ isAway }, respond, async () => {
          respond(writtenAnswer(await pricing.putSettings(call.identity.store.storeId, call.body), call.body));
        }),
    }),
  ];
}

function discountRoutes({ pricing }: PricingRouteDeps): readonly Route[] {
  return resourceRoutes({
    path: '/v1/admin/pricing/discounts',
    param: 'id',
    one: 'a discount',
    many: 'Discounts',
    body: discountSchema,
    isAway,
    list: (storeId) => pricing.discounts(storeId),
    item: (id, { name, value, target, subtotalMinMinor = null, combines = false, automatic = false, startsAt, endsAt }): Discount => ({
      id,
      name,
      value,
      target: target ?? { kind: 'order' },
      subtotalMinMinor,
      combines,
      automatic,
      startsAt: instantOf(startsAt),
      endsAt: instantOf(endsAt),
    }),
    put: (storeId, discount) => pricing.putDiscount(storeId, discount),
    remove: (storeId, id) => pricing.deleteDiscount(storeId, id),
  });
}

const codesListedMax = 1_000;

interface CodeItem extends Coupon {
  readonly terms: CouponTerms;
}

function codeRoutes({ pricing, router }: PricingRouteDeps): readonly Route[] {
  const usesRoute = storeRoute({
    method: 'GET',
    path: '/v1/admin/pricing/codes/{code}',
    access: 'secret',
    docs: {
      summary: 'Uses of a code: held, used, left',
      tag: 'admin pricing',
      success: { status: 200, schema: itemSchema },
      problems: ['coupon_unknown', 'rows_unavailable'],
    },
    handle: (call, respond) =>
      whenAvailable({ isAway }, respond, async () => {
        const outcome = await tell(router, call.identity.store.storeId, codeOf(call.params.code!), { type: 'read' });
        if (outcome.kind !== 'reply') return respond(problemAnswer('coupon_unknown'));
        const { code, terms, held, used, left } = outcome.reply as CouponReply;
        respond(jsonAnswer(200, { code, ...shown(terms), held, used, left }));
      }),
  });
  const routes = resourceRoutes({
    path: '/v1/admin/pricing/codes',
    param: 'code',
    one: 'a code',
    many: 'Codes, the first thousand',
    body: codeSchema,
    isAway,
    list: (storeId) => pricing.coupons(storeId, null, codesListedMax),
    item: (code, { discountId, startsAt, endsAt, usesMax = null, usesPerBuyerMax = null, active = true }): CodeItem => {
      const [validFrom, validUntil] = [instantOf(startsAt), instantOf(endsAt)];
      const terms = { usesMax, usesPerBuyerMax, validFrom, validUntil, active };
      return { code: codeOf(code), discountId, startsAt: validFrom, endsAt: validUntil, terms };
    },
    put: async (storeId, item): Promise<Written> => {
      const { terms, ...coupon } = item as CodeItem;
      const refusal = await pricing.couponRefusal(storeId, coupon); // P2
      if (refusal !== null) return refusal;
      await define(router, storeId, coupon.code, terms); // P1
      return pricing.putCoupon(storeId, coupon);
    },
    remove: async (storeId, text) => {
      const code = codeOf(text);
      const removed = await pricing.deleteCoupon(storeId, code);
      const known = await tell(router, storeId, code, { type: 'read' });
      if (known.kind === 'reply') await define(router, storeId, code, { ...(known.reply as CouponReply).terms, active: false });
      return removed;
    },
  });
  return [usesRoute, ...routes];
}

/** A code that was changed too often to remember one more change keeps the terms it has: never said to be set. */
async function define(router: Router, storeId: string, code: string, terms: CouponTerms): Promise<void> {
  const fingerprint = fingerprintOf(canonicalJson(terms));
  const outcome = await tell(router, storeId, code, { type: 'define', terms, commandId: randomUUID(), fingerprint });
  if (outcome.kind === 'refused') throw new CouponAway(outcome.refusal.code);
}

async function tell(
  router: Router,
  storeId: string,
  code: string,
  command: CouponCommand,
): Promise<Exclude<Outcome, { kind: 'unavailable' }>> {
  const actor = actorId('coupon', storeId, code);
  const outcome = await ask(router, { actor, command, class: 'client', waitMs: limits.commandWaitMs });
  if (outcome.kind === 'unavailable') throw new CouponAway(problemOfUnavailable(outcome.code));
  return outcome;
}

function taxRoutes({ pricing }: PricingRouteDeps): readonly Route[] {
  return resourceRoutes({
    path: '/v1/admin/pricing/tax-rates',
    param: 'id',
    one: 'a tax rate',
    many: 'Tax rates',
    body: taxRateSchema,
    isAway,
    list: (storeId) => pricing.taxRates(storeId),
    item: (id, body): TaxRate => {
      const {
        region = null,
        postalPrefix = null,
        category = null,
        layer = 'standard',
        taxesShipping = false,
        startsAt,
        endsAt,
        ...rest
      } = body;
      return {
        id,
        ...rest,
        region,
        postalPrefix,
        category,
        layer,
        taxesShipping,
        startsAt: instantOf(startsAt),
        endsAt: instantOf(endsAt),
      };
    },
    put: (storeId, rate) => pricing.putTaxRate(storeId, rate),
    remove: (storeId, id) => pricing.deleteTaxRate(storeId, id),
  });
}

function traitRoutes({ pricing }: PricingRouteDeps): readonly Route[] {
  return resourceRoutes({
    path: '/v1/admin/pricing/traits',
    param: 'sku',
    one: 'categories, tax category and weight of an SKU',
    many: '',
    body: traitsSchema,
    isAway,
    list: null,
    item: (sku, { categories = [], taxCategory = null, weightGrams = 0 }) => ({ sku, categories, taxCategory, weightGrams }),
    put: (storeId, traits) => pricing.putTraits(storeId, traits),
    remove: (storeId, sku) => pricing.deleteTraits(storeId, sku),
  });
}

function shippingRoutes({ shipping }: PricingRouteDeps): readonly Route[] {
  const setupRoute = storeRoute({
    method: 'GET',
    path: '/v1/admin/shipping',
    access: 'secret',
    docs: {
      summary: 'Zones, methods and warehouses',
      tag: 'admin pricing',
      success: { status: 200, schema: shippingSetupSchema },
      problems: ['rows_unavailable'],
    },
    handle: (call, respond) =>
      whenAvailable({ isAway }, respond, async () => respond(jsonAnswer(200, await shipping.setup(call.identity.store.storeId)))),
  });
  const zones = resourceRoutes({
    path: '/v1/admin/shipping/zones',
    param: 'id',
    one: 'a zone',
    many: '',
    body: zoneSchema,
    isAway,
    list: null,
    item: (id, { name, places, timeZone }): ShippingZone => ({
      id,
      name,
      places: places.map(({ country, region = null, postalPrefix = null }) => ({ country, region, postalPrefix })),
      timeZone,
    }),
    put: (storeId, zone) => shipping.putZone(storeId, zone),
    remove: (storeId, id) => shipping.deleteZone(storeId, id),
  });
  const methods = resourceRoutes({
    path: '/v1/admin/shipping/methods',
    param: 'id',
    one: 'a method',
    many: '',
    body: methodSchema,
    isAway,
    list: null,
    item: (id, { freeFromMinor = null, perParcel = false, weightMaxGrams = null, fromLocations = null, ...rest }): ShippingMethod => ({
      id,
      ...rest,
      freeFromMinor,
      perParcel,
      weightMaxGrams,
      fromLocations,
    }),
    put: (storeId, method) => shipping.putMethod(storeId, method),
    remove: (storeId, id) => shipping.deleteMethod(storeId, id),
  });
  const warehouses = resourceRoutes({
    path: '/v1/admin/shipping/warehouses',
    param: 'location',
    one: 'what shipping knows of a location',
    many: '',
    body: warehouseSchema,
    isAway,
    list: null,
    item: (location, { timeZone, workingWeekdays, closedOn = [] }) => ({ location, timeZone, workingWeekdays, closedOn }),
    put: (storeId, warehouse) => shipping.putWarehouse(storeId, warehouse),
    remove: (storeId, location) => shipping.deleteWarehouse(storeId, location),
  });
  return [setupRoute, ...zones, ...methods, ...warehouses];
}
