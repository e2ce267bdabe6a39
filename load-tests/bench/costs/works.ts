/** Whose time is looked at: the two pieces of work that the numbers are about, pressed as their measures press them. */
import type { BenchSettings } from '../measure.ts';
import { checkoutConnections } from '../measures/checkouts.ts';
import { CheckoutSide } from '../ours/checkout-side.ts';
import { HoldSide } from '../ours/hold-side.ts';
import type { Work } from './cost-of.ts';

const holdConnections = 256;

export function works({ log }: Pick<BenchSettings, 'log'>): readonly Work[] {
  return [
    {
      name: 'holds',
      each: 'hold',
      pressed: `holds of one hot product, ${holdConnections} connections`,
      async open(more) {
        const side = await HoldSide.open({ log }, more);
        return {
          serverPid: side.shop.target.serverPid,
          read: (seconds, onSample) => side.read({ connections: holdConnections, seconds, skus: 1, onSample }),
          [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
        };
      },
    },
    {
      name: 'checkouts',
      each: 'checkout',
      pressed: `whole checkouts over 64 products, paid at the simulator, ${checkoutConnections} connections`,
      async open(more) {
        const side = await CheckoutSide.open({ log }, 'simulator', more);
        return {
          serverPid: side.shop.target.serverPid,
          read: (seconds, onSample) => side.read({ connections: checkoutConnections, seconds, onSample }),
          [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
        };
      },
    },
  ];
}
