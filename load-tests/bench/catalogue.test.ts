import { describe, expect, it } from 'vitest';
import { choose, measuredElsewhere, measures } from './catalogue.ts';

describe('the catalogue of measures', () => {
  it('names each of them once, with its number in front', () => {
    expect(new Set(measures.map(({ name }) => name)).size).toBe(measures.length);
    for (const { id, name } of measures) expect(name === id || name.startsWith(`${id}-`), name).toBe(true);
  });

  it('has a floor that its aim is beyond', () => {
    for (const { name, floor, aim, better } of measures) expect(better === 'higher' ? aim > floor : aim < floor, name).toBe(true);
  });

  it('says of every number to reach whether it is measured', () => {
    const known = new Set([...measures.map(({ id }) => id), ...measuredElsewhere.map(({ id }) => id)]);
    const numbers = Array.from({ length: 16 }, (_, index) => `N${index + 1}`);
    expect(numbers.filter((number) => !known.has(number))).toEqual([]);
  });

  it('is asked by number or by name, in either case', () => {
    const named = (...names: string[]) => {
      const choice = choose(names);
      return 'chosen' in choice ? choice.chosen.map(({ name }) => name) : choice.problem;
    };
    expect(named()).toHaveLength(measures.length);
    expect(named('n1-serializable')).toEqual(['N1-serializable']);
    expect(named('N1')).toEqual(measures.filter(({ id }) => id === 'N1').map(({ name }) => name));
    expect(named('N99')).toContain('There is no measure "N99"');
    expect(named('N10')).toContain('flash-sale --chaos');
  });
});
