/**
 * Makes sure that every seeded code has uses to give: a code names a discount here, and an actor that counts its uses.
 * A code that the actor knows is left alone, with whatever its merchant made of it.
 */
import { actorId } from '../../actors/kernel/index.ts';
import type { CouponCommand, CouponTerms } from '../../actors/coupon/commands.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../runtime/ids/derive.ts';
import { limits } from '../../runtime/limits.ts';
import { ask, type Outcome, type Router } from '../../runtime/router/port.ts';

/** As often as you like, for ever: the discount's own window still counts. */
const openTerms: CouponTerms = { usesMax: null, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };

/** Resolves to how many were new. Throws when the shop cannot take them. */
export async function defineCodes(router: Router, storeId: string, codes: readonly string[]): Promise<number> {
  let defined = 0;
  for (const code of codes) {
    const known = await send(router, storeId, code, { type: 'read' });
    if (known.kind === 'reply') continue;
    if (known.kind === 'refused' && known.refusal.code === 'coupon_unknown') {
      await define(router, storeId, code);
      defined += 1;
    } else throw new Error(`the code ${code} could not be read: ${codeOfOutcome(known)}`);
  }
  return defined;
}

async function define(router: Router, storeId: string, code: string): Promise<void> {
  const commandId = commandIdOf({ store: storeId, caller: 'system', route: 'demo codes', key: code, sku: code });
  const fingerprint = fingerprintOf(canonicalJson({ code, ...openTerms }));
  const outcome = await send(router, storeId, code, { type: 'define', terms: openTerms, commandId, fingerprint });
  if (outcome.kind !== 'reply') throw new Error(`the code ${code} could not be defined: ${codeOfOutcome(outcome)}`);
}

function codeOfOutcome(outcome: Exclude<Outcome, { kind: 'reply' }>): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.code;
}

function send(router: Router, storeId: string, code: string, command: CouponCommand): Promise<Outcome> {
  return ask(router, { actor: actorId('coupon', storeId, code), command, class: 'client', waitMs: limits.commandWaitMs });
}
