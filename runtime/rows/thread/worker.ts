/** The program of the thread: batches into the Postgres it is told of. */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../../threads/priority.ts';
import { serveAsks } from '../../threads/serve-asks.ts';
import type { WriteOutcome } from '../port.ts';
import { PostgresBatches } from '../postgres-batches.ts';
import { TableSet } from '../table-set.ts';
import type { RowsThreadData, WriteAsk } from './messages.ts';
import { unpacked } from './packed-batch.ts';

if (parentPort === null) throw new Error('rows are written in a thread of their own, by RowsThread');
giveWay(5); // rows may be late, decisions may not
const { url, kinds } = workerData as RowsThreadData;
const tables = new TableSet(kinds);
const batches = new PostgresBatches({ url, kinds });
serveAsks<WriteAsk, WriteOutcome>(({ shard, from, to, batch }) => batches.write(shard, from, to, unpacked(tables, batch)), parentPort);
