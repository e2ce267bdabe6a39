/** Numbers and tables as the page writes them. */
import { roundTo } from '../statistics.ts';

export function shown(value: number | null): string {
  return value === null ? '' : roundTo(value, 4).toLocaleString('en', { maximumFractionDigits: 6 });
}

export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)];
}
