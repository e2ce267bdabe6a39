import { expect, it } from 'vitest';
import { drawFlameGraph } from './flame-graph.ts';

const tree = {
  name: 'all',
  share: 1,
  children: [
    { name: 'turn', share: 0.75, children: [{ name: 'a <b> & "c"', share: 0.5, children: [] }] },
    { name: '(idle)', share: 0.25, children: [] },
  ],
};

it('draws each call as wide as its share, on what called it', () => {
  const svg = drawFlameGraph('Holds', tree);
  expect(svg).toContain('<title>turn 75 %</title><rect x="0" y="34" width="900"');
  expect(svg).toContain('<title>a &lt;b&gt; &amp; &quot;c&quot; 50 %</title><rect x="0" y="51" width="600"');
  expect(svg).toContain('<title>(idle) 25 %</title><rect x="900" y="34" width="300"');
  expect(drawFlameGraph('Holds', tree)).toBe(svg);
});

it('writes no words where there is no room for them, and can be empty', () => {
  const narrow = { name: 'all', share: 1, children: [{ name: 'brief', share: 0.01, children: [] }] };
  expect(drawFlameGraph('Holds', narrow)).toContain('<title>brief 1 %</title>');
  expect(drawFlameGraph('Holds', narrow)).not.toContain('>brief</text>');
  expect(drawFlameGraph('Holds', { name: 'all', share: 0, children: [] })).not.toContain('NaN');
});
