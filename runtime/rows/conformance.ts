/**
 * What every row store must do, run against the twin in memory and against Postgres.
 *
 * What this does not prove: what survives a crash of the store, and how unknown outcomes come about. The
 * adapter's own tests do.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ActorId, actorId, actorKey, BrokenInvariant, type Json, type Row, type RowChange } from '../../actors/kernel/index.ts';
import { logStart, type Shard } from '../log/port.ts';
import { crate, crateRow, itemRow, moveRow, noteRow } from './conformance-tables.ts';
import { actorsTable, rowOfActor } from './table-set.ts';
import { type ActorRow, type Checkpoint, EpochSuperseded, type RowStore, type WriteOutcome } from './port.ts';

/** One set of tables, empty at first, and connections to it. */
export interface RowTables extends AsyncDisposable {
  /** A connection of its own, as another process would have it. Ended by whoever opened it. */
  open(): Promise<RowStore>;
  /** Changes the units of a crate behind the back of the program. */
  damageCrate(id: string, units: number): Promise<void>;
}

export function checkpointAt(frame: number, epoch: number, branch = ''): Checkpoint {
  return { frame, hash: createHash('sha256').update(`frame ${frame}${branch}`).digest('hex'), epoch };
}

export function actorRow(actor: ActorId, shard: Shard, version: number, more: Partial<ActorRow> = {}): ActorRow {
  return { actor, shard, version, deadline: null, owes: false, format: 1, ...more };
}

/** Writes from wherever the shard's checkpoint is to `frames` later. */
export async function writeNext(
  rows: RowStore,
  shard: Shard,
  actors: readonly ActorRow[],
  changes: readonly RowChange[],
  frames = 1,
): Promise<WriteOutcome> {
  const from = await rows.checkpoint(shard);
  return rows.write(shard, from!, checkpointAt(from!.frame + frames, from!.epoch), { actors, changes });
}

export async function scanAll(rows: RowStore, table: string, shard: Shard): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows.scan(table, shard)) found.push(row);
  return found;
}

const written = { kind: 'written' };
const fenced = { kind: 'fenced' };
const now = 1_700_000_000_000;

export function runRowsConformance(name: string, makeTables: () => Promise<RowTables>): void {
  describe(`${name} keep the promises of a row store`, () => {
    let tables: RowTables;
    let rows: RowStore;
    let other: RowStore;
    let shardsUsed = 0;
    const freshShard = async (epoch = 1): Promise<Shard> => {
      const shard = shardsUsed++;
      await rows.claim(shard, epoch);
      return shard;
    };
    const damagedIn = async (table: string, shard: Shard): Promise<Row[]> => {
      const found: Row[] = [];
      for await (const _ of rows.scan(table, shard, (row) => found.push(row)));
      return found;
    };
    const loadOne = async (actor: ActorId, at = now) => (await rows.load(actor.kind, [actor], at)).get(actorKey(actor));

    beforeAll(async () => {
      tables = await makeTables();
      rows = await tables.open();
      other = await tables.open();
    });
    afterAll(async () => {
      await rows.close();
      await other.close();
      await tables[Symbol.asyncDispose]();
    });

    test('a shard nobody claimed has no checkpoint and takes no batch', async () => {
      const shard = shardsUsed++;
      expect(await rows.checkpoint(shard)).toBeNull();
      expect(await rows.durableCheckpoint(shard)).toBeNull();
      expect(await rows.write(shard, { ...logStart, epoch: 1 }, checkpointAt(0, 1), { actors: [], changes: [] })).toEqual(fenced);
    });

    test('R1: rows and checkpoint move together, and a fenced batch leaves no trace', async () => {
      const shard = await freshShard();
      const actor = crate('together');
      expect(await writeNext(rows, shard, [actorRow(actor, shard, 1)], [crateRow(actor, 1), itemRow(actor, 'a', 1)])).toEqual(written);
      expect(await other.checkpoint(shard)).toEqual(checkpointAt(0, 1));
      expect(await rows.durableCheckpoint(shard)).toEqual(checkpointAt(0, 1));
      const stale = { actors: [actorRow(actor, shard, 2)], changes: [crateRow(actor, 2), itemRow(actor, 'b', 2)] };
      expect(await rows.write(shard, { ...logStart, epoch: 1 }, checkpointAt(1, 1), stale)).toEqual(fenced);
      expect(await loadOne(actor)).toMatchObject({ version: 1, rows: { crates: [{ version: 1 }], crate_items: [{ item_id: 'a' }] } });
      expect(await rows.checkpoint(shard)).toEqual(checkpointAt(0, 1));
    });

    test('R2: a batch from another frame, another hash or another epoch is fenced', async () => {
      const shard = await freshShard(3);
      await writeNext(rows, shard, [], []);
      const at = checkpointAt(0, 3);
      const nothing = { actors: [], changes: [] };
      expect(await rows.write(shard, checkpointAt(1, 3), checkpointAt(2, 3), nothing)).toEqual(fenced);
      expect(await rows.write(shard, { ...at, hash: 'ff'.repeat(32) }, checkpointAt(1, 3), nothing)).toEqual(fenced);
      expect(await rows.write(shard, { ...at, epoch: 2 }, checkpointAt(1, 2), nothing)).toEqual(fenced);
      expect(await rows.write(shard, at, checkpointAt(5, 3), nothing)).toEqual(written);
    });

    test('R2: a batch that is written again is found written, and changes nothing', async () => {
      const shard = await freshShard();
      const actor = crate('twice');
      const batch = { actors: [actorRow(actor, shard, 1)], changes: [crateRow(actor, 1, { label: 'once' })] };
      const start = { ...logStart, epoch: 1 };
      expect(await rows.write(shard, start, checkpointAt(3, 1), batch)).toEqual(written);
      expect(await rows.write(shard, start, checkpointAt(3, 1), batch)).toEqual(written);
      expect(await rows.checkpoint(shard)).toEqual(checkpointAt(3, 1));
      await other.claim(shard, 2);
      expect(await rows.write(shard, start, checkpointAt(3, 1), batch)).toEqual(fenced);
    });

    test('R2: a claim fences the older owner, a lower epoch cannot claim, the same one can again', async () => {
      const shard = await freshShard(1);
      await writeNext(rows, shard, [], []);
      expect(await other.claim(shard, 2)).toEqual(checkpointAt(0, 2));
      expect(await rows.write(shard, checkpointAt(0, 1), checkpointAt(1, 1), { actors: [], changes: [] })).toEqual(fenced);
      await expect(rows.claim(shard, 1)).rejects.toThrow(EpochSuperseded);
      expect(await other.claim(shard, 2)).toEqual(checkpointAt(0, 2));
      expect(await other.write(shard, checkpointAt(0, 2), checkpointAt(1, 2), { actors: [], changes: [] })).toEqual(written);
    });

    test('of two projectors that race on a shard one wins each time, and only its rows are there', async () => {
      const shard = await freshShard();
      const actor = crate('raced');
      let at: Checkpoint = { ...logStart, epoch: 1 };
      for (let round = 0; round < 60; round++) {
        const to = ['one', 'other'].map((branch) => checkpointAt(round, 1, branch)) as [Checkpoint, Checkpoint];
        const batch = (label: string) => ({
          actors: [actorRow(actor, shard, round + 1)],
          changes: [crateRow(actor, round + 1, { label }), moveRow(actor, round + 1)],
        });
        const outcomes = await Promise.all([rows.write(shard, at, to[0], batch('one')), other.write(shard, at, to[1], batch('other'))]);
        expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['fenced', 'written']);
        const winner = outcomes[0].kind === 'written' ? 0 : 1;
        expect(await rows.checkpoint(shard)).toEqual(to[winner]);
        expect((await loadOne(actor))!.rows['crates']).toMatchObject([{ label: ['one', 'other'][winner], version: round + 1 }]);
        at = to[winner];
      }
    });

    test('R3: a row is never replaced by one with a lower version, within a batch or across', async () => {
      const shard = await freshShard();
      const actor = crate('guarded');
      await writeNext(
        rows,
        shard,
        [actorRow(actor, shard, 5)],
        [crateRow(actor, 4), crateRow(actor, 5, { label: 'newest' }), crateRow(actor, 3)],
      );
      await writeNext(rows, shard, [actorRow(actor, shard, 2)], [crateRow(actor, 2, { label: 'older' })]);
      expect(await loadOne(actor)).toMatchObject({ version: 5, rows: { crates: [{ version: 5, label: 'newest' }] } });
      await writeNext(rows, shard, [], [crateRow(actor, 5, { label: 'same version, written again' })]);
      expect((await loadOne(actor))!.rows['crates']).toMatchObject([{ label: 'same version, written again' }]);
    });

    test('a row said to be new that is there after all is written as any other: the newest version counts', async () => {
      const shard = await freshShard();
      const [first, other] = [crate('new-first'), crate('new-other')];
      const isNew = (change: RowChange): RowChange => ({ ...change, isNew: true });
      const actors = [actorRow(first, shard, 5), actorRow(other, shard, 5)];
      expect(await writeNext(rows, shard, actors, [isNew(crateRow(first, 5))])).toEqual({ kind: 'written' });
      expect(await writeNext(rows, shard, [], [isNew(crateRow(first, 6)), isNew(crateRow(other, 5))])).toEqual({ kind: 'written' });
      expect(await writeNext(rows, shard, [], [isNew(crateRow(first, 4)), isNew(crateRow(other, 4))])).toEqual({ kind: 'written' });
      const lines = [actorRow(first, shard, 6, { isNew: true }), actorRow(crate('new-third'), shard, 1, { isNew: true })];
      expect(await writeNext(rows, shard, lines, [])).toEqual({ kind: 'written' });
      expect([await loadOne(first), await loadOne(crate('new-third'))]).toMatchObject([{ version: 6 }, { version: 1 }]);
      expect((await loadOne(first))!.rows['crates']).toMatchObject([{ version: 6 }]);
      expect((await loadOne(other))!.rows['crates']).toMatchObject([{ version: 5 }]);
    });

    test('a forced batch puts a row in the place of one that says any version: there is never none', async () => {
      const shard = await freshShard();
      const actor = crate('forced');
      await writeNext(rows, shard, [actorRow(actor, shard, 900)], [crateRow(actor, 900)]);
      const from = (await rows.checkpoint(shard))!;
      const changes = [{ table: actorsTable.name, row: rowOfActor(actorRow(actor, shard, 5)) }, crateRow(actor, 5, { label: 'right' })];
      expect(await rows.write(shard, from, from, { actors: [], changes, force: true })).toEqual({ kind: 'written' });
      expect(await loadOne(actor)).toMatchObject({ version: 5, rows: { crates: [{ version: 5, label: 'right' }] } });
    });

    test('R4: what is loaded is one snapshot, also while batches are written', async () => {
      const shard = await freshShard();
      const actors = ['a', 'b', 'c'].map((id) => crate(`snapshot-${id}`));
      let writing = true;
      const writer = (async () => {
        for (let version = 1; version <= 120; version++) {
          const changes = actors.flatMap((actor) => [
            crateRow(actor, version),
            itemRow(actor, 'only', version),
            noteRow(actor, 'only', version),
          ]);
          expect(
            await writeNext(
              rows,
              shard,
              actors.map((actor) => actorRow(actor, shard, version)),
              changes,
            ),
          ).toEqual(written);
        }
      })().finally(() => {
        writing = false;
      });
      while (writing) {
        const loaded = await other.load('crate', actors, now);
        const versions = [...loaded.values()].flatMap((actor) => [
          actor.version,
          ...Object.values(actor.rows).flatMap((found) => found!.map((row) => row['version'])),
        ]);
        expect(new Set(versions).size).toBeLessThanOrEqual(1);
        expect(versions).toHaveLength(loaded.size * 4);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writer;
    });

    test('every value comes back as it was', async () => {
      const shard = await freshShard();
      const labels = [
        '',
        'NULL',
        'null',
        ' spaces ',
        'quo"te',
        "apo'strophe",
        'back\\slash',
        '{curly,braces}',
        'new\nline\ttab',
        'žluťoučký кот 猫 🐈',
        '$1; drop table',
      ];
      const contents = [
        null,
        0,
        -1.5,
        true,
        false,
        '',
        'text "quoted"',
        [],
        {},
        [1, [2, { three: null }]],
        { nested: { 'a key': ['\\', '"', '🐈'] } },
      ];
      const numbers = [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, null];
      const changes: RowChange[] = [
        ...labels.map((label, index) => crateRow(crate(`label-${index}`), 1, { label })),
        ...contents.map((value, index) => crateRow(crate(`contents-${index}`), 1, { contents: value, sealed: index % 2 === 0 })),
        ...numbers.map((units, index) =>
          crateRow(crate(`number-${index}`), 1, { units, grade: index % 2 === 0 ? null : -2_147_483_648, sealed: null }),
        ),
      ];
      const actors = changes.map(({ row }) => crate(row['crate_id'] as string));
      await writeNext(
        rows,
        shard,
        actors.map((actor) => actorRow(actor, shard, 1)),
        changes,
      );
      const loaded = await rows.load('crate', actors, now);
      for (const [index, { row }] of changes.entries()) expect(loaded.get(actorKey(actors[index]!))!.rows['crates']).toEqual([row]);
      expect(sorted(await scanAll(rows, 'crates', shard))).toEqual(sorted(changes.map(({ row }) => row)));
    });

    test('a name that no row can have is the name of nobody, and keeps nobody else from being loaded', async () => {
      const shard = await freshShard();
      const actor = crate('plain');
      await writeNext(rows, shard, [actorRow(actor, shard, 1)], [crateRow(actor, 1)]);
      const loaded = await rows.load('crate', [crate('no\0name'), actor, crate('plain', 'no\0store')], now);
      expect([...loaded.keys()]).toEqual([actorKey(actor)]);
    });

    test('loading leaves out unknown actors, history, ended rows past their time, and rows of other kinds', async () => {
      const shard = await freshShard();
      const actor = crate('selective');
      const barrel = actorId('barrel', 'store-1', 'selective');
      const ended = [
        itemRow(actor, 'just', 1, 'ended', now - 1_000),
        itemRow(actor, 'old', 1, 'ended', now - 1_001),
        itemRow(actor, 'old-but-live', 1, 'live', now - 9_999),
        itemRow(actor, 'no-end', 1, 'ended', null),
      ];
      const actors = [actorRow(actor, shard, 7, { format: 2 }), actorRow(barrel, shard, 1)];
      await writeNext(rows, shard, actors, [...ended, moveRow(actor, 1), noteRow(actor, 'mine', 1), noteRow(barrel, 'theirs', 1)]);
      const loaded = await rows.load('crate', [actor, crate('nobody'), crate('selective', 'store-2')], now);
      expect([...loaded.keys()]).toEqual([actorKey(actor)]);
      const mine = loaded.get(actorKey(actor))!;
      expect([mine.version, mine.format]).toEqual([7, 2]);
      expect(mine.rows['crate_items']!.map((row) => row['item_id']).sort()).toEqual(['just', 'no-end', 'old-but-live']);
      expect(mine.rows['notes']).toMatchObject([{ note_id: 'mine' }]);
      expect(mine.rows['crate_moves'] ?? []).toEqual([]);
      expect((await loadOne(barrel))!.rows).toMatchObject({ notes: [{ note_id: 'theirs' }] });
      expect(await rows.load('crate', [], now)).toEqual(new Map());
    });

    test('a removed row is gone, unless a newer one has taken its place', async () => {
      const shard = await freshShard();
      const actor = crate('removed');
      await writeNext(rows, shard, [actorRow(actor, shard, 5)], [itemRow(actor, 'a', 5), itemRow(actor, 'b', 5), itemRow(actor, 'c', 5)]);
      const key = (item: string, version: number): RowChange => ({
        table: 'crate_items',
        row: { store_id: 'store-1', crate_id: 'removed', item_id: item, version },
        remove: true,
      });
      await writeNext(rows, shard, [], [key('a', 6), key('b', 4), key('c', 6), itemRow(actor, 'c', 7, 'live again'), key('d', 1)]);
      const items = (await loadOne(actor))!.rows['crate_items']!.map((row) => `${row['item_id']} ${row['version']}`);
      // "live again" ends nowhere, so it is read back
      expect(items.sort()).toEqual(['b 5', 'c 7']);
    });

    test('due finds what has its deadline by then or owes something, of this shard alone', async () => {
      const shard = await freshShard();
      const elsewhere = await freshShard();
      const actors = [
        actorRow(crate('due-past'), shard, 1, { deadline: now - 5 }),
        actorRow(crate('due-now'), shard, 1, { deadline: now }),
        actorRow(crate('due-later'), shard, 1, { deadline: now + 1 }),
        actorRow(crate('due-never'), shard, 1),
        actorRow(crate('owing'), shard, 1, { owes: true }),
        actorRow(crate('both'), shard, 1, { owes: true, deadline: now - 1 }),
      ];
      await writeNext(rows, shard, actors, []);
      await writeNext(rows, elsewhere, [actorRow(crate('other-shard'), elsewhere, 1, { deadline: now - 5 })], []);
      expect((await rows.due(shard, now)).map(({ id }) => id).sort()).toEqual(['both', 'due-now', 'due-past', 'owing']);
      await writeNext(rows, shard, [actorRow(crate('both'), shard, 2), actorRow(crate('owing'), shard, 2)], []);
      expect((await rows.due(shard, now)).map(({ id }) => id)).toEqual(['due-past', 'due-now']); // the soonest first
    });

    test('a batch of 2,000 rows is one write, and scanning finds each of them once', async () => {
      const shard = await freshShard();
      const actors = Array.from({ length: 500 }, (_, index) => crate(`many-${index}`, `store-${index % 7}`));
      const changes = actors.flatMap((actor) => [crateRow(actor, 1), itemRow(actor, 'x', 1), itemRow(actor, 'y', 1), moveRow(actor, 1)]);
      expect(changes).toHaveLength(2_000);
      expect(
        await writeNext(
          rows,
          shard,
          actors.map((actor) => actorRow(actor, shard, 1)),
          changes,
        ),
      ).toEqual(written);
      for (const table of ['crates', 'crate_items', 'crate_moves']) {
        const expected = changes.filter((change) => change.table === table).map(({ row }) => row);
        expect(sorted(await scanAll(other, table, shard))).toEqual(sorted(expected));
      }
      const loaded = await rows.load('crate', actors, now);
      expect(loaded.size).toBe(500);
    });

    test('an empty batch moves the checkpoint', async () => {
      const shard = await freshShard();
      expect(await writeNext(rows, shard, [], [], 40)).toEqual(written);
      expect(await rows.checkpoint(shard)).toEqual(checkpointAt(39, 1));
    });

    test('a row that does not fit its table is a broken invariant, and nothing is written', async () => {
      const shard = await freshShard();
      const actor = crate('misfit');
      const wrong: RowChange[] = [
        { table: 'crates', row: { ...crateRow(actor, 1).row, units: 'seven' } },
        { table: 'crates', row: { ...crateRow(actor, 1).row, units: 2 ** 60 } },
        { table: 'crates', row: { ...crateRow(actor, 1).row, colour: 'red' } },
        { table: 'crates', row: { store_id: 'store-1', crate_id: 'misfit', version: 1 } },
        { table: 'nowhere', row: { store_id: 'store-1', version: 1 } },
      ];
      for (const change of wrong)
        await expect(writeNext(rows, shard, [actorRow(actor, shard, 1)], [change])).rejects.toThrow(BrokenInvariant);
      expect(await loadOne(actor)).toBeUndefined();
      expect(await rows.checkpoint(shard)).toEqual({ ...logStart, epoch: 1 });
    });

    test('rows that nobody reads back are forgotten after a day, the others stay', async () => {
      const shard = await freshShard();
      const actor = crate('forgetful');
      const day = 24 * 3_600_000;
      const items = [
        itemRow(actor, 'old', 1, 'ended', now - day - 1),
        itemRow(actor, 'young', 1, 'ended', now - day + 1),
        itemRow(actor, 'live', 1, 'live', now - 9 * day),
        itemRow(actor, 'open', 1, 'ended', null),
      ];
      await writeNext(rows, shard, [actorRow(actor, shard, 1)], [...items, crateRow(actor, 1)]);
      expect(await rows.forget(now)).toBe(1);
      expect(await rows.forget(now)).toBe(0);
      expect((await scanAll(rows, 'crate_items', shard)).map((row) => row['item_id']).sort()).toEqual(['live', 'open', 'young']);
      expect(await loadOne(actor)).toBeDefined();
    });

    test('R5: a row that changed behind the back of the program is damage of its actor alone, until it is written again', async () => {
      const shard = await freshShard();
      const [sound, damaged] = [crate('sound'), crate('damaged')];
      const batch = (version: number) =>
        writeNext(
          rows,
          shard,
          [sound, damaged].map((actor) => actorRow(actor, shard, version)),
          [sound, damaged].map((actor) => crateRow(actor, version)),
        );
      await batch(1);
      await tables.damageCrate('damaged', 77);
      const loaded = await rows.load('crate', [sound, damaged], now);
      expect(loaded.get(actorKey(sound))!.damage).toBeUndefined();
      expect(loaded.get(actorKey(damaged))!.damage).toMatchObject({
        kind: 'checksum',
        rows: [{ table: 'crates', row: { crate_id: 'damaged', units: 77 } }],
      });
      expect(await damagedIn('crates', shard)).toMatchObject([{ crate_id: 'damaged', units: 77 }]);
      await batch(2);
      expect((await loadOne(damaged))!.damage).toBeUndefined();
      expect(await damagedIn('crates', shard)).toEqual([]);
    });

    test('R5: whatever a row holds, it comes back with the checksum it went in with', async () => {
      const shard = await freshShard();
      const text = fc.string({ unit: 'grapheme' }).map((given) => given.replaceAll('\u0000', ''));
      const { contents } = fc.letrec<{ contents: Json }>((tie) => ({
        contents: fc.oneof(
          { maxDepth: 3 },
          fc.constant(null),
          fc.boolean(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          text,
          fc.array(tie('contents'), { maxLength: 3 }),
          fc.dictionary(text, tie('contents'), { maxKeys: 4, noNullPrototype: true }),
        ),
      }));
      const values = fc.record({
        units: fc.option(fc.maxSafeInteger()),
        sealed: fc.option(fc.boolean()),
        grade: fc.option(fc.integer()),
        label: fc.option(text),
        contents,
      });
      await fc.assert(
        fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 20 }), async (some) => {
          const actors = some.map((_, index) => crate(`any-${index}`));
          const { frame } = (await rows.checkpoint(shard))!;
          const version = frame + 2;
          await writeNext(
            rows,
            shard,
            actors.map((actor) => actorRow(actor, shard, version)),
            actors.map((actor, index) => crateRow(actor, version, some[index])),
          );
          const loaded = await rows.load('crate', actors, now);
          expect([...loaded.values()].filter(({ damage }) => damage !== undefined)).toEqual([]);
          expect(loaded.size).toBe(actors.length);
        }),
        { numRuns: 50 },
      );
      expect(await damagedIn('crates', shard)).toEqual([]);
    });

    test('the clock of the store is in whole milliseconds', async () => {
      expect(Number.isSafeInteger(await rows.now())).toBe(true);
    });
  });
}

function sorted(found: readonly Row[]): Row[] {
  const key = (row: Row) => JSON.stringify(Object.entries(row).sort(([one], [another]) => (one < another ? -1 : 1)));
  return [...found].sort((one, another) => (key(one) < key(another) ? -1 : 1));
}
