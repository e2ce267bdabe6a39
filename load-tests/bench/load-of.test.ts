import { expect, it } from 'vitest';
import { loadOf } from './load-of.ts';

const nothing = { connections: null, seconds: null };
const before = { log: 'postgres', connections: 320, seconds: 15, pairs: 3 } as const;

it('takes what was asked for, whatever there was before', () => {
  expect(loadOf({ connections: 448 }, { connections: 64, seconds: 5 }, before)).toEqual({ connections: 64, seconds: 5 });
});

it('takes the load of what it is compared with', () => {
  expect(loadOf({ connections: 448 }, nothing, before)).toEqual({ connections: 320, seconds: 15 });
});

it('takes as many connections as the measure needs, or the usual number', () => {
  expect(loadOf({ connections: 448 }, nothing, null)).toEqual({ connections: 448, seconds: null });
  expect(loadOf({}, nothing, null)).toEqual({ connections: 256, seconds: null });
});
