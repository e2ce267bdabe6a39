/** The payments of a simulator that is not running, as its journal has them. Nothing is written. */
import { join } from 'node:path';
import { readJournal } from './journal.ts';
import type { Intent } from './objects.ts';

export interface StoredPayments {
  /** Oldest first. */
  readonly intents: readonly Intent[];
}

/** Null: there never was one in this folder. Throws `EngineError` where the journal is damaged. */
export async function readStoredPayments(dataDir: string): Promise<StoredPayments | null> {
  const acts = await readJournal(join(dataDir, 'stripe-simulator.jsonl'));
  if (acts.length === 0) return null;
  const intents = new Map<string, Intent>();
  for (const { stored } of acts) for (const one of stored) if (one.kind === 'intent') intents.set(one.value.id, one.value);
  return { intents: [...intents.values()] };
}
