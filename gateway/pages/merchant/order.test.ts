/** The form that gives money back. Does not draw: the nodes are asked for what they would be. */
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { openPage } from '../page.fixture.ts';

interface Node {
  readonly type: string | ((props: unknown) => unknown);
  readonly props: Readonly<Record<string, unknown>>;
}

openPage();
vi.stubGlobal('FormData', Map); // of a form that is a map of its fields
afterAll(() => vi.unstubAllGlobals());

const { OpenedOrder } = (await import(join(import.meta.dirname, 'order.js'))) as { OpenedOrder(props: unknown): unknown };

const message = { value: null as { text: string; good: boolean } | null };
const refund = vi.fn();
const desk = { orders: { message, refund, busy: { value: false }, story: { value: [] } } };
beforeEach(() => {
  message.value = null;
  refund.mockClear();
});

/** Every element under a node, with those that its components make. */
function elementsOf(node: unknown): readonly Node[] {
  if (Array.isArray(node)) return node.flatMap(elementsOf);
  if (typeof node !== 'object' || node === null) return [];
  const { type, props } = node as Node;
  return typeof type === 'function' ? elementsOf(type(props)) : [node as Node, ...elementsOf(props['children'])];
}

function refundForm(capturedMinor: number, currency: string) {
  const none = { lines: [], shipments: [], returns: [], refunds: [] };
  const captured = { amountMinor: capturedMinor, currency };
  const order = { ...none, status: 'delivered', email: '', shippingAddress: {}, total: captured, captured, refunded: null };
  const form = elementsOf(OpenedOrder({ on: desk, order })).find(({ props }) => props['data-form'] === 'refund');
  const field = elementsOf(form).find(({ props }) => props['name'] === 'amount');
  const submit = form?.props['onSubmit'] as (event: unknown) => void;
  const type = (amount: string) =>
    submit({
      preventDefault: () => {},
      currentTarget: new Map([
        ['amount', amount],
        ['reason', 'goodwill'],
      ]),
    });
  return { field: field?.props, type };
}

test.each([
  ['HUF', 1_000_000, '10000.00', '0.01', '5000', 500_000],
  ['JPY', 10_000, '10000', '1', '5000', 5_000],
  ['KWD', 10_000, '10.000', '0.001', '1.5', 1_500],
  ['USD', 10_000, '100.00', '0.01', '50', 5_000],
])('in %s of %i left offers %s in steps of %s; %s gives back %i', (currency, leftMinor, left, step, typed, amountMinor) => {
  const { field, type } = refundForm(leftMinor, currency);
  expect(field).toMatchObject({ min: step, max: left, step, defaultValue: left });
  type(typed);
  expect(refund.mock.calls).toEqual([[{ amountMinor, currency }, 'goodwill']]);
});

test('what is no amount gives nothing back and is told in words', () => {
  refundForm(1_000_000, 'HUF').type('1e3');
  expect(refund).not.toHaveBeenCalled();
  expect(message.value).toEqual({ text: 'Write the amount like 10000.00.', good: false });
});
