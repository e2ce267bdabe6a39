/**
 * The orders of the toy shop: what a replay uses of them. Paid at once, shipped as a whole, returned piece by piece; in
 * memory, none of the server's code. Takes the units without a hold: a replay orders no more than it received.
 */
export interface ToyOrderParts {
  /** Units sold, not yet shipped. */
  readonly commit: (holdId: string, lines: readonly ToyUnits[]) => void;
  readonly move: (kind: 'shipped' | 'returned', sku: string, quantity: number, holdId: string) => void;
  /** False: returns are taken back and the money is kept. */
  readonly refunds: boolean;
}

export interface ToyUnits {
  readonly sku: string;
  readonly quantity: number;
}

interface ToyLine extends ToyUnits {
  readonly unitPriceMinor: number;
}

interface ToyOrder {
  readonly orderId: string;
  readonly number: number;
  readonly email: string;
  readonly lines: readonly ToyLine[];
  readonly returns: { readonly returnId: string; readonly reason: string; readonly lines: readonly ToyUnits[] }[];
  refundedMinor: number;
}

interface ToyAnswer {
  readonly status: number;
  readonly body: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

export class ToyOrders {
  readonly #parts: ToyOrderParts;
  readonly #orders = new Map<string, ToyOrder>();

  constructor(parts: ToyOrderParts) {
    this.#parts = parts;
  }

  /** Null: not about orders. */
  answer(method: string, path: string, body: Fields): ToyAnswer | null {
    if (path === '/v1/checkouts') return this.#place(body);
    const [, orderId = '', act = ''] = /^\/v1\/(?:admin\/)?orders\/([^/]+)(?:\/(.*))?$/.exec(path) ?? [];
    const order = this.#orders.get(orderId);
    if (orderId === '') return null;
    if (order === undefined) return { status: 404, body: { code: 'order_unknown' } };
    if (method === 'POST') this.#act(order, act, body);
    return { status: 200, body: shown(order) };
  }

  #place(body: Fields): ToyAnswer {
    const number = this.#orders.size + 1;
    const orderId = `order_00000000-0000-8000-8000-${String(number).padStart(12, '0')}`;
    const lines = body['lines'] as readonly ToyLine[];
    const order: ToyOrder = { orderId, number, email: String(body['email']), lines, returns: [], refundedMinor: 0 };
    this.#orders.set(orderId, order);
    this.#parts.commit(holdOf(orderId), lines);
    return { status: 201, body: shown(order) };
  }

  #act(order: ToyOrder, act: string, body: Fields): void {
    const holdId = holdOf(order.orderId);
    if (act === 'fulfil') for (const [sku, quantity] of unitsOf(order.lines)) this.#parts.move('shipped', sku, -quantity, holdId);
    if (act === 'returns') {
      const returnId = `return_${order.returns.length + 1}`;
      order.returns.push({ returnId, reason: String(body['reason']), lines: body['lines'] as ToyUnits[] });
    }
    if (act !== 'receive-return') return;
    for (const { sku, quantity } of order.returns.find(({ returnId }) => returnId === body['returnId'])?.lines ?? [])
      this.#parts.move('returned', sku, quantity, holdId);
    if (this.#parts.refunds) order.refundedMinor += (body['refund'] as { readonly amountMinor: number }).amountMinor;
  }
}

function holdOf(orderId: string): string {
  return orderId.replace(/^order_/, 'hold_');
}

function unitsOf(lines: readonly ToyUnits[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

function shown({ orderId, number, email, lines, returns, refundedMinor }: ToyOrder): unknown {
  const money = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });
  const total = money(lines.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0));
  const pricesOf = (wanted: string) =>
    lines.filter(({ sku }) => sku === wanted).map(({ quantity, unitPriceMinor }) => ({ quantity, unitPriceMinor }));
  return {
    orderId,
    number,
    email,
    status: 'confirmed',
    paymentStatus: refundedMinor > 0 ? 'partially_refunded' : 'captured',
    version: 1,
    lines: [...unitsOf(lines)].map(([sku, quantity]) => ({ sku, quantity, prices: pricesOf(sku) })),
    total,
    captured: total,
    refunded: money(refundedMinor),
    returns,
  };
}
