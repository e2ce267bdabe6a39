/** Observations of a sale put into the form in which an order can be looked for: effects and refusals, by position. */
import type { Observation } from './observations.ts';

export interface SaleEffect {
  readonly kind: 'hold' | 'release' | 'commit';
  readonly holdId: string;
  /** From the first time it was asked for to the first time it was answered; Infinity when it never was. */
  readonly calledAtMs: number;
  readonly returnedAtMs: number;
  readonly isKnown: boolean;
  /** Where its first answer stands; Infinity without an answer. */
  readonly frame: number;
  readonly index: number;
}

export interface SaleRefusal {
  readonly available: number | null;
  readonly held: number | null;
  readonly calledAtMs: number;
  readonly returnedAtMs: number;
  readonly frame: number;
}

export interface SaleFacts {
  /** By position. */
  readonly effects: readonly SaleEffect[];
  readonly refusals: readonly SaleRefusal[];
  /** Holds that nobody committed, by the end of their time. */
  readonly leftAlone: readonly { readonly holdId: string; readonly expiresAtMs: number }[];
  /** Every answer was understood, is about one unit and says where it stands. */
  readonly isComplete: boolean;
}

/** `incarnation.shard.epoch.frame.index`; null when it is not one. Frames of one shard never repeat. */
function readPosition(text: string | null | undefined): { readonly frame: number; readonly index: number } | null {
  const parts = (text ?? '').split('.');
  const [frame, index] = [Number(parts.at(-2)), Number(parts.at(-1))];
  return parts.length === 5 && Number.isSafeInteger(frame) && Number.isSafeInteger(index) ? { frame, index } : null;
}

type Acknowledged = Extract<Observation, { kind: 'holdAcknowledged' | 'releaseAcknowledged' | 'commitAcknowledged' }>;
type Draft = { -readonly [Field in keyof SaleEffect]: SaleEffect[Field] };

const kinds = {
  holdAcknowledged: 'hold',
  releaseAcknowledged: 'release',
  commitAcknowledged: 'commit',
  releaseSent: 'release',
  commitSent: 'commit',
} as const;

export function readSaleFacts(observations: readonly Observation[]): SaleFacts {
  const effects = new Map<string, Draft>();
  const refusals: SaleRefusal[] = [];
  const expiries = new Map<string, number>();
  let isComplete = true;
  for (const seen of observations) {
    if (seen.kind === 'answerUnexpected' || seen.kind === 'holdEndedUnseen') isComplete = false;
    else if (seen.kind === 'holdRefused') {
      const position = readPosition(seen.position);
      if (position === null || seen.available === undefined || seen.held === undefined) isComplete = false;
      const [available, held] = [seen.available ?? null, seen.held ?? null];
      refusals.push({ available, held, calledAtMs: seen.sentAtMs, returnedAtMs: seen.answeredAtMs, frame: position?.frame ?? 0 });
    } else if ('holdId' in seen) {
      const draft = draftOf(effects, kinds[seen.kind], seen.holdId);
      if (seen.kind === 'releaseSent' || seen.kind === 'commitSent') draft.calledAtMs = Math.min(draft.calledAtMs, seen.sentAtMs);
      else if (!addAnswer(draft, seen)) isComplete = false;
      if (seen.kind === 'holdAcknowledged') expiries.set(seen.holdId, seen.expiresAtMs);
      if (seen.kind === 'commitAcknowledged') expiries.delete(seen.holdId);
    }
  }
  return {
    effects: [...effects.values()].sort(
      (one, other) => one.frame - other.frame || one.index - other.index || one.calledAtMs - other.calledAtMs,
    ),
    refusals: refusals.sort((one, other) => one.frame - other.frame || one.returnedAtMs - other.returnedAtMs),
    leftAlone: [...expiries]
      .map(([holdId, expiresAtMs]) => ({ holdId, expiresAtMs }))
      .sort((one, other) => one.expiresAtMs - other.expiresAtMs),
    isComplete,
  };
}

function draftOf(effects: Map<string, Draft>, kind: SaleEffect['kind'], holdId: string): Draft {
  const key = `${kind} ${holdId}`;
  let draft = effects.get(key);
  if (draft === undefined) {
    draft = { kind, holdId, calledAtMs: Infinity, returnedAtMs: Infinity, isKnown: false, frame: Infinity, index: 0 };
    effects.set(key, draft);
  }
  return draft;
}

/** False when it cannot be used. */
function addAnswer(draft: Draft, seen: Acknowledged): boolean {
  const position = readPosition(seen.position);
  draft.isKnown = true;
  draft.returnedAtMs = Math.min(draft.returnedAtMs, seen.answeredAtMs);
  if (seen.kind === 'holdAcknowledged') draft.calledAtMs = Math.min(draft.calledAtMs, seen.firstSentAtMs ?? seen.sentAtMs);
  if (position === null || (seen.kind === 'holdAcknowledged' && seen.quantity !== 1)) return false;
  if (position.frame < draft.frame || (position.frame === draft.frame && position.index < draft.index)) Object.assign(draft, position);
  return true;
}
