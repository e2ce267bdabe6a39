/** Things for outside: umbrellas, hats, boots, kites, lanterns, birdhouses, boats. */
import { circle, type Drawing, ellipse, faint, path, rectangle, ring, stroke, times, turned } from './pen.ts';

export const umbrella: Drawing = (palette, variant) => {
  const stick = stroke('M200 110 V286 q0 26 -24 26 q-22 0 -22 -22', palette.ink, 10);
  const canopy = path(
    'M84 214 a116 116 0 0 1 232 0 q-19 -20 -38 0 q-19 -20 -39 0 q-19 -20 -39 0 q-19 -20 -39 0 q-19 -20 -39 0 q-19 -20 -38 0 z',
    palette.main,
  );
  const panels =
    path('M200 98 q-66 40 -77 116 q19 -20 38 0 q6 -80 39 -116 z', palette.light) +
    path('M200 98 q66 40 77 116 q20 -20 39 0 a116 116 0 0 0 -116 -116 z', palette.dark);
  const mark =
    variant === 0
      ? circle(290, 108, 26, '#f6b93b') + times(8, (i) => turned(i * 45, 290, 108, stroke('M290 70 v-10', '#f6b93b', 6)))
      : times(5, (i) => path(`M${96 + i * 50} ${252 + (i % 2) * 26} q10 16 0 22 q-10 -6 0 -22 z`, palette.accent));
  return mark + stick + canopy + panels + stroke('M200 98 v-14', palette.ink, 8);
};

export const hat: Drawing = (palette, variant) => {
  if (variant === 0) {
    return (
      ellipse(200, 284, 240, 46, palette.dark) +
      path('M138 278 V166 q62 -34 124 0 V278 z', palette.main) +
      path('M226 154 q22 4 36 12 V278 h-40 q12 -60 4 -124 z', palette.dark) +
      path('M138 244 q62 18 124 0 v30 q-62 18 -124 0 z', palette.accent) +
      ellipse(200, 164, 124, 26, palette.light)
    );
  }
  const crown =
    path('M104 198 q96 -72 192 0 l-20 52 q-76 -18 -152 0 z', palette.paper) +
    stroke('M104 198 q96 -72 192 0 l-20 52 q-76 -18 -152 0 z', palette.dark, 5);
  const band = path('M124 250 q76 -18 152 0 v30 q-76 -18 -152 0 z', palette.main);
  const peak = path('M126 280 q74 -18 148 0 q10 26 -14 30 q-60 -22 -120 0 q-24 -4 -14 -30 z', palette.ink);
  const badge = circle(200, 218, 24, palette.accent) + stroke('M200 204 v28 M188 222 q12 18 24 0 M192 211 h16', palette.paper, 5);
  return crown + band + peak + badge;
};

export const boots: Drawing = (palette, variant) => {
  const boot = (x: number, main: string, dark: string) =>
    path(`M${x} 140 h62 v104 q44 10 52 36 v22 h-114 z`, main) +
    rectangle(x - 4, 298, 122, 18, palette.ink, 7) +
    rectangle(x - 5, 130, 72, 22, dark, 9) +
    faint(0.4, stroke(`M${x + 14} 168 v68`, '#ffffff', 8));
  if (variant === 1) return boot(146, palette.main, palette.dark) + circle(177, 200, 11, palette.accent);
  return (
    boot(182, palette.dark, palette.ink) +
    boot(106, palette.main, palette.dark) +
    times(3, (i) => faint(0.7, circle(88 + i * 118, 328 + (i % 2) * 6, 7, '#6aa9d8')))
  );
};

export const kite: Drawing = (palette, variant) => {
  const tail = stroke('M200 252 q-34 34 0 58 t-8 52', palette.ink, 4);
  const bows = times(3, (i) =>
    turned(i * 40 - 30, 196, 284 + i * 26, path(`M196 ${284 + i * 26} l-18 -9 v18 z M196 ${284 + i * 26} l18 -9 v18 z`, palette.accent)),
  );
  const sail =
    path('M200 66 L292 152 L200 252 Z', palette.dark) +
    path('M200 66 L108 152 L200 252 Z', palette.main) +
    path('M200 66 L292 152 H200 Z', palette.light);
  const face =
    variant === 1
      ? circle(172, 146, 12, palette.paper) +
        circle(228, 146, 12, palette.paper) +
        circle(174, 148, 5, palette.ink) +
        circle(226, 148, 5, palette.ink) +
        path('M166 186 q34 34 68 0 l-10 14 l-12 -6 l-12 10 l-12 -10 l-12 6 z', palette.paper)
      : circle(200, 152, 24, palette.accent) + ring(200, 152, 38, palette.paper, 5);
  return turned(14, 200, 200, tail, bows, sail, stroke('M200 66 V252 M108 152 H292', palette.ink, 3), face);
};

export const lantern: Drawing = (palette, variant) => {
  const glow = faint(0.4, circle(200, 216, 98, '#f6c453'));
  const frame =
    path('M152 154 h96 l16 18 h-128 z', palette.dark) +
    rectangle(136, 290, 128, 26, palette.dark, 8) +
    rectangle(140, 172, 12, 118, palette.main) +
    rectangle(248, 172, 12, 118, palette.main);
  const glass = rectangle(152, 172, 96, 118, '#fff3cf');
  const inside =
    variant === 0
      ? path('M200 192 q32 44 0 78 q-32 -34 0 -78 z', '#f2a541') + path('M200 226 q14 22 0 40 q-14 -18 0 -40 z', '#fff7dd')
      : path('M168 286 v-50 a32 32 0 0 1 64 0 v50 l-16 -12 l-16 12 l-16 -12 z', '#ffffff') +
        circle(190, 236, 6, palette.ink) +
        circle(212, 236, 6, palette.ink) +
        ellipse(201, 254, 9, 12, palette.ink);
  return glow + ring(200, 124, 30, palette.dark, 9) + frame + glass + inside + faint(0.5, stroke('M162 186 v80', '#ffffff', 5));
};

export const birdhouse: Drawing = (palette, variant) => {
  const post = rectangle(190, 270, 20, 60, palette.dark);
  if (variant === 0) {
    const box = rectangle(120, 150, 160, 120, palette.main, 4) + rectangle(230, 150, 50, 120, palette.dark, 4);
    return (
      post +
      box +
      path('M100 150 L300 116 V140 L100 172 Z', palette.ink) +
      circle(172, 212, 28, palette.ink) +
      rectangle(150, 246, 44, 8, palette.accent, 4) +
      rectangle(246, 182, 22, 48, palette.paper, 2) +
      bird(304, 104, palette.accent, palette.ink)
    );
  }
  const wall = path('M126 190 L200 122 L274 190 V284 H126 Z', palette.paper) + path('M200 122 L274 190 V284 H232 V150 Z', palette.wash);
  const roof = stroke('M108 200 L200 114 L292 200', palette.main, 22);
  return (
    post +
    wall +
    roof +
    circle(196, 214, 25, palette.ink) +
    stroke('M178 256 h36', palette.dark, 9) +
    path('M236 282 v-40 a14 14 0 0 1 28 0 v40 z', palette.accent) +
    bird(120, 128, palette.accent, palette.ink)
  );
};

function bird(x: number, y: number, color: string, ink: string): string {
  return (
    ellipse(x, y, 48, 34, color) +
    circle(x - 20, y - 14, 14, color) +
    path(`M${x - 32} ${y - 16} l-14 4 l14 6 z`, ink) +
    circle(x - 23, y - 17, 3, ink) +
    path(`M${x + 20} ${y - 4} l24 -10 l-10 20 z`, color)
  );
}

export const boat: Drawing = (palette, variant) => {
  const water = path('M60 296 q28 -18 56 0 t56 0 t56 0 t56 0 t56 0 v26 q-140 28 -280 0 z', palette.light);
  if (variant === 1) {
    return (
      path('M84 230 h232 l-44 72 h-144 z', '#ffffff') +
      path('M84 230 L200 302 L316 230 L272 302 H128 Z', palette.wash) +
      path('M144 230 L200 132 L256 230 Z', '#ffffff') +
      path('M200 132 L256 230 H200 Z', palette.wash) +
      stroke('M84 230 h232 l-44 72 h-144 z M144 230 L200 132 L256 230', palette.dark, 4) +
      water
    );
  }
  const hull = path('M92 250 h216 q-10 52 -52 62 h-112 q-42 -10 -52 -62 z', palette.dark) + rectangle(88, 242, 224, 14, palette.accent, 6);
  const sails =
    path('M194 92 V232 H112 Q176 190 194 92 Z', palette.paper) +
    path('M210 110 Q274 160 286 232 H210 Z', palette.main) +
    rectangle(196, 84, 10, 162, palette.ink) +
    path('M206 84 l34 12 l-34 12 z', palette.accent);
  return hull + sails + water;
};
