/** The actors every world hosts. */
import type { AnyActorDefinition } from '../../actors/kernel/index.ts';
import { cartDefinition } from '../../actors/cart/index.ts';
import { couponDefinition } from '../../actors/coupon/index.ts';
import { holdDefinition } from '../../actors/hold/index.ts';
import { orderDefinition } from '../../actors/order/index.ts';
import { stockDefinition } from '../../actors/stock/index.ts';
import { storeDefinition } from '../../actors/store/index.ts';

export const definitions: readonly AnyActorDefinition[] = [
  stockDefinition,
  holdDefinition,
  cartDefinition,
  couponDefinition,
  orderDefinition,
  storeDefinition,
];
