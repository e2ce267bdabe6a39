/** Things for the kitchen: mugs, teapots, jars, bottles. */
import { circle, type Drawing, ellipse, faint, path, rectangle, ring, stroke, times, turned } from './pen.ts';

const steam = (x: number, y: number, color: string) => faint(0.45, stroke(`M${x} ${y} c-14 -16 14 -26 0 -44`, color, 6));

export const mug: Drawing = (palette, variant) => {
  const left = variant === 2;
  const handle = left ? ring(128, 228, 36, palette.dark, 18) : ring(272, 228, 36, palette.dark, 18);
  const body = path('M132 158 h136 v112 a44 44 0 0 1 -44 44 h-48 a44 44 0 0 1 -44 -44 z', palette.main);
  const shade = path('M232 158 h36 v112 a44 44 0 0 1 -44 44 h-16 c18 -8 24 -24 24 -44 z', palette.dark);
  const rim = ellipse(200, 158, 136, 26, palette.light) + ellipse(200, 159, 116, 17, palette.ink);
  const marks = [
    times(3, (i) => stroke(`M156 ${212 + i * 22} q12 -10 24 0 t24 0`, palette.paper, 6)),
    rectangle(150, 200, 70, 70, palette.paper, 8) + stroke('M164 218 h42 M164 235 h42 M164 252 h22', palette.main, 6),
    path('M168 222 a14 14 0 0 1 24 0 a14 14 0 0 1 24 0 q0 22 -24 38 q-24 -16 -24 -38 z', palette.accent),
  ];
  return steam(180, 138, palette.ink) + steam(214, 134, palette.ink) + handle + body + shade + rim + (marks[variant] ?? '');
};

export const teapot: Drawing = (palette, variant) => {
  const spout = path('M262 214 q40 -4 44 -54 l22 4 q-2 74 -62 104 z', palette.dark);
  const handle = stroke('M140 196 q-62 -10 -54 44 q6 40 60 44', palette.dark, 16);
  const body = ellipse(200, 244, 168, 140, palette.main) + path('M230 178 a84 70 0 0 1 -10 135 a100 90 0 0 0 10 -135 z', palette.dark);
  const lid =
    path('M150 190 q50 -46 100 0 z', palette.light) + circle(200, 160, 13, palette.accent) + rectangle(144, 186, 112, 10, palette.dark, 5);
  const marks = [
    faint(0.9, stroke('M146 246 q16 -16 32 0 t32 0 t32 0', palette.paper, 7), stroke('M156 268 q14 -14 28 0 t28 0', palette.paper, 7)),
    times(5, (i) => circle(156 + i * 22, 240 + (i % 2) * 24, 7, palette.accent)),
  ];
  return handle + spout + body + lid + (marks[variant] ?? '');
};

export const jar: Drawing = (palette, variant, dice) => {
  const glass = rectangle(128, 150, 144, 164, palette.paper, 28);
  const lid = rectangle(138, 120, 124, 34, palette.dark, 8) + rectangle(138, 120, 124, 12, palette.main, 6);
  const fills = [
    path('M136 196 q32 -14 64 0 t64 0 v90 a20 20 0 0 1 -20 20 h-88 a20 20 0 0 1 -20 -20 z', palette.main) +
      faint(0.6, circle(166, 268, 8, palette.light), circle(226, 284, 6, palette.light)),
    times(5, (i) =>
      turned(
        -20 + dice() * 40,
        152 + i * 24,
        244,
        rectangle(140 + i * 24, 190 + dice() * 14, 24, 92, i % 2 === 0 ? palette.main : palette.dark, 12),
      ),
    ),
    times(14, (i) =>
      button(
        154 + (i % 4) * 30 + (Math.floor(i / 4) % 2) * 6,
        292 - Math.floor(i / 4) * 27,
        [palette.main, palette.accent, palette.light, palette.dark][Math.floor(dice() * 4)] ?? palette.main,
      ),
    ),
  ];
  const label = variant === 2 ? '' : rectangle(156, 220, 88, 54, palette.paper, 6) + stroke('M170 238 h60 M182 256 h36', palette.ink, 5);
  const shine = faint(0.55, stroke('M144 178 v96', '#ffffff', 8));
  return faint(0.25, rectangle(124, 146, 152, 172, palette.ink, 32)) + glass + (fills[variant] ?? '') + label + shine + lid;
};

function button(x: number, y: number, color: string): string {
  return circle(x, y, 14, color) + faint(0.5, circle(x - 4, y, 2.6, '#000000'), circle(x + 4, y, 2.6, '#000000'));
}

export const bottle: Drawing = (palette, variant) => {
  const glass = path(
    'M178 110 h44 v50 q0 14 18 28 q22 18 22 50 v58 a20 20 0 0 1 -20 20 h-84 a20 20 0 0 1 -20 -20 v-58 q0 -32 22 -50 q18 -14 18 -28 z',
    palette.light,
  );
  const shade = path(
    'M206 110 h16 v50 q0 14 18 28 q22 18 22 50 v58 a20 20 0 0 1 -20 20 h-24 q16 -60 4 -106 q-14 -30 -16 -60 z',
    palette.main,
  );
  const cork = rectangle(182, 84, 36, 32, '#c9a26b', 6) + rectangle(176, 106, 48, 12, palette.dark, 5);
  const contents = [
    path('M142 262 q30 -16 60 0 t56 0 v34 a16 16 0 0 1 -16 16 h-84 a16 16 0 0 1 -16 -16 z', palette.dark) +
      path('M176 250 l26 -36 v36 z', palette.paper) +
      path('M168 252 h44 l-8 12 h-28 z', palette.accent),
    rectangle(152, 230, 96, 62, palette.paper, 6) + stroke('M170 276 q30 -46 60 -30', palette.ink, 6),
    rectangle(152, 226, 96, 66, palette.paper, 6) +
      times(6, (i) => turned(i * 60, 200, 259, ellipse(200, 245, 12, 22, palette.accent))) +
      circle(200, 259, 8, palette.main),
  ];
  return glass + shade + cork + (contents[variant] ?? '') + faint(0.5, stroke('M152 226 q2 -18 14 -28', '#ffffff', 7));
};
