/**
 * RFC 4180: fields may be quoted, quotes inside are doubled, quoted fields may contain commas and line
 * ends. Lines end with LF or CRLF. Strict: a stray quote is an error with its line, not a guess.
 */
export class CsvUnreadable extends Error {
  override readonly name = 'CsvUnreadable';
}

/** Records in order; the last line end may be missing. An empty text has no records. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0; // a byte order mark is not part of the first name
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    record.push(field.value);
    const separator = text[field.end];
    if (separator === ',') {
      at = field.end + 1;
      if (at === text.length) record.push('');
      continue;
    }
    at = separator === '\r' && text[field.end + 1] === '\n' ? field.end + 2 : field.end + 1;
    records.push(record);
    record = [];
  }
  if (record.length > 0) records.push(record);
  return records;
}

interface Field {
  readonly value: string;
  /** Index of the separator after the field, or the length of the text. */
  readonly end: number;
}

function plainField(text: string, from: number): Field {
  let end = from;
  while (end < text.length && !isSeparator(text, end)) {
    if (text[end] === '"') throw unreadable(text, end, 'a quote inside a field that is not quoted');
    end += 1;
  }
  return { value: text.slice(from, end), end };
}

function quotedField(text: string, from: number): Field {
  let value = '';
  let start = from + 1;
  for (;;) {
    const quote = text.indexOf('"', start);
    if (quote < 0) throw unreadable(text, from, 'a quoted field that never ends');
    value += text.slice(start, quote);
    if (text[quote + 1] !== '"') {
      if (quote + 1 < text.length && !isSeparator(text, quote + 1)) throw unreadable(text, quote, 'text after the end of a quoted field');
      return { value, end: quote + 1 };
    }
    value += '"';
    start = quote + 2;
  }
}

function isSeparator(text: string, at: number): boolean {
  return text[at] === ',' || text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n');
}

function unreadable(text: string, at: number, what: string): CsvUnreadable {
  let line = 1;
  for (let index = text.indexOf('\n'); index >= 0 && index < at; index = text.indexOf('\n', index + 1)) line += 1;
  return new CsvUnreadable(`line ${line}: ${what}`);
}
