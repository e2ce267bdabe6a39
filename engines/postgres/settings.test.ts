import { expect, test } from 'vitest';
import { sharedBuffersMb } from './settings.ts';

test.each([
  [512, 128],
  [2_048, 256],
  [4_096, 512],
  [65_536, 512],
])('of %i MB of memory, %i are for the pages of the database', (memoryMb, sharedMb) => {
  expect(sharedBuffersMb(memoryMb * 2 ** 20)).toBe(sharedMb);
});
