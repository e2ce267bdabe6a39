import pg from 'pg';
import { expect, test } from 'vitest';
import { arrayLiteral, arrayType } from './array-literal.ts';

test.each([
  ['bigint', [1, null, -9_007_199_254_740_991], '{1,NULL,-9007199254740991}'],
  ['integer', [], '{}'],
  ['boolean', [true, false, null], '{true,false,NULL}'],
  ['text', ['', 'NULL', 'a,b', '{c}', 'd"e', 'f\\g', null], '{"","NULL","a,b","{c}","d\\"e","f\\\\g",NULL}'],
  ['jsonb', [{ a: 'b"c' }, [1], 'text', null], '{"{\\"a\\":\\"b\\\\\\"c\\"}","[1]","\\"text\\"",NULL}'],
] as const)('an array of %s is written as Postgres reads it', (type, values, literal) => {
  expect(arrayLiteral(type, values)).toBe(literal);
});

test('the driver, reading it back, finds the same texts', () => {
  const texts = ['', 'NULL', 'a,b', '{c}', 'd"e', 'f\\g', ' h ', 'ž🐈', '\\"', 'line\nbreak', null];
  const textArray = 1009 as never; // the driver's list of types has no names for arrays
  const read = pg.types.getTypeParser(textArray) as (literal: string) => unknown;
  expect(read(arrayLiteral('text', texts))).toEqual(texts);
});

test('jsonb travels as text, the others as themselves', () => {
  expect((['jsonb', 'text', 'bigint'] as const).map(arrayType)).toEqual(['text[]', 'text[]', 'bigint[]']);
});
