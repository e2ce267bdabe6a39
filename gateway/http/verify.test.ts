/** Checks of the books through the gateway. */
import { expect, test } from 'vitest';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { eventually } from '../../testing/until.ts';
import { inTurn, type StoreBooks, verifyRoute } from './routes/verify.ts';

test('two who check the books at once are answered one after the other', async () => {
  let running = 0;
  const verify = async () => {
    if (++running > 1) throw new Error('a shard cannot stand still twice');
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
    return { checked: { skus: 0, holds: 0, orders: 0, frames: 0 }, differences: [], ok: true };
  };
  await using world = await GatewayWorld.start({ extraRoutes: [verifyRoute(verify)] });
  const stores = [world.demo, world.second];
  const answers = await Promise.all(stores.map(({ secretKey }) => world.call('GET', '/v1/admin/verify', { key: secretKey })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

const clean: StoreBooks = { checked: { skus: 0, holds: 0, orders: 0, frames: 0 }, differences: [], ok: true };

/** Checks that end when they are told to. */
function checksByHand() {
  const begun: { readonly storeId: string; readonly end: (books: StoreBooks) => void }[] = [];
  const check = inTurn((storeId) => new Promise((end) => begun.push({ storeId, end })));
  return { begun, check };
}

test('whoever asks while a check of the store runs shares the next one, which began after all of them asked', async () => {
  const { begun, check } = checksByHand();
  const first = check('a');
  await Promise.resolve();
  const crowd = Array.from({ length: 20 }, async () => check('a'));
  expect(begun).toHaveLength(1);
  begun[0]!.end(clean);
  await first;
  await eventually('the second check begins', () => begun.length === 2);
  begun[1]!.end({ ...clean, ok: false });
  expect(await Promise.all(crowd)).toEqual(crowd.map(() => ({ ...clean, ok: false })));
  expect(begun).toHaveLength(2);
});

test('more stores than can be checked soon are sent away', async () => {
  const { begun, check } = checksByHand();
  const asked = Array.from({ length: 20 }, (_, store) => check(`store ${store}`));
  const taken = asked.filter((books) => books !== null);
  expect(taken).toHaveLength(8);
  for (let turn = 0; turn < taken.length; turn += 1) {
    await eventually('its turn comes', () => begun.length > turn);
    begun[turn]!.end(clean);
  }
  expect(await Promise.all(taken)).toEqual(taken.map(() => clean));
  expect(check('again')).not.toBeNull();
});

test('a check that fails lets the next one begin', async () => {
  let checks = 0;
  const check = inTurn(async () => {
    if (++checks === 1) throw new Error('Postgres is away');
    return clean;
  });
  const [failing, next] = [check('a'), check('b')];
  await expect(failing).rejects.toThrow('away');
  expect(await next).toEqual(clean);
});
