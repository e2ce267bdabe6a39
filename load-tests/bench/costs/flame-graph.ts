/**
 * A tree of calls as a picture: each call as wide as its share, on what called it. The same tree gives the same text, so
 * that a test can compare what is kept with what would be drawn. Pure.
 */
import { escapeHtml } from '../../html-report/markup.ts';
import type { CallTree } from './cpu-profile.ts';

const width = 1_200;
const rowHeight = 17;
const top = 34;
const letterWidth = 6.6;
/** Narrower ones have no words. */
const wordsFrom = 28;
const hues = [8, 20, 32, 44, 56];

export function drawFlameGraph(title: string, tree: CallTree): string {
  const calls: string[] = [];
  const draw = ({ name, share, children }: CallTree, from: number, depth: number): void => {
    calls.push(call(name, share, from, depth));
    let at = from;
    for (const child of children) {
      draw(child, at, depth + 1);
      at += child.share;
    }
  };
  let from = 0;
  for (const child of tree.children) {
    draw(child, from, 0);
    from += child.share;
  }
  const height = top + depthOf(tree) * rowHeight + 6;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}" font-family="ui-monospace, monospace" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="6" y="20" font-size="14" font-weight="600" font-family="system-ui, sans-serif">${escapeHtml(title)}</text>`,
    ...calls,
    '</svg>',
    '',
  ].join('\n');
}

function depthOf({ children }: CallTree): number {
  return children.reduce((most, child) => Math.max(most, 1 + depthOf(child)), 0);
}

function call(name: string, share: number, from: number, depth: number): string {
  const x = Math.round(from * width * 10) / 10;
  const y = top + depth * rowHeight;
  const wide = Math.max(0.5, Math.round(share * width * 10) / 10);
  const words = `${name} ${Math.round(share * 1_000) / 10} %`;
  const letters = Math.floor((wide - 6) / letterWidth);
  const label = wide < wordsFrom ? '' : `<text x="${x + 3}" y="${y + 12}">${escapeHtml(words.slice(0, letters))}</text>`;
  return `<g><title>${escapeHtml(words)}</title><rect x="${x}" y="${y}" width="${wide}" height="${rowHeight - 1}" rx="1" fill="${colourOf(name)}"/>${label}</g>`;
}

/** Waiting is pale; the others by their names, so that one function has one colour in every picture. */
function colourOf(name: string): string {
  if (name === '(idle)') return '#e2e8f0';
  let sum = 0;
  for (let index = 0; index < name.length; index++) sum = (sum * 31 + name.charCodeAt(index)) % 997;
  return `hsl(${hues[sum % hues.length]} 85% ${66 + (sum % 4) * 4}%)`;
}
