/*
 * Draws the charts of a report: three, one under the other, over the same seconds, with the faults as bands
 * through all of them. Runs in the page as a module, so after uPlot; reads the data from the page and asks nobody else.
 */
const { timeline, faults } = JSON.parse(document.getElementById('sale').textContent);
const seconds = timeline.map((second) => second.second);
const column = (name) => timeline.map((second) => second[name]);
const endOf = (fault) => fault.atSecond + fault.lastedMs / 1000;
/** A pause comes back after its end, what was killed after the kill. */
const wholeOf = (fault) => {
  const since = fault.kind.startsWith('pause') ? endOf(fault) : fault.atSecond;
  return Math.max(endOf(fault), since + (fault.everywhereAfterMs ?? fault.withinMs) / 1000);
};
const lastSecond = Math.max(1, (seconds.at(-1) ?? 0) + 1, ...faults.map(wholeOf));

const charts = [
  {
    id: 'throughput',
    series: [
      { label: 'holds', colour: '--one', values: column('holds') },
      { label: 'commits', colour: '--two', values: column('commits') },
      { label: 'refusals', colour: '--three', values: column('refusals'), dash: [6, 4] },
    ],
  },
  {
    id: 'latency',
    logarithmic: true,
    unit: ' ms',
    series: [
      { label: 'p50', colour: '--one', values: column('p50Ms') },
      { label: 'p99', colour: '--two', values: column('p99Ms') },
    ],
  },
  {
    id: 'stock',
    series: [
      { label: 'available', colour: '--one', values: column('available'), fill: true },
      { label: 'held', colour: '--three', values: column('held'), dash: [6, 4] },
      { label: 'committed', colour: '--two', values: column('committed') },
    ],
  },
];

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (value) => (value === null || value === undefined ? '–' : Number(value.toPrecision(4)).toLocaleString('en-GB'));

/** Under the grid: what a fault is, and how long it was felt. */
function drawBands(plot) {
  const { ctx, bbox } = plot;
  const band = (from, to, colour) => {
    const left = plot.valToPos(from, 'x', true);
    const right = Math.max(left + 2 * devicePixelRatio, plot.valToPos(to, 'x', true));
    ctx.fillStyle = colour;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  };
  ctx.save();
  for (const fault of faults) {
    band(endOf(fault), wholeOf(fault), token('--recovery'));
    band(fault.atSecond, endOf(fault), token('--fault'));
  }
  ctx.restore();
}

/** The number always; the name where it fits before the next fault. */
function drawLabels(plot) {
  const { ctx, bbox } = plot;
  const size = 12 * devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${size}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  ctx.fillStyle = token('--bad');
  faults.forEach((fault, index) => {
    const left = plot.valToPos(fault.atSecond, 'x', true) + 3 * devicePixelRatio;
    const next = faults[index + 1];
    const room = (next === undefined ? bbox.left + bbox.width : plot.valToPos(next.atSecond, 'x', true)) - left - size / 2;
    const name = `${index + 1} ${fault.kind}`;
    ctx.fillText(ctx.measureText(name).width <= room ? name : String(index + 1), left, bbox.top + 4 * devicePixelRatio);
  });
  ctx.restore();
}

function optionsOf(chart, width) {
  const axis = { stroke: token('--soft'), grid: { stroke: token('--grid'), width: 1 }, ticks: { stroke: token('--grid'), width: 1 } };
  // Labels stand above the lines: a fifth of the height is theirs.
  const roomAbove = (_plot, _least, most) => [0, Math.max(1, (most ?? 1) * (faults.length > 0 ? 1.25 : 1.1))];
  const decades = (_plot, least, most) => [
    10 ** Math.floor(Math.log10(Math.max(0.1, least ?? 0.1))),
    10 ** Math.ceil(Math.log10(Math.max(1, (most ?? 1) * 2))),
  ];
  return {
    width,
    height: width < 480 ? 220 : 260,
    padding: [12, 12, 0, 0],
    cursor: { sync: { key: 'sale' }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: [0, lastSecond] },
      y: chart.logarithmic ? { distr: 3, range: decades } : { range: roomAbove },
    },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map((split) => `${split} s`) },
      { ...axis, size: 64, values: (_plot, splits) => splits.map((split) => (split === null ? '' : number(split))) },
    ],
    series: [
      { label: 'second', value: (_plot, value) => number(value) },
      ...chart.series.map(({ label, colour, dash, fill }) => ({
        label,
        stroke: token(colour),
        width: 2,
        ...(dash === undefined ? {} : { dash }),
        ...(fill === true ? { fill: `color-mix(in srgb, ${token(colour)} 14%, transparent)` } : {}),
        points: { show: timeline.length < 3 },
        value: (_plot, value) => (value === null ? '–' : `${number(value)}${chart.unit ?? ''}`),
      })),
    ],
    hooks: { drawClear: [drawBands], draw: [drawLabels] },
  };
}

let drawn = [];

function draw() {
  for (const plot of drawn) plot.destroy();
  drawn = charts.map((chart) => {
    const place = document.getElementById(chart.id);
    return new uPlot(optionsOf(chart, place.clientWidth), [seconds, ...chart.series.map(({ values }) => values)], place);
  });
  document.documentElement.dataset.charts = String(drawn.length);
}

draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
let width = innerWidth;
addEventListener('resize', () => {
  if (innerWidth === width) return;
  width = innerWidth;
  draw();
});
