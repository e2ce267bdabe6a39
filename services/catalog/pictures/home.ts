/** Things for a room: lamps, candles, clocks, cushions, radios, plants. */
import { circle, type Drawing, ellipse, faint, path, rectangle, ring, stroke, times, turned } from './pen.ts';

export const lamp: Drawing = (palette, variant) => {
  const glow = faint(0.35, circle(200, 166, 104, palette.accent));
  const foot = rectangle(193, 196, 14, 112, palette.ink) + path('M150 316 q50 -26 100 0 z', palette.dark);
  const shades = [
    circle(200, 160, 64, '#fdf3d2') +
      faint(0.25, circle(178, 146, 14, palette.dark), circle(220, 176, 19, palette.dark), circle(214, 134, 8, palette.dark)),
    path('M158 110 h84 l36 92 h-156 z', palette.main) +
      path('M214 110 h28 l36 92 h-50 z', palette.dark) +
      ellipse(200, 202, 156, 16, palette.light),
    path('M128 202 a72 72 0 0 1 144 0 z', palette.main) +
      path('M216 132 a72 72 0 0 1 56 70 h-44 q4 -40 -12 -70 z', palette.dark) +
      times(5, (i) => circle(150 + i * 25, 184 - (i % 2) * 20, 5, palette.paper)),
  ];
  return glow + foot + (shades[variant] ?? '');
};

export const candle: Drawing = (palette, variant) => {
  const flame = path('M200 92 q26 36 0 58 q-26 -22 0 -58 z', '#f6b93b') + path('M200 116 q12 18 0 32 q-12 -14 0 -32 z', '#fff3c4');
  const glow = faint(0.3, circle(200, 128, 62, '#f6b93b'));
  const wax =
    rectangle(140, 176, 120, 140, palette.main, 16) +
    path('M214 176 h30 a16 16 0 0 1 16 16 v108 a16 16 0 0 1 -16 16 h-30 q12 -70 0 -140 z', palette.dark);
  const top = ellipse(200, 178, 120, 26, palette.light) + rectangle(197, 148, 6, 30, palette.ink, 3);
  const label = rectangle(154, 216, 92, 70, palette.paper, 6);
  const marks = [
    times(4, (i) =>
      rectangle(
        166 + i * 18,
        232 - (i % 2) * 4,
        13,
        42 + (i % 2) * 4,
        [palette.main, palette.accent, palette.dark, palette.light][i] ?? palette.main,
        2,
      ),
    ),
    times(3, (i) => path(`M${176 + i * 24} ${234 + (i % 2) * 10} q12 18 0 26 q-12 -8 0 -26 z`, palette.accent)),
    rectangle(172, 234, 56, 40, palette.accent, 12) + faint(0.4, rectangle(180, 242, 40, 24, '#ffffff', 8)),
  ];
  return glow + wax + top + flame + label + (marks[variant] ?? '');
};

export const clock: Drawing = (palette, variant) => {
  const face = circle(200, 210, 92, palette.dark) + circle(200, 210, 80, palette.paper);
  const ticks = times(12, (i) => turned(i * 30, 200, 210, rectangle(197, 138, 6, i % 3 === 0 ? 18 : 9, palette.ink, 3)));
  const forms = [
    stroke('M200 210 L242 178', palette.main, 12) + circle(200, 210, 11, palette.accent),
    path('M124 226 q19 -18 38 0 t38 0 t38 0 t38 0 a80 80 0 0 1 -152 0 z', palette.light) +
      stroke('M200 210 L200 158 M200 210 L236 230', palette.ink, 8) +
      circle(200, 210, 9, palette.accent),
    stroke('M200 210 L200 160 M200 210 L168 190', palette.ink, 8) + circle(200, 210, 9, palette.main),
  ];
  const feet = stroke('M140 282 L122 312 M260 282 L278 312', palette.dark, 14);
  const bells =
    variant === 0
      ? turned(-32, 200, 210, path('M168 112 a32 32 0 0 1 64 0 z', palette.main)) +
        turned(32, 200, 210, path('M168 112 a32 32 0 0 1 64 0 z', palette.main))
      : '';
  const roof =
    variant === 2
      ? path('M92 160 L200 72 L308 160 z', palette.main) + path('M200 72 L308 160 h-70 z', palette.dark) + circle(200, 128, 13, palette.ink)
      : '';
  return feet + roof + bells + face + ticks + (forms[variant] ?? '');
};

export const cushion: Drawing = (palette, variant) => {
  const body = path('M104 152 q96 26 192 0 q-22 78 0 156 q-96 -26 -192 0 q22 -78 0 -156 z', palette.main);
  const shade = path('M296 152 q-22 78 0 156 q-40 -11 -80 -12 q40 -60 20 -132 q30 -3 60 -12 z', palette.dark);
  const marks = [
    faint(0.95, path('M142 250 a26 26 0 0 1 10 -50 a36 36 0 0 1 66 -8 a30 30 0 0 1 34 58 z', palette.paper)),
    times(3, (i) => stroke(`M136 ${200 + i * 30} q64 16 128 0`, palette.accent, 9)),
  ];
  const corners = [
    [104, 152],
    [296, 152],
    [104, 308],
    [296, 308],
  ]
    .map(([x, y]) => circle(x ?? 0, y ?? 0, 11, palette.accent))
    .join('');
  return body + shade + corners + (marks[variant] ?? '');
};

export const radio: Drawing = (palette, variant) => {
  const aerial = stroke('M250 160 L292 88', palette.ink, 6) + circle(292, 88, 8, palette.accent);
  const body =
    rectangle(92, 156, 216, 158, palette.main, variant === 0 ? 28 : 14) + faint(0.5, rectangle(92, 288, 216, 26, palette.dark, 13));
  const grille =
    circle(158, 236, 50, palette.dark) +
    (variant === 0
      ? times(3, (i) => ring(158, 236, 14 + i * 14, palette.light, 5))
      : times(5, (i) => stroke(`M${126 + i * 16} 206 v60`, palette.light, 6)));
  const dial =
    rectangle(222, 184, 68, 38, palette.paper, 6) +
    stroke('M232 203 h48', palette.ink, 3) +
    stroke(`M${variant === 0 ? 264 : 244} 192 v22`, palette.accent, 5);
  const knobs = circle(240, 258, 17, palette.paper) + circle(280, 258, 11, palette.paper) + stroke('M240 258 v-12', palette.ink, 5);
  return aerial + stroke('M130 156 q70 -54 140 0', palette.dark, 12) + body + grille + dial + knobs;
};

export const plant: Drawing = (palette, variant, dice) => {
  const pot =
    path('M146 238 h108 l-14 78 h-80 z', palette.accent) +
    faint(0.25, path('M214 238 h40 l-14 78 h-36 z', '#000000')) +
    rectangle(138, 226, 124, 22, palette.accent, 8);
  const leaf = (angle: number, length: number) =>
    turned(
      angle,
      200,
      232,
      path(`M200 232 q-26 -${length / 2} 0 -${length} q26 ${length / 2} 0 ${length} z`, dice() < 0.5 ? palette.main : palette.light),
      stroke(`M200 228 v-${length - 16}`, palette.dark, 3),
    );
  const forms = [
    times(9, (i) => leaf(-72 + i * 18, 118 + dice() * 30)),
    rectangle(166, 116, 68, 120, palette.main, 34) +
      rectangle(122, 156, 34, 56, palette.light, 17) +
      stroke('M139 200 q0 18 30 18', palette.light, 20) +
      rectangle(244, 140, 34, 56, palette.dark, 17) +
      stroke('M261 184 q0 18 -30 18', palette.dark, 20) +
      times(7, (i) => stroke(`M${182 + (i % 3) * 18} ${140 + i * 12} l5 -7`, palette.paper, 3)) +
      circle(200, 112, 13, palette.accent),
    times(5, (i) =>
      turned(
        -24 + i * 12,
        200,
        240,
        path(
          `M188 240 q-6 -80 12 -${132 + (i % 2) * 24} q18 ${60 + (i % 2) * 12} 12 ${132 + (i % 2) * 24} z`,
          i % 2 === 0 ? palette.main : palette.dark,
        ),
      ),
    ),
  ];
  return (forms[variant] ?? '') + pot;
};

export const book: Drawing = (palette, variant) => {
  const cover =
    path('M122 108 h142 a14 14 0 0 1 14 14 v178 h-142 a14 14 0 0 1 -14 -14 z', palette.main) + rectangle(122, 108, 22, 178, palette.dark);
  const pages =
    path('M136 286 h142 v22 h-142 a11 11 0 0 1 0 -22 z', '#fffaf0') +
    stroke('M140 294 h136 M140 301 h136', '#d8cdb8', 2) +
    stroke('M122 288 a14 14 0 0 0 14 20 h142', palette.dark, 6);
  const marks = [
    stroke('M166 150 h86 M166 172 h64 M166 194 h76 M166 216 h50', palette.paper, 7),
    path('M166 206 a38 38 0 1 0 52 -52 a46 46 0 0 1 -52 52 z', palette.accent) + stroke('M232 150 h20 l-20 24 h20', palette.paper, 6),
    ring(210, 188, 34, palette.paper, 6) + stroke('M196 188 h28', palette.paper, 6),
  ];
  return pages + cover + (marks[variant] ?? '') + path('M240 108 h22 v58 l-11 -10 l-11 10 z', palette.accent);
};
