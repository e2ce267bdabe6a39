/**
 * HTML from parts: what is interpolated is text and gets escaped, unless it is markup itself. Nothing else makes
 * markup, so that a hostile string stays a string.
 */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = string | number | null | Markup | readonly Part[];

/** A tagged template: markup`<b>${name}</b>`. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => `${text}${render(parts[index - 1] ?? null)}${string}`));
}

function render(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeHtml(String(part));
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '');
}

/** A value for `<script type="application/json">`: no text in it can end the script or open a comment. */
export function jsonInScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', String.raw`\u003c`).replaceAll('>', String.raw`\u003e`));
}

/** Code of our own or of a package, as it is. Throws where it would end its element early. */
export function inlineCode(code: string): Markup {
  if (/<\/(script|style)/i.test(code)) throw new Error('code that holds a closing tag cannot be put into a page');
  return new Markup(code);
}
