/** Every mutation that `npm run mutate` makes. */
import { answerMutations } from './answers.ts';
import { archiveMutations } from './archive.ts';
import { lifeMutations } from './life.ts';
import { logMutations } from './log.ts';
import type { Mutation } from './mutation.ts';
import { rowMutations } from './rows.ts';
import { sagaMutations } from './saga.ts';

export type { Mutation, TestFile } from './mutation.ts';
export const mutations: readonly Mutation[] = [
  ...answerMutations,
  ...logMutations,
  ...rowMutations,
  ...lifeMutations,
  ...archiveMutations,
  ...sagaMutations,
];
