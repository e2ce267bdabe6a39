/** Answers that leave too early, or are not what the log says. */
import { type Mutation, sim, unit } from './mutation.ts';

const say = '    if (!frames.keep(promised)) this.#say(promised);';

export const answerMutations: readonly Mutation[] = [
  {
    name: 'answer-before-acknowledgement',
    promise: 'I3',
    breaks: 'a decision is answered before its frame is acknowledged',
    file: 'runtime/shard/shard.ts',
    find: say,
    replace: `    if (decision.kind === 'accepted' || !frames.keep(promised)) this.#say(promised);`,
    tests: [unit('runtime/shard/shard.test.ts')],
  },
  {
    name: 'repeat-before-acknowledgement',
    promise: 'I3',
    breaks: 'a repeat is answered from state that is not acknowledged',
    file: 'runtime/shard/shard.ts',
    find: say,
    replace: `    if (decision.kind === 'repeated' || !frames.keep(promised)) this.#say(promised);`,
    tests: [unit('runtime/shard/shard.test.ts'), sim('testing/simulation/simulation.sim.test.ts')],
  },
  {
    name: 'refusal-before-acknowledgement',
    promise: 'I3',
    breaks: 'a refusal is answered from state that is not acknowledged',
    file: 'runtime/shard/shard.ts',
    find: say,
    replace: `    if (decision.kind === 'refused' || !frames.keep(promised)) this.#say(promised);`,
    tests: [unit('runtime/shard/shard.test.ts')],
  },
  {
    name: 'redecide-in-another-order',
    promise: 'I3',
    breaks: 'commands of a frame that is not in the log are decided again in another order',
    file: 'runtime/shard/shard.ts',
    find: '    const again = promised.map((one) => one.pending).filter((pending) => !pending.answered);',
    replace: '    const again = promised.map((one) => one.pending).filter((pending) => !pending.answered).reverse();',
    tests: [unit('runtime/shard/shard.test.ts')],
  },
  {
    name: 'skip-the-repeat-check',
    promise: 'I5',
    breaks: 'a hold asked for twice under one key is taken twice',
    file: 'actors/stock/decide/holds.ts',
    find: '  if (known !== undefined) return known.fingerprint === command.fingerprint ? repeated(firstReply(state.sku, known)) : reused;\n  if (command.notAfter',
    replace: '  if (known !== undefined && known.fingerprint !== command.fingerprint) return reused;\n  if (command.notAfter',
    tests: [unit('actors/stock/decide.test.ts'), unit('actors/stock/properties.test.ts')],
  },
  {
    name: 'hold-below-zero',
    promise: 'I2',
    breaks: 'a hold takes units that are not there',
    file: 'actors/stock/decide/take.ts',
    find: "  if (state.settings.policy === 'deny') {",
    replace: "  if (state.settings.policy === 'deny' && missing > 1) {",
    tests: [unit('actors/stock/decide.test.ts'), unit('actors/stock/properties.test.ts')],
  },
];
