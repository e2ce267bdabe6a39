/** Bodies as Stripe takes them. */
import { describe, expect, it } from 'vitest';
import { parseForm, textsOf } from './form.ts';

const plain = (text: string): unknown => JSON.parse(JSON.stringify(parseForm(text)));

describe('a form', () => {
  it.each([
    ['', {}],
    ['a=1&b=two+words', { a: '1', b: 'two words' }],
    ['a=%E2%82%AC', { a: '€' }],
    ['metadata[order]=7&metadata[store]=s', { metadata: { order: '7', store: 's' } }],
    ['expand[]=a&expand[]=b', { expand: ['a', 'b'] }],
    ['list[0]=a&list[1]=b', { list: ['a', 'b'] }],
    ['a[b][c]=1', { a: { b: { c: '1' } } }],
    ['a', { a: '' }],
  ])('%s', (text, fields) => {
    expect(plain(text)).toEqual(fields);
  });

  it.each(['a=%ZZ', '=1', 'a=1&a[b]=2', 'a[b=1', '[a]=1', 'a[b][c][d][e][f]=1', 'a=1&'.repeat(1_001)])('%s is none', (text) => {
    expect(parseForm(text)).toBeNull();
  });

  it('touches no prototype', () => {
    parseForm('__proto__[polluted]=1&a[__proto__][polluted]=1&constructor[prototype][polluted]=1');
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it('takes away what is empty in a map of texts', () => {
    expect(textsOf(parseForm('metadata[a]=1&metadata[b]=') ?? {}, 'metadata')).toEqual({ a: '1' });
  });
});
