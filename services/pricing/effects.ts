/**
 * The service `pricing`: answers the quotes that orders owe themselves (`actors/order/outside.ts`).
 *
 * V1. A quote is a read, so being asked again needs no memory.
 * V2. While the store's data, the catalogue or shipping cannot be read it answers nothing, and is asked again.
 * V3. At most `quotesAtOnceMax` are worked on; beyond that it answers nothing, at once (I7).
 */
import type { ActorCommand, ActorId, EffectOutcome } from '../../actors/kernel/index.ts';
import type { AskQuote, QuoteOutcome } from '../../actors/order/outside.ts';
import type { Service } from '../../runtime/router/services.ts';
import { PricingUnavailable, quoteOf, type QuoteQuestion, type QuoteReads } from './port.ts';

export const quotesAtOnceMax = 256;

export function pricingService(quotes: Pick<QuoteReads, 'quote'>): Service {
  let atOnce = 0;
  return async (to: ActorId, command: ActorCommand): Promise<EffectOutcome | null> => {
    if (!isAskQuote(command)) return { refusal: { code: 'command_unknown' } };
    if (atOnce >= quotesAtOnceMax) return null; // V3
    atOnce += 1;
    try {
      return { reply: await answerOf(quotes, to.store, command) };
    } catch (cause) {
      if (cause instanceof PricingUnavailable) return null; // V2
      throw cause;
    } finally {
      atOnce -= 1;
    }
  };
}

async function answerOf(quotes: Pick<QuoteReads, 'quote'>, storeId: string, command: AskQuote): Promise<QuoteOutcome> {
  const result = await quotes.quote(storeId, questionOf(command));
  return 'refusal' in result ? { ok: false, refusal: result.refusal } : { ok: true, quote: quoteOf(result) };
}

function questionOf(command: AskQuote): QuoteQuestion {
  const { lines, codes, currency, at, destination, shippingMethod, allocations, agreed } = command;
  const locations = allocations.flatMap((allocation) => allocation.locations.filter(({ quantity }) => quantity > 0));
  return {
    lines,
    codes,
    currency,
    at,
    destination,
    shippingMethod,
    locations: [...new Set(locations.map(({ location }) => location))].sort(),
    ...(agreed === undefined ? {} : { agreed }),
  };
}

function isAskQuote(command: ActorCommand): command is AskQuote {
  return command.type === 'quote';
}
