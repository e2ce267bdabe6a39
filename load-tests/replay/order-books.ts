/** Orders of a replay as the server's books have them when their money has come to rest. */
import { type BooksSource, type Fields, get, list, number, readsAtOnceMax, text } from '../auditor/books-wire.ts';

export interface OrderBook {
  readonly orderId: string;
  readonly invoice: string;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly lines: readonly {
    readonly sku: string;
    readonly prices: readonly { readonly quantity: number; readonly unitPriceMinor: number }[];
  }[];
}

const retryMs = 250;
const settleWithinMs = 60_000;
const restful: ReadonlySet<string> = new Set(['none', 'captured', 'partially_refunded', 'refunded', 'voided']);

export async function readOrderBooks(
  source: BooksSource,
  orderIds: Iterable<string>,
  progress: (line: string) => void,
): Promise<OrderBook[]> {
  const untilMs = performance.now() + settleWithinMs;
  const left = [...orderIds];
  const orders: OrderBook[] = [];
  const reader = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const order = await readSettled(source, id, untilMs);
      if (order !== null) orders.push(order);
      progress(`reading the orders: ${orders.length}`);
    }
  };
  await Promise.all(Array.from({ length: readsAtOnceMax }, reader));
  return orders;
}

async function readSettled(source: BooksSource, orderId: string, untilMs: number): Promise<OrderBook | null> {
  for (;;) {
    const fields = await get(source, `/v1/orders/${orderId}`);
    if (fields === null) return null;
    if (restful.has(text(fields, 'paymentStatus')) || performance.now() > untilMs) return orderBookOf(fields);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

function orderBookOf(fields: Fields): OrderBook {
  const pricesOf = (line: Fields) =>
    list(line, 'prices').map((price) => ({ quantity: number(price, 'quantity'), unitPriceMinor: number(price, 'unitPriceMinor') }));
  return {
    orderId: text(fields, 'orderId'),
    invoice: text(fields, 'email').replace(/^invoice-(.*)@[^@]*$/, '$1'),
    capturedMinor: number(fields['captured'] as Fields, 'amountMinor'),
    refundedMinor: number(fields['refunded'] as Fields, 'amountMinor'),
    lines: list(fields, 'lines').map((line) => ({ sku: text(line, 'sku'), prices: pricesOf(line) })),
  };
}
