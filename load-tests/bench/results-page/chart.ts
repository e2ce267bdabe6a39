/**
 * Line charts as SVG text: axes, ticks, lines, labels at the lines' ends. The same numbers give the same text, so that
 * a test can compare what is kept with what would be drawn. Pure.
 *
 * C1. Both axes begin at zero, or run over powers of ten where the values span more than a hundredfold: nothing is made
 *     to look larger than it is.
 */
import { escapeHtml } from '../../html-report/markup.ts';
import type { Series } from '../measure.ts';

const width = 720;
const height = 320;
const left = 78;
const right = 110;
const top = 40;
const bottom = 48;
const colours = ['#1f6feb', '#c2410c', '#15803d', '#7c3aed', '#b91c1c', '#475569'];
const tickCount = 5;
const spanForPowers = 100;

interface Scale {
  /** From a value to a place between 0 and 1. */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

export function drawChart({ title, x, y, lines }: Series): string {
  const drawn = lines.filter(({ points }) => points.length > 0);
  const xs = scaleOf(drawn.flatMap(({ points }) => points.map(([at]) => at)));
  const ys = scaleOf(drawn.flatMap(({ points }) => points.map(([, value]) => value)));
  const at = (point: readonly [number, number]) =>
    `${px(left + xs.place(point[0]) * plotWidth)},${px(top + (1 - ys.place(point[1])) * plotHeight)}`;
  const body = drawn.map(({ label, points }, index) => {
    const colour = colours[index % colours.length] ?? '#000';
    const sorted = points.toSorted((a, b) => a[0] - b[0]);
    const marks = sorted.length > 40 ? '' : sorted.map((point) => dot(at(point), colour)).join('');
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${sorted.map(at).join(' ')}"/>${marks}${legend(label, colour, index)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="22" font-size="14" font-weight="600">${escapeHtml(title)}</text>`,
    ...xs.ticks.map((tick) => verticalTick(left + xs.place(tick) * plotWidth, tick)),
    ...ys.ticks.map((tick) => horizontalTick(top + (1 - ys.place(tick)) * plotHeight, tick)),
    `<text x="${left + plotWidth / 2}" y="${height - 10}" text-anchor="middle" fill="#475569">${escapeHtml(x)}</text>`,
    `<text transform="translate(16 ${top + plotHeight / 2}) rotate(-90)" text-anchor="middle" fill="#475569">${escapeHtml(y)}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

const plotWidth = width - left - right;
const plotHeight = height - top - bottom;

/** C1. */
function scaleOf(values: readonly number[]): Scale {
  const max = Math.max(...values, 0);
  const min = Math.min(...values);
  if (values.length > 0 && min > 0 && max / min > spanForPowers) return powers(min, max);
  const step = niceStep(max);
  const end = Math.max(step, Math.ceil(max / step) * step);
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step);
  return { place: (value) => value / end, ticks };
}

function powers(min: number, max: number): Scale {
  const from = Math.floor(Math.log10(min));
  const to = Math.ceil(Math.log10(max));
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
  return { place: (value) => (Math.log10(value) - from) / (to - from), ticks };
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(max: number): number {
  if (!(max > 0)) return 1;
  const rough = max / tickCount;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
}

function verticalTick(at: number, value: number): string {
  const x = px(at);
  return `<line x1="${x}" y1="${top}" x2="${x}" y2="${top + plotHeight}" stroke="#e2e8f0"/><text x="${x}" y="${top + plotHeight + 18}" text-anchor="middle" fill="#475569">${shown(value)}</text>`;
}

function horizontalTick(at: number, value: number): string {
  const y = px(at);
  return `<line x1="${left}" y1="${y}" x2="${left + plotWidth}" y2="${y}" stroke="#e2e8f0"/><text x="${left - 8}" y="${px(at + 4)}" text-anchor="end" fill="#475569">${shown(value)}</text>`;
}

function legend(label: string, colour: string, index: number): string {
  const y = top + 12 + index * 18;
  const x = left + plotWidth + 12;
  return `<rect x="${x}" y="${y - 8}" width="10" height="10" fill="${colour}"/><text x="${x + 15}" y="${y + 1}">${escapeHtml(label)}</text>`;
}

function dot(point: string, colour: string): string {
  const [x, y] = point.split(',');
  return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`;
}

function px(value: number): number {
  return Math.round(value * 10) / 10;
}

function shown(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en', { maximumFractionDigits: 6 });
}
