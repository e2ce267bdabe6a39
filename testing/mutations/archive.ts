/** What leaves the log, and rows that are not believed. */
import { type Mutation, pg, unit } from './mutation.ts';

export const archiveMutations: readonly Mutation[] = [
  {
    name: 'trim-the-checkpoint',
    promise: 'T1',
    breaks: 'the frame that rows are written from leaves the log',
    file: 'runtime/archive/archiver.ts',
    find: 'last >= log.first && last < log.checkpoint',
    replace: 'last >= log.first',
    tests: [unit('runtime/archive/archive.test.ts')],
  },
  {
    name: 'trim-what-is-not-archived',
    promise: 'T1',
    breaks: 'the log is trimmed up to the checkpoint, archived or not',
    file: 'runtime/archive/archiver.ts',
    find: '    const end = due.length === 0 ? first : due.at(-1)!.last + 1;\n',
    replace: '    const end = (await this.#deps.rows.durableCheckpoint(shard))!.frame;\n',
    tests: [unit('runtime/archive/archive.test.ts')],
  },
  {
    name: 'trim-without-reading-again',
    promise: 'T1',
    breaks: 'the log lets go of frames whose segment was damaged since it was written',
    file: 'runtime/archive/archiver.ts',
    find: '    for (const segment of due) if (segment.first < below) await archive.confirm(segment);\n',
    replace: '',
    tests: [unit('runtime/archive/archive.test.ts')],
  },
  {
    name: 'believe-damaged-rows',
    promise: 'R5',
    breaks: 'a row whose checksum is wrong becomes memory',
    file: 'runtime/rows/checksum.ts',
    find: '  return checksum !== null && checksum !== checksumOf(table, row);',
    replace: '  return checksum !== null && checksum !== checksum + 0 * checksumOf(table, row);',
    tests: [unit('runtime/rows/checksum.test.ts'), pg('runtime/rows/postgres.pg.test.ts')],
  },
];
