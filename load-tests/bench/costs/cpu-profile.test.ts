import { expect, it } from 'vitest';
import { callTree, type CpuProfile } from './cpu-profile.ts';

const node = (id: number, functionName: string, children: readonly number[] = []): CpuProfile['nodes'][number] => ({
  id,
  callFrame: { functionName, url: '', lineNumber: 0 },
  children,
});

/** Two turns that both decide, one of which answers, and a little of something else. */
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', [2, 5, 7]),
    node(2, 'turn', [3, 4]),
    node(3, 'decide'),
    node(4, 'answer'),
    node(5, 'turn', [6]),
    node(6, 'decide'),
    node(7, ''),
  ],
  samples: [3, 6, 4, 2, 7],
  timeDeltas: [400, 200, 300, 90, 10],
};

it('adds up calls of one name by one caller, the largest first, and leaves out what takes next to nothing', () => {
  expect(callTree(profile, 0.05)).toEqual({
    name: 'all',
    share: 1,
    children: [
      {
        name: 'turn',
        share: 0.99,
        children: [
          { name: 'decide', share: 0.6, children: [] },
          { name: 'answer', share: 0.3, children: [] },
        ],
      },
    ],
  });
});

it('names what has no name, and is empty where nothing was seen', () => {
  expect(callTree(profile, 0.001).children.map(({ name }) => name)).toEqual(['turn', '(anonymous)']);
  expect(callTree({ nodes: [node(1, '(root)')], samples: [], timeDeltas: [] }, 0.01)).toEqual({ name: 'all', share: 0, children: [] });
});
