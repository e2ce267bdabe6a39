/**
 * The pen that product pictures are drawn with: a few SVG shapes, palettes, and a dice that always falls
 * the same way for the same seed. Pure; no ids, so that a picture may also be inlined next to others.
 */

export interface Palette {
  /** Paper and the shape behind the object. */
  readonly paper: string;
  readonly wash: string;
  /** The object, its shaded side, its lit side. */
  readonly main: string;
  readonly dark: string;
  readonly light: string;
  readonly accent: string;
  readonly ink: string;
}

export const palettes = {
  dune: { paper: '#f6ecdb', wash: '#ecd9b9', main: '#d2603a', dark: '#a8452a', light: '#e98a66', accent: '#2f5d62', ink: '#2b2a28' },
  sea: { paper: '#e3f0f2', wash: '#c5dfe4', main: '#2f6f7e', dark: '#214f5b', light: '#5d9ba8', accent: '#f2a541', ink: '#17323a' },
  moss: { paper: '#ecf1e1', wash: '#d3dfbc', main: '#5f7f3c', dark: '#45602a', light: '#8aa865', accent: '#e2725b', ink: '#27331c' },
  plum: { paper: '#f4e8f0', wash: '#e3cddc', main: '#7a3b69', dark: '#5a2a4d', light: '#a4668f', accent: '#f0b67f', ink: '#331a2c' },
  dusk: { paper: '#e9e8f6', wash: '#cfcdea', main: '#4a4a8f', dark: '#35356b', light: '#7878b8', accent: '#f4b942', ink: '#20203f' },
  rose: { paper: '#fcebe8', wash: '#f4d0cb', main: '#d4576b', dark: '#a93f52', light: '#e88a99', accent: '#3f7d6e', ink: '#3b1b22' },
  mustard: { paper: '#fbf3da', wash: '#f2e0a6', main: '#e0a020', dark: '#b57d12', light: '#f0c25c', accent: '#3a5a78', ink: '#3a2c0c' },
  mint: { paper: '#e2f4ec', wash: '#c2e5d5', main: '#2f9272', dark: '#216c54', light: '#62b699', accent: '#f26d5b', ink: '#143a2e' },
  slate: { paper: '#ebeef1', wash: '#d2d9df', main: '#55677a', dark: '#3d4c5c', light: '#8294a6', accent: '#e8743b', ink: '#222b35' },
  clay: { paper: '#f5e9e2', wash: '#e6cec1', main: '#9c5a3c', dark: '#75412a', light: '#c3835f', accent: '#4c8c8a', ink: '#3a2116' },
} as const satisfies Record<string, Palette>;

export type PaletteName = keyof typeof palettes;

/** A number in [0, 1), from the seed alone. */
export type Dice = () => number;

export function diceOf(seed: string): Dice {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Draws one object of a kind; `variant` picks among its forms. */
export type Drawing = (palette: Palette, variant: number, dice: Dice) => string;

// --- shapes ------------------------------------------------------------------------------------------

export function rectangle(x: number, y: number, width: number, height: number, fill: string, radius = 0): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}"${radius > 0 ? ` rx="${radius}"` : ''} fill="${fill}"/>`;
}

export function circle(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;
}

export function ellipse(x: number, y: number, width: number, height: number, fill: string): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${width / 2}" ry="${height / 2}" fill="${fill}"/>`;
}

export function path(d: string, fill: string): string {
  return `<path d="${d}" fill="${fill}"/>`;
}

export function stroke(d: string, color: string, width: number): string {
  return `<path d="${d}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

export function ring(x: number, y: number, radius: number, color: string, width: number): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="${color}" stroke-width="${width}"/>`;
}

export function faint(opacity: number, ...shapes: readonly string[]): string {
  return `<g opacity="${opacity}">${shapes.join('')}</g>`;
}

export function turned(degrees: number, x: number, y: number, ...shapes: readonly string[]): string {
  return `<g transform="rotate(${degrees} ${x} ${y})">${shapes.join('')}</g>`;
}

export function times(count: number, draw: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => draw(index)).join('');
}
