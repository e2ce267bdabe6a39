/** `onhand config`: every setting, its value with secrets hidden, and where it came from. */
import { configFlagDetails, configFlags, reportConfig, sourcesOfProcess } from '../runtime/config.ts';
import { defineCommand } from './command.ts';

export const command = defineCommand({
  name: 'config',
  summary: 'Show every setting, its value and where it came from.',
  usage: '[--port N] [--host ADDRESS] [--data DIR] [--log postgres|jetstream] [--replicas 1|3] [--json FILE]',
  details: configFlagDetails,
  options: configFlags,
  async run({ values }, output) {
    const report = reportConfig(sourcesOfProcess(values));
    output.table(
      ['setting', 'value', 'from', 'meaning'],
      report.map(({ setting, shown, origin, meaning }) => [setting, shown ?? '(unset)', origin, meaning]),
    );
    const problems = report.flatMap(({ problem }) => (problem === null ? [] : [problem]));
    output.result({ settings: report, ok: problems.length === 0 });
    for (const problem of problems) output.warn(problem);
    return problems.length === 0 ? 0 : 2;
  },
});
