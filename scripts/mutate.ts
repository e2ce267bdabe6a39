/**
 * `npm run mutate [-- NAME …]`: breaks one promise at a time in a copy of the project and shows which test notices.
 * Without names all of them run, and the table goes to docs/MUTATIONS.md. Exit code 0 only when all were caught;
 * 2 when the tests fail on the unchanged project.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findNatsServer } from '../engines/nats/binary.ts';
import { honestFailures, runCampaign, type Finding } from '../testing/mutations/campaign.ts';
import { type Mutation, mutations } from '../testing/mutations/index.ts';
import { mutationsDocument } from '../testing/mutations/document.ts';
import { Workspace } from '../testing/mutations/workspace.ts';

const projectDir = join(import.meta.dirname, '..');

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
  const unknown = positionals.filter((name) => !mutations.some((mutation) => mutation.name === name));
  if (unknown.length > 0) {
    console.error(`There is no mutation ${unknown.join(', ')}. There are: ${mutations.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const chosen = possible(mutations.filter(({ name }) => positionals.length === 0 || positionals.includes(name)));
  using first = new Workspace(projectDir);
  using second = new Workspace(projectDir);
  const options = { mutations: chosen, workspaces: [first, second], progress: (line: string) => console.log(line) };
  const failures = await honestFailures(options);
  if (failures.length > 0) {
    console.error(`The unchanged project does not pass:\n  ${failures.join('\n  ')}`);
    return 2;
  }
  const findings = await runCampaign(options);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(findings, null, 2)}\n`);
  if (positionals.length === 0 && chosen.length === mutations.length)
    writeFileSync(join(projectDir, 'docs/MUTATIONS.md'), mutationsDocument(findings));
  return tell(findings);
}

/** Without a broker what needs one is left out, and said. */
function possible(wanted: readonly Mutation[]): readonly Mutation[] {
  if (findNatsServer() !== null) return wanted;
  const [left, kept] = [wanted.filter(needsBroker), wanted.filter((mutation) => !needsBroker(mutation))];
  for (const { name } of left) console.log(`left out, no nats-server: ${name}`);
  return kept;
}

function needsBroker({ tests }: Mutation): boolean {
  return tests.some(({ project }) => project === 'nats');
}

function tell(findings: readonly Finding[]): number {
  const wrong = findings.filter(({ verdict }) => verdict !== 'caught');
  for (const { mutation, verdict, by } of wrong) console.log(`${verdict.toUpperCase()}  ${mutation.name}: ${mutation.breaks} ${by}`);
  console.log(`\n${findings.length - wrong.length} of ${findings.length} mutations were caught.`);
  return wrong.length === 0 ? 0 : 1;
}
