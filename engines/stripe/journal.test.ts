/** What the simulator answered is found again after it was killed, and its file does not grow for ever. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { startStripeSimulator } from './index.ts';
import { type Act, apartMs, Journal, readJournal } from './journal.ts';

describe('a simulator that is killed', () => {
  it('has every payment it answered, under the key it was made under', { timeout: 60_000 }, async () => {
    using folder = temporaryFolder();
    const owner = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'owner.fixture.ts'), folder.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => owner.once('exit', resolve));
    onTestFinished(() => void owner.kill('SIGKILL'));
    const url = await new Promise<string>((resolve) => createInterface({ input: owner.stdout }).once('line', resolve));
    const answered = new Map<string, string>();
    const buyer = async (number: number): Promise<void> => {
      for (let payment = 0; ; payment += 1) {
        const key = `buyer ${number} payment ${payment}`;
        const id = await create(url, key);
        if (id === null) return;
        answered.set(key, id);
        if (answered.size === 200) owner.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, number) => buyer(number)));
    await ended;

    await using again = await startStripeSimulator({ port: 0, dataDir: folder.path });
    const kept = new Set(again.control.payments().map(({ id }) => id));
    expect(answered.size).toBeGreaterThanOrEqual(200);
    expect([...answered.values()].filter((id) => !kept.has(id))).toEqual([]);
    const before = kept.size;
    for (const [key, id] of [...answered].slice(-20)) expect(await create(again.url, key)).toBe(id);
    expect(again.control.payments()).toHaveLength(before);
  });

  /** Null: nobody answers any more. */
  async function create(url: string, key: string): Promise<string | null> {
    const headers = { authorization: 'Bearer sk_test_kill', 'idempotency-key': key, 'content-type': 'application/x-www-form-urlencoded' };
    try {
      const response = await fetch(`${url}/v1/payment_intents`, { method: 'POST', headers, body: 'amount=100&currency=usd' });
      return ((await response.json()) as { readonly id: string }).id;
    } catch {
      return null;
    }
  }
});

describe('the journal', () => {
  const act = (key: string): Act => ({
    stored: [],
    kept: { key, fingerprint: 'f', status: 200, body: 'x'.repeat(100), requestId: 'req_1', atSeconds: 1 },
  });

  it('keeps the order in which it was told, however many tell at once', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'journal');
    const journal = await Journal.open(path, () => []);
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => journal.append(act(key))));
    await journal.close();
    expect((await readJournal(path)).map(({ kept }) => kept?.key)).toEqual(keys);
  });

  it('writes at once who comes alone, and those who come soon after each other together (J1)', async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock();
    const journal = await Journal.open(join(folder.path, 'journal'), () => [], { clock });
    await journal.append(act('alone'));
    const one = journal.bytes;
    const others = ['second', 'third'].map((key) => journal.append(act(key)));
    await clock.advance(apartMs - 1);
    expect(journal.bytes).toBe(one);
    await clock.advance(1);
    await Promise.all(others);
    expect(journal.bytes).toBeGreaterThan(2 * one);
    await journal.close();
  });

  it('is not closed before what waits is written', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'journal');
    const journal = await Journal.open(path, () => [], { clock: new ManualClock() });
    const all = ['a', 'b', 'c'].map((key) => journal.append(act(key)));
    await journal.close();
    await Promise.all(all);
    expect((await readJournal(path)).map(({ kept }) => kept?.key)).toEqual(['a', 'b', 'c']);
  });

  it('that is damaged in the middle is not passed over', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'stripe-simulator.jsonl'), '{"stored":[],"kept":null}\n{"stored":\n{"stored":[],"kept":null}\n');
    await expect(startStripeSimulator({ port: 0, dataDir: folder.path })).rejects.toThrow('damaged in line 2');
  });

  it('is written anew when it has grown, and loses nothing that is alive', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'journal');
    let alive: Act[] = [];
    const journal = await Journal.open(path, () => alive, { rewriteBytesMin: 2_000 });
    for (let number = 0; number < 100; number += 1) {
      await journal.append(act(`k${number}`));
      alive = [act(`k${number}`)];
    }
    expect(journal.bytes).toBe(statSync(path).size);
    expect(journal.bytes).toBeLessThan(3_000);
    await journal.append(act('last'));
    await journal.close();
    const keys = (await readJournal(path)).map(({ kept }) => kept?.key);
    expect(keys).toContain('k99');
    expect(keys).toContain('last');
  });

  it('loses nothing that is written while it is written anew, and follows the new file from then on', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'journal');
    const alive: Act[] = Array.from({ length: 3_000 }, (_, number) => act(`before ${number}`));
    const journal = await Journal.open(path, () => alive, { rewriteBytesMin: 1_000 });
    const files = new Set<number>();
    for (let round = 0; round < 40; round += 1) {
      const acts = Array.from({ length: 400 }, (_, number) => act(`${round} ${number}`));
      alive.splice(0, 300);
      alive.push(...acts);
      await Promise.all(acts.map((one) => journal.append(one)));
      files.add(statSync(path).ino);
    }
    await journal.close();
    expect(files.size, 'it was written anew').toBeGreaterThan(1);
    const found = new Set((await readJournal(path)).map(({ kept }) => kept?.key));
    expect(alive.filter(({ kept }) => !found.has(kept?.key))).toEqual([]);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('of which nobody knows whether it is the one found at the next start takes no more', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'journal');
    let alive: Act[] = [];
    const journal = await Journal.open(path, () => alive, { rewriteBytesMin: 1_000 });
    alive = Array.from({ length: 3_000 }, (_, number) => act(`before ${number}`));
    // a folder stands where the new file is to go
    rmSync(path);
    mkdirSync(join(path, 'in the way'), { recursive: true });
    const outcomes: string[] = [];
    for (let number = 0; number < 300; number += 1)
      outcomes.push(
        await journal.append(act(`k${number}`)).then(
          () => 'written',
          () => 'refused',
        ),
      );
    const first = outcomes.indexOf('refused');
    expect(first).toBeGreaterThan(0);
    expect(new Set(outcomes.slice(first))).toEqual(new Set(['refused']));
  });
});
