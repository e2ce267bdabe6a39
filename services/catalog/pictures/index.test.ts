/** Pictures: the same every time, well-formed, and nothing in them that a page would not want. */
import { describe, expect, it } from 'vitest';
import { demoGoods } from '../demo/goods.ts';
import { draftOf } from '../demo/load.ts';
import { catalogLimits } from '../port.ts';
import { drawPicture, pictureKinds } from './index.ts';

describe('a picture', () => {
  it('is the same text for the same request', () => {
    const request = { kind: 'plant', palette: 'moss', variant: 0, seed: 's' } as const;
    expect(drawPicture(request)).toBe(drawPicture(request));
    expect(drawPicture(request)).not.toBe(drawPicture({ ...request, seed: 't' }));
  });

  it.each(pictureKinds)('of %s is well-formed, small, and draws nothing undefined', (kind) => {
    for (const variant of [0, 1, 2]) {
      const svg = drawPicture({ kind, palette: 'sea', variant, seed: kind });
      expect(svg.length).toBeLessThan(catalogLimits.pictureBytesMax);
      expect(svg).not.toMatch(/undefined|NaN|<script|href/);
      expect(balance(svg)).toEqual([]);
    }
  });
});

/** Elements that are left open, or closed by another name. */
function balance(svg: string): string[] {
  const open: string[] = [];
  for (const [, closing, name = '', rest = ''] of svg.matchAll(/<(\/?)(\w+)([^>]*)>/g)) {
    if (closing === '/' && open.at(-1) === name) open.pop();
    else if (!rest.endsWith('/')) open.push(name);
  }
  return open;
}

describe('the demo goods', () => {
  it('are fifty, each with an SKU of its own and a picture of its own', () => {
    expect(demoGoods).toHaveLength(50);
    expect(new Set(demoGoods.map((good) => good.sku)).size).toBe(50);
    expect(new Set(demoGoods.map((good, position) => draftOf(good, position).picture)).size).toBe(50);
  });

  it('have some that sell out in a minute and some kept in two places', () => {
    const totals = demoGoods.map((good) => Object.values(good.units).reduce((sum, units) => sum + units, 0));
    expect(totals.filter((units) => units <= 3).length).toBeGreaterThanOrEqual(5);
    expect(totals.every((units) => units >= 1)).toBe(true);
    expect(demoGoods.filter((good) => Object.keys(good.units).length === 2).length).toBeGreaterThanOrEqual(5);
  });
});
