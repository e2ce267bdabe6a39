/** Things that fit nowhere else: globes, bells, scarves, socks, compasses. */
import { circle, type Drawing, ellipse, faint, path, rectangle, ring, stroke, times, turned } from './pen.ts';

export const globe: Drawing = (palette) => {
  const stand =
    rectangle(192, 268, 16, 36, palette.ink) +
    path('M146 318 q54 -30 108 0 z', palette.dark) +
    stroke('M138 126 A100 100 0 0 0 258 268', palette.accent, 10);
  const ball = circle(206, 182, 84, palette.light) + path('M206 98 a84 84 0 0 1 0 168 a120 120 0 0 0 0 -168 z', palette.main);
  const land =
    path('M150 146 q30 -30 52 -14 q8 18 -12 28 q-4 26 -26 30 q-22 -14 -14 -44 z', palette.dark) +
    path('M214 190 q30 -14 48 4 q-2 34 -30 46 q-24 -16 -18 -50 z', palette.dark) +
    ellipse(232, 134, 30, 16, palette.dark);
  return stand + ball + land + faint(0.35, circle(176, 146, 24, '#ffffff'));
};

export const bell: Drawing = (palette, variant) => {
  if (variant === 0) {
    const dome =
      path('M106 256 a94 94 0 0 1 188 0 z', palette.main) + path('M226 166 a94 94 0 0 1 68 90 h-50 q6 -50 -18 -90 z', palette.dark);
    return (
      rectangle(176, 268, 48, 44, palette.ink, 8) +
      dome +
      rectangle(94, 252, 212, 20, palette.dark, 10) +
      circle(200, 158, 15, palette.accent) +
      stroke('M292 262 l34 -18', palette.ink, 12) +
      faint(0.5, stroke('M136 232 q8 -38 40 -50', '#ffffff', 9))
    );
  }
  const body =
    path('M200 108 q62 10 66 96 q2 44 26 66 h-184 q24 -22 26 -66 q4 -86 66 -96 z', palette.main) +
    path('M214 112 q50 18 52 92 q2 44 26 66 h-52 q-8 -90 -26 -158 z', palette.dark);
  return (
    circle(200, 292, 20, palette.ink) +
    body +
    rectangle(100, 266, 200, 18, palette.light, 9) +
    ring(200, 96, 16, palette.dark, 9) +
    stroke('M144 226 h112', palette.accent, 9)
  );
};

export const scarf: Drawing = (palette) => {
  const stripes = (x: number, top: number, count: number) =>
    times(count, (i) => rectangle(x, top + i * 28, 54, 14, i % 2 === 0 ? palette.accent : palette.paper));
  const loop =
    path('M108 140 q92 -66 184 0 q18 52 -92 66 q-110 -14 -92 -66 z', palette.main) +
    path('M142 142 q58 -34 116 0 q2 22 -58 30 q-60 -8 -58 -30 z', palette.dark);
  const end = (x: number, length: number, fill: string) =>
    rectangle(x, 180, 54, length, fill, 6) + times(5, (i) => stroke(`M${x + 7 + i * 10} ${178 + length} v16`, fill, 5));
  return end(136, 110, palette.dark) + end(208, 132, palette.main) + stripes(208, 206, 4) + stripes(136, 206, 3) + loop;
};

export const socks: Drawing = (palette) => {
  const sock = (x: number, y: number, main: string, trim: string) =>
    path(`M${x} ${y} h52 v92 q46 14 46 42 q0 26 -30 26 h-40 q-28 0 -28 -30 z`, main) +
    rectangle(x - 4, y - 8, 60, 26, trim, 8) +
    stroke(`M${x + 8} ${y + 46} h36 M${x + 8} ${y + 66} h36`, trim, 8) +
    path(`M${x + 70} ${y + 104} q28 10 28 30 q0 26 -30 26 h-6 q18 -28 8 -56 z`, trim);
  return (
    sock(78, 128, palette.main, palette.light) + sock(152, 144, palette.accent, palette.paper) + sock(226, 128, palette.main, palette.light)
  );
};

export const compass: Drawing = (palette) => {
  const body = circle(200, 216, 100, palette.dark) + circle(200, 216, 88, palette.main) + circle(200, 216, 74, palette.paper);
  const marks = times(16, (i) => turned(i * 22.5, 200, 216, rectangle(198, 148, 4, i % 4 === 0 ? 16 : 8, palette.ink, 2)));
  const needle = turned(38, 200, 216, path('M200 156 L214 216 H186 Z', palette.accent), path('M200 276 L214 216 H186 Z', palette.light));
  const kitchen = turned(38, 200, 216, path('M192 142 h16 v-12 h-16 z', palette.accent));
  return (
    ring(200, 100, 18, palette.dark, 9) +
    body +
    marks +
    needle +
    kitchen +
    circle(200, 216, 8, palette.ink) +
    faint(0.35, path('M140 178 a74 74 0 0 1 70 -34 a90 90 0 0 0 -70 34 z', '#ffffff'))
  );
};
