import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAnyBody, parseJsonBody } from './body.ts';

const parsed = (text: string) => parseJsonBody(Buffer.from(text), 16);

test.each([
  ['a NUL', '{"name":"a\\u0000b"}'],
  ['the first half of a character', '["\\ud83d"]'],
  ['the second half of a character', '{"deep":{"er":["\\udc00"]}}'],
  ['halves in the wrong order', '"\\udfff\\ud800"'],
  ['a NUL in the name of a field', '{"\\u0000":1}'],
])('%s is text that cannot be stored', (_what, text) => {
  expect(parsed(text)).toEqual({ ok: false, problem: 'utf8_invalid' });
});

test.each(['"\\ud83d\\udca5"', '"💥"', '"\\u00e9"', '"\\\\u0000"', '{"a":[1,null,true,"\\u0041"]}'])(
  '%s is text like any other',
  (text) => {
    expect(parsed(text)).toEqual({ ok: true, value: JSON.parse(text) });
  },
);

test('bytes that are no UTF-8, and text that is no JSON', () => {
  expect(parseJsonBody(Buffer.from([0x22, 0xff, 0x22]), 16)).toEqual({ ok: false, problem: 'utf8_invalid' });
  expect(parsed('{')).toEqual({ ok: false, problem: 'json_malformed' });
});

test('plain text is parsed, and refused, as any text is', () => {
  const character = fc.constantFrom('"', '"', '\\', '{', '}', '[', ']', ':', ',', 'a', '1', 'u0000', 'é', '\ud83d', ' ');
  const text = fc.oneof(fc.string({ unit: character }), fc.json({ maxDepth: 4 }));
  fc.assert(
    fc.property(text, (written) => {
      const bytes = Buffer.from(written);
      expect(parseJsonBody(bytes, 3)).toEqual(parseAnyBody(bytes, 3)); // J3
    }),
  );
  for (const written of ['{"a":[[[]]]}', '{"a":"[[[["}', '"]]]" [[[[', '', ' ', '{"__proto__":1}', '\u007f', '"\u007f"', '"\n"']) {
    const bytes = Buffer.from(written);
    expect(parseJsonBody(bytes, 3), written).toEqual(parseAnyBody(bytes, 3));
  }
});
