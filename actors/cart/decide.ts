/**
 * The decisions of a cart.
 *
 * D1. What is already as it is asked for changes nothing and is answered with the cart as it is: repeats are
 *     recognised before the version is compared. Then the refusals in the order of `CartRefusal`.
 * D2. `buyer: null` is the merchant's secret key, which may touch every cart of its store.
 * D3. An order's verdict counts only for the question it answers: an order that began again meanwhile has the cart (C1).
 */
import { type Decision, type Instant, unreachable } from '../kernel/index.ts';
import type { CartCommand, CartRefusal, CartReply } from './commands.ts';
import type { CartEvent } from './events.ts';
import { apply } from './apply.ts';
import { cartLimits, type CartState, expiresAt, mergedLines, sameLine, statusAt } from './state.ts';

export type CartDecision = Decision<CartEvent, CartReply, CartRefusal>;
type Of<Type extends CartCommand['type']> = Extract<CartCommand, { readonly type: Type }>;

export function decide(state: CartState, command: CartCommand, at: Instant): CartDecision {
  switch (command.type) {
    case 'create':
      return create(state, command, at);
    case 'tick':
      return tick(state, at);
    case 'beginCheckout':
      return begin(state, command, at);
    case 'endCheckout':
      return end(state, command, at);
    case 'orderSaid':
      return orderSaid(state, command, at);
    case 'claim':
      return claim(state, command, at);
    case 'mergedInto':
      return mergedInto(state, command, at);
    case 'read': {
      const refusal = refusedCaller(state, command.buyer);
      return refusal === null ? accepted(state, [], at) : refused(refusal);
    }
    case 'putLine':
    case 'addCode':
    case 'removeCode':
    case 'mergeIn':
    case 'empty':
      return change(state, command, at);
    default:
      return unreachable(command);
  }
}

/** The answer is the cart as the events leave it. */
function accepted(state: CartState, events: readonly CartEvent[], at: Instant): CartDecision {
  let after = state;
  for (const event of events) after = apply(after, event, at);
  return { kind: 'accepted', events, reply: replyOf(after, at) };
}

function refused(refusal: CartRefusal): CartDecision {
  return { kind: 'refused', refusal };
}

export function replyOf(state: CartState, at: Instant): CartReply {
  const { id, buyer, currency, lines, codes, version, orderId } = state;
  const status = statusAt(state, at);
  return { type: 'cart', cartId: id.id, buyer, status, currency, lines, codes, cartVersion: version, expiresAt: expiresAt(state), orderId };
}

/** D2 */
function refusedCaller(state: CartState, buyer: string | null): CartRefusal | null {
  if (state.version === 0) return { code: 'cart_unknown' };
  return buyer !== null && buyer !== state.buyer ? { code: 'cart_foreign' } : null;
}

function notOpen(state: CartState, at: Instant): CartRefusal | null {
  const status = statusAt(state, at);
  if (status === 'in_checkout' || status === 'ordered') return { code: 'cart_checked_out', orderId: state.orderId ?? '' }; // C1
  return status === 'open' ? null : { code: 'cart_ended', status, cartId: state.mergedInto };
}

function create(state: CartState, command: Of<'create'>, at: Instant): CartDecision {
  const { type: _, lines, expiresAfterMs = cartLimits.expiresAfterMs, ...created } = command;
  if (state.version > 0) {
    const refusal = refusedCaller(state, command.buyer);
    if (refusal !== null) return refused(refusal);
    if (state.fingerprint !== command.fingerprint) return refused({ code: 'idempotency_key_reused' });
    return { kind: 'repeated', reply: replyOf(state, at) };
  }
  const distinct = mergedLines([], lines);
  if (distinct.length > cartLimits.linesMax) return refused({ code: 'lines_exceeded', linesMax: cartLimits.linesMax });
  return accepted(state, [{ type: 'cart.created', ...created, lines: distinct, expiresAfterMs }], at);
}

type Change = Of<'putLine' | 'addCode' | 'removeCode' | 'mergeIn' | 'empty'>;

function change(state: CartState, command: Change, at: Instant): CartDecision {
  const refusal = refusedCaller(state, command.buyer) ?? notOpen(state, at);
  if (refusal !== null) return refused(refusal);
  const event = changing(state, command);
  if (event === null) return accepted(state, [], at); // D1
  const expected = command.type === 'putLine' ? command.cartVersion : undefined;
  if (expected !== undefined && expected !== state.version) return refused({ code: 'version_conflict', cartVersion: state.version });
  const after = apply(state, event, at);
  if (after.lines.length > cartLimits.linesMax) return refused({ code: 'lines_exceeded', linesMax: cartLimits.linesMax });
  if (after.codes.length > cartLimits.codesMax) return refused({ code: 'codes_exceeded', codesMax: cartLimits.codesMax });
  return accepted(state, [event], at);
}

/** Null: it is so already. */
function changing(state: CartState, command: Change): CartEvent | null {
  const { lines, codes } = state;
  switch (command.type) {
    case 'putLine': {
      const { line } = command;
      const known = lines.find(({ sku }) => sku === line.sku);
      if (line.quantity === 0) return known === undefined ? null : { type: 'cart.line_removed', sku: line.sku };
      return known !== undefined && sameLine(known, line) ? null : { type: 'cart.line_put', line };
    }
    case 'addCode':
      return codes.includes(command.code) ? null : { type: 'cart.code_added', code: command.code };
    case 'removeCode':
      return codes.includes(command.code) ? { type: 'cart.code_removed', code: command.code } : null;
    case 'mergeIn': {
      const merged = { lines: mergedLines(lines, command.lines), codes: [...new Set([...codes, ...command.codes])] };
      if (merged.lines === lines && merged.codes.length === codes.length) return null;
      return { type: 'cart.merged_in', cartId: command.cartId, ...merged };
    }
    case 'empty':
      return lines.length === 0 && codes.length === 0 ? null : { type: 'cart.emptied' };
    default:
      return unreachable(command);
  }
}

function claim(state: CartState, { from, to }: Of<'claim'>, at: Instant): CartDecision {
  if (state.version === 0) return refused({ code: 'cart_unknown' });
  if (state.buyer === to) return { kind: 'repeated', reply: replyOf(state, at) };
  if (state.buyer !== from) return refused({ code: 'cart_foreign' });
  const refusal = notOpen(state, at);
  if (refusal !== null) return refused(refusal);
  // a hold stays with whoever took it: an order of somebody else that absorbed it would be refused
  const unheld = state.lines.filter(({ holdId }) => holdId !== null).map((line) => ({ ...line, holdId: null }));
  return accepted(state, [{ type: 'cart.claimed', buyer: to }, ...unheld.map((line): CartEvent => ({ type: 'cart.line_put', line }))], at);
}

function mergedInto(state: CartState, { buyer, cartId }: Of<'mergedInto'>, at: Instant): CartDecision {
  const foreign = refusedCaller(state, buyer);
  if (foreign !== null) return refused(foreign);
  if (state.status === 'merged' && state.mergedInto === cartId) return { kind: 'repeated', reply: replyOf(state, at) };
  const refusal = notOpen(state, at);
  return refusal === null ? accepted(state, [{ type: 'cart.merged_into', cartId }], at) : refused(refusal);
}

function begin(state: CartState, { orderId, buyer, attempt = 1 }: Of<'beginCheckout'>, at: Instant): CartDecision {
  const foreign = refusedCaller(state, buyer);
  if (foreign !== null) return refused(foreign);
  if (state.ended?.orderId === orderId && attempt <= state.ended.attempt) return refused({ code: 'cart_checked_out', orderId }); // S3
  const askAt = at + cartLimits.askAfterMs;
  if (state.orderId === orderId) {
    if (state.status === 'in_checkout' && attempt > state.attempt)
      return accepted(state, [{ type: 'checkout.begun', orderId, attempt, askAt: Math.max(askAt, (state.askAt ?? 0) + 1) }], at);
    // D3: whatever answer is under way was given before the order began again
    if (state.asking) return accepted(state, [{ type: 'checkout.kept', askAt: Math.max(askAt, (state.askAt ?? 0) + 1) }], at);
    return { kind: 'repeated', reply: replyOf(state, at) };
  }
  const refusal = notOpen(state, at);
  if (refusal !== null) return refused(refusal);
  if (state.lines.length === 0) return refused({ code: 'cart_empty' });
  return accepted(state, [{ type: 'checkout.begun', orderId, attempt, askAt }], at);
}

/** An order that does not have the cart ends nothing, nor does a try of it that is over. */
function end(state: CartState, { orderId, outcome, attempt = 1 }: Of<'endCheckout'>, at: Instant): CartDecision {
  if (state.version === 0) return refused({ code: 'cart_unknown' });
  if (state.status !== 'in_checkout' || state.orderId !== orderId || attempt < state.attempt)
    return { kind: 'repeated', reply: replyOf(state, at) };
  return accepted(state, [{ type: outcome === 'ordered' ? 'cart.ordered' : 'checkout.given_up' }], at);
}

function orderSaid(state: CartState, { orderId, askAt, verdict }: Of<'orderSaid'>, at: Instant): CartDecision {
  const heard = state.asking && state.orderId === orderId && state.askAt === askAt; // D3
  if (!heard) return { kind: 'repeated', reply: replyOf(state, at) };
  if (verdict === 'keep') return accepted(state, [{ type: 'checkout.kept', askAt: Math.max(at, askAt + 1) + cartLimits.askAfterMs }], at);
  return accepted(state, [{ type: verdict === 'ordered' ? 'cart.ordered' : 'checkout.given_up' }], at);
}

function tick(state: CartState, at: Instant): CartDecision {
  if (state.version > 0 && state.status === 'open' && at >= expiresAt(state)) return accepted(state, [{ type: 'cart.expired' }], at);
  const due = state.status === 'in_checkout' && !state.asking && state.askAt !== null && at >= state.askAt;
  return accepted(state, due ? [{ type: 'checkout.asked' }] : [], at);
}
