/** Tables in plain text: columns aligned, numbers to the right, thousands separated. */
export type Cell = string | number;

export function formatTable(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(formatCell));
  const widths = heading.map((title, column) => Math.max(title.length, ...texts.map((row) => row[column]?.length ?? 0)));
  const toTheRight = heading.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (cells: readonly string[]) =>
    widths
      .map((width, column) => (toTheRight[column] === true ? (cells[column] ?? '').padStart(width) : (cells[column] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(heading), line(rule), ...texts.map(line)].join('\n');
}

export function formatCell(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return cell.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
