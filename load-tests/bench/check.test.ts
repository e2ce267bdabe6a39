import { describe, expect, it } from 'vitest';
import { checkAgainst } from './check.ts';
import { machine, recordOf, resultOf } from './sample.fixture.ts';

describe('the comparison with what was recorded', () => {
  it('keeps quiet about what scatters as it did', () => {
    expect(checkAgainst(resultOf({ ratios: [1.9, 2, 2.1] }), machine, recordOf({ ratios: [2, 2.1, 2.2] }))).toEqual({ kind: 'kept' });
  });

  it('names what fell out of everything that was recorded', () => {
    const verdict = checkAgainst(resultOf({ ratios: [1.2, 1.3, 1.4] }), machine, recordOf({ ratios: [2, 2.1, 2.2] }));
    expect(verdict).toEqual({ kind: 'worse', why: 'median 1.3, recorded 2.1 (2 to 2.2) at abc1234' });
  });

  it('compares ratios across machines, and plain values only on machines that are alike', () => {
    const other = { ...machine, cpu: 'another' };
    const values = { judge: 'value', ratios: [1.2, 1.3, 1.4] } as const;
    expect(checkAgainst(resultOf({ ratios: [1.2, 1.3, 1.4] }), other, recordOf({ ratios: [2, 2.1, 2.2] })).kind).toBe('worse');
    expect(checkAgainst(resultOf(values), other, recordOf({ judge: 'value', ratios: [2, 2.1, 2.2] }))).toEqual({
      kind: 'unknown',
      why: 'recorded on another machine (a processor, 2 cores)',
    });
    expect(checkAgainst(resultOf(values), machine, recordOf({ judge: 'value', ratios: [2, 2.1, 2.2] })).kind).toBe('worse');
  });

  it('never passes what was not measured, now or then', () => {
    const missing = { ...resultOf({ ratios: [1] }), notMeasured: 'no wrk' };
    expect(checkAgainst(missing, machine, recordOf({ ratios: [2] }))).toEqual({ kind: 'unknown', why: 'not measured: no wrk' });
    expect(checkAgainst(resultOf({ ratios: [1, 1, 1] }), machine, null).kind).toBe('unknown');
  });

  it('takes one long reading to scatter by a tenth', () => {
    const recorded = recordOf({ judge: 'value', ratios: [2] });
    expect(checkAgainst(resultOf({ judge: 'value', ratios: [1.85] }), machine, recorded).kind).toBe('kept');
    expect(checkAgainst(resultOf({ judge: 'value', ratios: [1.7] }), machine, recorded).kind).toBe('worse');
  });

  it('wants more than one or two readings', () => {
    expect(checkAgainst(resultOf({ ratios: [1, 1] }), machine, recordOf({ ratios: [2, 2, 2] })).kind).toBe('unknown');
  });
});
