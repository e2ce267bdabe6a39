/** Puts the observations of each hold together: when it was certainly alive and how its buyer ended it. */
import type { Observation } from './observations.ts';

export interface HoldStory {
  readonly holdId: string;
  readonly quantity: number;
  readonly expiresAtMs: number;
  /** Earliest acknowledgement that was seen. */
  readonly acknowledgedAtMs: number;
  /** Infinity when its buyer never let go. */
  readonly releaseSentAtMs: number;
  readonly releaseAcknowledged: boolean;
  readonly commitSent: boolean;
  readonly commitAcknowledged: boolean;
}

export interface HoldStories {
  readonly holds: readonly HoldStory[];
  /** How many holds there are beyond one per request key. */
  readonly holdsPerKeyBeyondOne: number;
}

type Draft = { -readonly [Field in keyof HoldStory]: HoldStory[Field] };

export function readStories(observations: readonly Observation[]): HoldStories {
  const drafts = new Map<string, Draft>();
  const holdsByKey = new Map<string, Set<string>>();
  for (const observation of observations) {
    if (observation.kind !== 'holdAcknowledged') continue;
    addAcknowledgement(drafts, observation);
    const holds = holdsByKey.get(observation.key) ?? new Set();
    holdsByKey.set(observation.key, holds.add(observation.holdId));
  }
  for (const observation of observations) addEnding(drafts, observation);
  let holdsPerKeyBeyondOne = 0;
  for (const holds of holdsByKey.values()) holdsPerKeyBeyondOne += holds.size - 1;
  return { holds: [...drafts.values()], holdsPerKeyBeyondOne };
}

function addAcknowledgement(drafts: Map<string, Draft>, seen: Extract<Observation, { kind: 'holdAcknowledged' }>): void {
  const known = drafts.get(seen.holdId);
  if (known !== undefined) {
    known.acknowledgedAtMs = Math.min(known.acknowledgedAtMs, seen.answeredAtMs);
    return;
  }
  drafts.set(seen.holdId, {
    holdId: seen.holdId,
    quantity: seen.quantity,
    expiresAtMs: seen.expiresAtMs,
    acknowledgedAtMs: seen.answeredAtMs,
    releaseSentAtMs: Number.POSITIVE_INFINITY,
    releaseAcknowledged: false,
    commitSent: false,
    commitAcknowledged: false,
  });
}

function addEnding(drafts: Map<string, Draft>, observation: Observation): void {
  if (!('holdId' in observation)) return;
  const draft = drafts.get(observation.holdId);
  if (draft === undefined) return;
  if (observation.kind === 'releaseSent') draft.releaseSentAtMs = Math.min(draft.releaseSentAtMs, observation.sentAtMs);
  else if (observation.kind === 'releaseAcknowledged') draft.releaseAcknowledged = true;
  else if (observation.kind === 'commitSent') draft.commitSent = true;
  else if (observation.kind === 'commitAcknowledged') draft.commitAcknowledged = true;
}
