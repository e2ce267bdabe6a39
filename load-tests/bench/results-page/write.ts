/** Writes RESULTS.md beside the folder of the records, and the charts into it. Charts that are no longer drawn go. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { measuredElsewhere, measures } from '../catalogue.ts';
import { readCosts } from '../costs/record.ts';
import { readRecords } from '../record.ts';
import { type Catalogue, resultsPages } from './page.ts';

export const catalogue: Catalogue = { measures, elsewhere: measuredElsewhere };

export function writePages(folder: string): { readonly charts: number } {
  const { markdown, charts } = resultsPages(readRecords(folder), readCosts(folder), catalogue);
  const chartsFolder = join(folder, 'charts');
  mkdirSync(chartsFolder, { recursive: true });
  for (const name of readdirSync(chartsFolder)) if (name.endsWith('.svg') && !charts.has(name)) rmSync(join(chartsFolder, name));
  for (const [name, svg] of charts) writeFileSync(join(chartsFolder, name), svg);
  writeFileSync(join(dirname(folder), 'RESULTS.md'), markdown);
  return { charts: charts.size };
}
