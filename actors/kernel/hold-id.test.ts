import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actorOfHold, multiLineHoldId, oneLineHoldId, parseHoldId } from './hold-id.ts';
import { isSku } from './ids.ts';

const uuid = '00000000-0000-8000-8000-000000000001';

test('a hold id of one line carries its SKU, whatever its characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }).filter(isSku), (sku) => {
      const id = oneLineHoldId(uuid, sku);
      expect(parseHoldId(id)).toEqual({ kind: 'oneLine', holdId: id, sku }); // H1
      expect(actorOfHold('s', parseHoldId(id)!)).toEqual({ kind: 'stock', store: 's', id: sku });
    }),
  );
});

test('an order takes several times under its uuid, each time under another name', () => {
  for (const name of [`${uuid}-2`, `${uuid}-10`]) {
    const oneLine = oneLineHoldId(name, 'A.B');
    expect(parseHoldId(oneLine)).toEqual({ kind: 'oneLine', holdId: oneLine, sku: 'A.B' });
    expect(parseHoldId(multiLineHoldId(name))).toEqual({ kind: 'multiLine', holdId: multiLineHoldId(name) });
  }
  for (const name of [`${uuid}-1`, `${uuid}-0`, `${uuid}-02`, `${uuid}-`, `${uuid}-x`])
    expect(parseHoldId(multiLineHoldId(name)), name).toBeNull();
});

test('a multi-line id leads to the hold actor', () => {
  const id = multiLineHoldId(uuid);
  expect(actorOfHold('s', parseHoldId(id)!)).toEqual({ kind: 'hold', store: 's', id });
});

test('text in any other form is no hold id', () => {
  const id = oneLineHoldId(uuid, 'AB');
  const others = [
    '',
    'hold_',
    'hold_1',
    id.toUpperCase(),
    `${id}=`,
    `${id} `,
    id.slice(0, -1),
    id.replace('.', ':'),
    `${id.split('.')[0]}.`,
    'order_x',
  ];
  for (const text of others) expect(parseHoldId(text), text).toBeNull(); // H2
});
