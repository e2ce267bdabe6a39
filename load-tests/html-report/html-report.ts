/**
 * The report of a flash sale as one page: verdict in words, charts over time with the faults in them, the same
 * numbers as tables, and how to read it all.
 *
 * P1. Self-contained: scripts, styles and data stand in the file, and its own policy forbids the network.
 * P2. Everything but the charts is there without a script; the charts have a table that says the same.
 * P3. What came from outside (a durability text, a difference, a command line) is text, never markup.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Fault } from '../chaos/runner.ts';
import type { FlashSaleReport } from '../flash-sale/report.ts';
import type { TimelineSecond } from '../measure/timeline.ts';
import { inlineCode, jsonInScript, type Markup, markup } from './markup.ts';

export interface HtmlReportFacts {
  readonly report: FlashSaleReport;
  /** Plays the same sale again. */
  readonly command: string;
  readonly machine: { readonly cores: number; readonly node: string; readonly platform: string };
  /** Why the numbers are not the server's, if so. */
  readonly warning: string | null;
}

export function htmlReport(facts: HtmlReportFacts): string {
  const { report } = facts;
  const title = `Flash sale, seed ${report.seed}: ${report.ok ? 'clean' : 'failed'}`;
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"; // P1
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${inlineCode(packageFile('uplot', 'uPlot.min.css'))}</style>
<style>${inlineCode(ownFile('page.css'))}</style>
</head>
<body>
<main>
${verdict(report)}
${numbers(facts)}
${charts(report)}
${faultTable(report.faults)}
${differences(report.differences)}
${howToReport(facts)}
</main>
<script type="application/json" id="sale">${jsonInScript({ timeline: report.timeline, faults: report.faults, stock: report.stock })}</script>
<script>${inlineCode(packageFile('uplot', 'uPlot.iife.min.js'))}</script>
<script type="module">${inlineCode(ownFile('page.js'))}</script>
</body>
</html>
`.text;
}

function verdict(report: FlashSaleReport): Markup {
  const { buyers, stock, sold, refused, seconds, faults, verified } = report;
  const counts: readonly (readonly [name: string, value: number])[] = [
    ['oversold', report.oversold],
    ['undersold', report.undersold],
    ['lost', report.lostAcknowledged],
    ['duplicated', report.duplicated],
    ['holds leaked', report.holdsLeaked],
  ];
  const recovered = faults.filter((fault) => fault.recovered).length;
  const chaos =
    verified === null
      ? []
      : [
          tile('faults recovered', `${recovered} of ${faults.length}`, recovered === faults.length),
          tile('books verified', verified ? 'yes' : 'no', verified),
        ];
  return markup`<header class="verdict ${report.ok ? 'good' : 'bad'}">
<p class="kicker">Flash sale · seed ${report.seed}</p>
<h1>${report.ok ? 'Clean' : 'Failed'}</h1>
<p class="lead">${verdictSentence(report)}</p>
<p>${count(buyers)} buyers came for ${count(stock)} units in ${count(Math.round(seconds))} seconds. ${count(sold)} units were sold; ${count(refused)} buyers left without one.</p>
<ul class="tiles">${counts.map(([name, value]) => tile(name, count(value), value === 0))}${tile('linearizable', report.linearizable, report.linearizable !== 'no')}${chaos}</ul>
</header>`;
}

function verdictSentence(report: FlashSaleReport): string {
  const during = report.faults.length === 0 ? '' : `, through ${plural(report.faults.length, 'fault')}`;
  if (report.ok) return `Every unit was sold once and nothing that was acknowledged was lost${during}.`;
  const broken = [
    ...(report.oversold > 0 ? [`${plural(report.oversold, 'unit')} oversold`] : []),
    ...(report.undersold > 0 ? [`${plural(report.undersold, 'unit')} left while somebody wanted one`] : []),
    ...(report.lostAcknowledged > 0 ? [`${plural(report.lostAcknowledged, 'acknowledgement')} lost`] : []),
    ...(report.duplicated > 0 ? [`${plural(report.duplicated, 'effect')} duplicated`] : []),
    ...(report.holdsLeaked > 0 ? [`${plural(report.holdsLeaked, 'hold')} leaked`] : []),
    ...(report.linearizable === 'no' ? ['answers that no order explains'] : []),
    ...report.faults.filter((fault) => !fault.recovered).map((fault) => `not recovered from ${fault.kind}`),
    ...(report.verified === false ? ['the books of the stopped folder are not clean'] : []),
    ...(report.differences.length > 0 ? [plural(report.differences.length, 'difference')] : []),
  ];
  return `Not every promise was kept${during}: ${broken.join(', ')}.`;
}

function tile(name: string, value: string, good: boolean): Markup {
  return markup`<li class="tile ${good ? 'good' : 'bad'}"><b>${value}</b><span>${name}</span></li>`;
}

function numbers({ report, warning }: HtmlReportFacts): Markup {
  const { latencyMs, serviceMs, pushLatencyMs } = report;
  const busiest = Math.max(0, ...report.timeline.map((second) => second.holds + second.commits + second.refusals));
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['Throughput', `${count(report.throughputPerSecond)} answers a second on average, ${count(busiest)} in the busiest second`],
    ['Answers', latencyMs === null ? 'not measured' : percentiles(latencyMs)],
    ['Service', serviceMs === null ? 'not measured' : percentiles(serviceMs)],
    [
      'Push',
      pushLatencyMs === null
        ? 'not measured'
        : `p50 ${ms(pushLatencyMs.p50)}, p99 ${ms(pushLatencyMs.p99)} over ${plural(report.sockets, 'live socket')}`,
    ],
    ['Acknowledged', report.durability],
  ];
  return markup`<section class="card" aria-labelledby="numbers">
<h2 id="numbers">In numbers</h2>
<dl>${rows.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${warning === null ? null : markup`<p class="warning">${warning}</p>`}
</section>`;
}

function percentiles({
  p50,
  p95,
  p99,
  max,
}: {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}): string {
  return `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, at most ${ms(max)}`;
}

function charts({ timeline, faults, stock }: FlashSaleReport): Markup {
  const most = (read: (second: TimelineSecond) => number | null): number => Math.max(0, ...timeline.map((second) => read(second) ?? 0));
  const figures: readonly (readonly [id: string, title: string, unit: string, summary: string])[] = [
    [
      'throughput',
      'Throughput',
      'answers in each second',
      `Line chart. In one second at most ${most((one) => one.holds)} holds, ${most((one) => one.commits)} commits and ${most((one) => one.refusals)} refusals.`,
    ],
    [
      'latency',
      'Latency',
      'milliseconds, logarithmic',
      `Line chart. The slowest second has a p50 of ${ms(most((one) => one.p50Ms))} and a p99 of ${ms(most((one) => one.p99Ms))}.`,
    ],
    [
      'stock',
      'Stock',
      'units, as pages and buyers saw them',
      `Line chart. ${stock} units at first; ${most((one) => one.committed)} committed at the end.`,
    ],
  ];
  const bands = faults.length === 0 ? '' : ' Bands are faults, numbered as in the table below.';
  return markup`<section aria-labelledby="over-time">
<h2 id="over-time">Over time</h2>
<p class="soft">Seconds since the doors opened.${bands} <noscript>The charts need a script; the table below has the same numbers.</noscript></p>
${figures.map(
  ([id, title, unit, summary]) => markup`<figure class="card" aria-labelledby="${id}-title">
<figcaption id="${id}-title"><b>${title}</b> <span class="soft">${unit}</span></figcaption>
<div class="chart" id="${id}" role="img" aria-label="${summary} The same numbers stand in the table “Second by second”."></div>
</figure>`,
)}
<details class="card">
<summary>Second by second</summary>
${timelineTable(timeline)}
</details>
</section>`;
}

function timelineTable(timeline: readonly TimelineSecond[]): Markup {
  const heading = ['second', 'holds', 'commits', 'refusals', 'p50 ms', 'p99 ms', 'available', 'held', 'committed'];
  const rows = timeline.map((one) => [
    one.second,
    one.holds,
    one.commits,
    one.refusals,
    one.p50Ms,
    one.p99Ms,
    one.available,
    one.held,
    one.committed,
  ]);
  return table(
    'Second by second',
    heading,
    rows.map((row) => row.map((value) => value ?? '–')),
  );
}

function faultTable(faults: readonly Fault[]): Markup | null {
  if (faults.length === 0) return null;
  const heading = ['', 'fault', 'at', 'lasted', 'served again after', 'everywhere after', 'bound', 'recovered'];
  const rows = faults.map((fault, index) => [
    index + 1,
    fault.target === null ? fault.kind : `${fault.kind} (${fault.target})`,
    `${fault.atSecond.toFixed(1)} s`,
    ms(fault.lastedMs),
    fault.servedAgainAfterMs === null ? 'did not' : ms(fault.servedAgainAfterMs),
    fault.everywhereAfterMs === null ? 'did not' : ms(fault.everywhereAfterMs),
    `${count(fault.withinMs / 1_000)} s`,
    fault.recovered ? 'yes' : `NO${fault.failure === null ? '' : `: ${fault.failure}`}`,
  ]);
  return markup`<section class="card" aria-labelledby="faults">
<h2 id="faults">Faults</h2>
${table('Faults', heading, rows)}
</section>`;
}

function table(label: string, heading: readonly string[], rows: readonly (readonly (string | number)[])[]): Markup {
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table>
<thead><tr>${heading.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

function differences(texts: readonly string[]): Markup | null {
  if (texts.length === 0) return null;
  return markup`<section class="card" aria-labelledby="differences">
<h2 id="differences">Differences</h2>
<ul class="plain">${texts.map((text) => markup`<li>${text}</li>`)}</ul>
</section>`;
}

function howToReport({ report, command, machine }: HtmlReportFacts): Markup {
  const { generator, retries } = report;
  const server = generator.serverCores === null ? '' : `, the server with its database ${generator.serverCores}`;
  return markup`<section class="card" aria-labelledby="again">
<h2 id="again">Play it again</h2>
<pre tabindex="0" aria-label="Command"><code>${command}</code></pre>
<p>The seed decides what every buyer means to do and which faults come when. It does not decide timing: who wins may differ, the verdict may not.</p>
<dl>
<div><dt>Machine</dt><dd>${plural(machine.cores, 'core')}, ${machine.platform}, Node ${machine.node}; server, database and crowd share it</dd></div>
<div><dt>Generator</dt><dd>busy ${Math.round(generator.busy * 100)} % of the time; it used ${generator.cores} cores${server}</dd></div>
<div><dt>Mischief</dt><dd>${count(retries.twice)} sent twice, ${count(retries.cut)} cut and sent again, ${count(retries.lost)} more lost, ${count(retries.again)} told to try again</dd></div>
</dl>
</section>
<section class="card" aria-labelledby="reading">
<h2 id="reading">How to read it</h2>
<dl class="glossary">${glossary.map(([term, meaning]) => markup`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>
</section>`;
}

const glossary: readonly (readonly [term: string, meaning: string])[] = [
  ['Oversold', 'units promised or sold beyond the stock. Undersold: units left while a buyer who wanted one went away without.'],
  ['Lost', 'something that was acknowledged and is not in the books. Duplicated: two effects of one request, or one nobody asked for.'],
  [
    'Linearizable',
    'whether one order of all answers, each between its asking and its answering, is what a single counter would have given. Undecided: no such order was found, and no proof that there is none.',
  ],
  ['Leaked', 'units still held when every hold has had its time.'],
  [
    'Latency',
    'from wanting to send until the answer, for the try that was answered. Tries that were lost in a fault are not in it; the gap in the throughput shows them.',
  ],
  [
    'Stock',
    'available as the newest open page shows it, committed as buyers were told, held as what is missing between them. A page that is cut off shows its last number.',
  ],
  [
    'Fault',
    'the darker band is the fault: a pause, or from a kill until what was killed runs again. The lighter one lasts until every product of the pulse was served.',
  ],
  [
    'Served again',
    'from the end of a pause, or from the kill, to the first acknowledged hold or commit that only a system which is back can have given. Everywhere: the same for the slowest of several products on several shards.',
  ],
  ['Verified', 'after the sale the server is stopped and its log, rows and laws are compared by the command verify.'],
];

function count(value: number): string {
  return value.toLocaleString('en-GB');
}

function plural(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`;
}

function ms(value: number): string {
  return value >= 1_000 ? seconds(value) : `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ms`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}

function ownFile(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8');
}

function packageFile(name: string, file: string): string {
  return readFileSync(join(dirname(createRequire(import.meta.url).resolve(name)), file), 'utf8');
}
