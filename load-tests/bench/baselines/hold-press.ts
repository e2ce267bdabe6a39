/** How a baseline that speaks HTTP is pressed: by the generator that presses ours, with the same requests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdRequest } from '../../api.ts';
import { press } from '../generator/press.ts';
import type { Load, SideResult } from '../side.ts';

/** SKUs are `<prefix>0` to `<prefix>n-1`. */
export const skuPrefix = 'SKU-';
/** As many as press on ours; here a buyer is its own token, which saves the baseline a look into a table. */
const buyers = 4_000;
const ttlSeconds = 600;

export async function pressHolds(url: string, folder: string, { connections, seconds, skus, buyersPerSecond }: Load): Promise<SideResult> {
  if (buyersPerSecond !== undefined) throw new Error('this baseline is pressed in a closed loop only');
  const tokens = Array.from({ length: buyers }, (_, index) => `buyer_${index}`);
  const file = join(folder, 'tokens');
  writeFileSync(file, `${tokens.join('\n')}\n`);
  let sent = 0;
  const request = () => {
    sent += 1;
    const sender = { kind: 'buyer', publishableKey: 'pk_baseline', token: tokens[sent % buyers] ?? '' } as const;
    return holdRequest(sender, `key-${sent}`, [{ sku: `${skuPrefix}${sent % skus}`, quantity: 1 }], ttlSeconds);
  };
  const words = [file, 'pk_baseline', 'key', skuPrefix, String(skus), String(ttlSeconds)];
  const pressed = await press({ script: 'hold.lua', words, request }, { url, connections, seconds });
  const { perSecond, p50Ms, p99Ms, done, refused, failed, generatorCores } = pressed;
  return { perSecond, p50Ms, p99Ms, done, refused, failed, ...(generatorCores === null ? {} : { generatorCores }) };
}
