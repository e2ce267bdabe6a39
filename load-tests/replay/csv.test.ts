import { describe, expect, it } from 'vitest';
import { CsvUnreadable, parseCsv } from './csv.ts';

describe('CSV', () => {
  it.each([
    ['nothing', '', []],
    ['one record without a line end', 'a,b', [['a', 'b']]],
    [
      'LF and CRLF',
      'a,b\r\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['empty fields at both ends', ',x,\n', [['', 'x', '']]],
    ['an empty field at the very end', 'a,', [['a', '']]],
    ['commas, quotes and line ends inside quotes', '"a,1","7"" single","two\r\nlines"\n', [['a,1', '7" single', 'two\r\nlines']]],
    ['spaces as they are', ' a , b \n', [[' a ', ' b ']]],
    ['a byte order mark', '\uFEFFa\n', [['a']]],
    ['a carriage return inside a line', 'a\rb,c\n', [['a\rb', 'c']]],
  ])('reads %s', (_, text, records) => {
    expect(parseCsv(text)).toEqual(records);
  });

  it.each([
    ['a quote inside a plain field', 'a\nb"c\n', 'line 2'],
    ['text after a closing quote', '"a"b\n', 'text after'],
    ['a quoted field that never ends', 'x\ny\n"a\n', 'line 3'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseCsv(text)).toThrow(CsvUnreadable);
    expect(() => parseCsv(text)).toThrow(message);
  });
});
