/** docs/MUTATIONS.md, from what a run found. */
import type { Finding } from './campaign.ts';

export function mutationsDocument(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ mutation, verdict, by, file, seconds }) =>
      `| \`${mutation.name}\` | ${mutation.promise} | ${mutation.breaks} | \`${mutation.file}\` | ${verdict === 'caught' ? `${cell(by)} (\`${file}\`)` : `**${verdict}** ${cell(by)}`} | ${seconds} |`,
  );
  return `# Mutations

Written by \`npm run mutate\`; do not edit. Each line is a small change that breaks one promise, made in a copy of the
project, and the first test that failed with it. A change that no test noticed would stand here as **survived** and fail the run.

| mutation | promise | what it breaks | where | noticed by | seconds |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
