/**
 * Product pictures, drawn by code: an object on a washed paper, in one of a few palettes. The same request
 * always gives the same text, so a picture's hash names it for ever.
 */
import { book, candle, clock, cushion, lamp, plant, radio } from './home.ts';
import { bottle, jar, mug, teapot } from './kitchen.ts';
import { bell, compass, globe, scarf, socks } from './oddments.ts';
import { birdhouse, boat, boots, hat, kite, lantern, umbrella } from './outdoors.ts';
import {
  circle,
  type Dice,
  diceOf,
  type Drawing,
  ellipse,
  faint,
  type Palette,
  type PaletteName,
  palettes,
  path,
  rectangle,
  stroke,
  times,
} from './pen.ts';

const drawings = {
  bell,
  birdhouse,
  boat,
  book,
  boots,
  bottle,
  candle,
  clock,
  compass,
  cushion,
  globe,
  hat,
  jar,
  kite,
  lamp,
  lantern,
  mug,
  plant,
  radio,
  scarf,
  socks,
  teapot,
  umbrella,
} as const satisfies Record<string, Drawing>;

export type PictureKind = keyof typeof drawings;
export const pictureKinds = Object.keys(drawings) as readonly PictureKind[];

export interface PictureRequest {
  readonly kind: PictureKind;
  readonly palette: PaletteName;
  /** Which form of the kind. */
  readonly variant: number;
  /** Decides everything accidental: background, leaves, buttons. */
  readonly seed: string;
}

export function drawPicture({ kind, palette: paletteName, variant, seed }: PictureRequest): string {
  const palette = palettes[paletteName];
  const dice = diceOf(seed);
  const shapes = background(palette, dice) + shadow(palette) + drawings[kind](palette, variant, dice);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">${rectangle(0, 0, 400, 400, palette.paper)}${shapes}</svg>`;
}

function shadow(palette: Palette): string {
  return faint(0.16, ellipse(200, 320, 230, 22, palette.ink));
}

function background(palette: Palette, dice: Dice): string {
  const { wash } = palette;
  const forms = [
    () => circle(200, 206, 148, wash),
    () => path('M70 400 V190 a130 130 0 0 1 260 0 V400 z', wash),
    () => path(`M0 400 V${250 + dice() * 30} q100 -${60 + dice() * 40} 200 -20 t200 -10 V400 z`, wash),
    () => circle(270 - dice() * 140, 150, 104, wash) + rectangle(0, 322, 400, 78, wash),
    () => path('M58 214 q-6 -120 120 -138 q150 -16 168 108 q16 140 -120 158 q-150 18 -168 -128 z', wash),
    () =>
      faint(
        0.75,
        times(7, (i) => stroke(`M${-60 + i * 80} 420 L${60 + i * 80} -20`, wash, 22)),
      ),
  ];
  return forms[Math.floor(dice() * forms.length)]?.() ?? '';
}
