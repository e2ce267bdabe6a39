/**
 * Unresolved attempts: commands that were sent and whose outcome is not known. Each is kept in the
 * browser's storage from before it is first sent until the server has given a verdict, so that a reload,
 * a crash or another tab continues it under the same Idempotency-Key instead of starting a second one.
 *
 * A1. An attempt is stored before it is sent.
 * A2. One entry per attempt, so that tabs never overwrite each other's.
 * A3. What the server may have forgotten is not sent again: it promises to remember keys of holds for at
 *     least a minute. Commits and releases are known by the hold's own state, for as long as it lives. The key of a
 *     checkout is its order for ever, but nobody wants to find out next week that an old click was still under way.
 */

const rememberedByServerMs = 60_000;
const rememberedByHoldMs = 4 * 3_600_000;
const rememberedByOrderMs = 15 * 60_000;

/** @type {typeof import('./onhand-client.js').attemptStore} */
export const attemptStore = (environment, scope) => {
  const prefix = `onhand:${scope}:attempt:`;
  const { storage } = environment;

  /** @returns {import('./onhand-client.js').StoredAttempt[]} */
  function all() {
    return storage.names(prefix).flatMap((name) => {
      const attempt = read(storage.get(name));
      if (attempt !== null && environment.wallMs() - attempt.startedMs <= horizonMs(attempt)) return [attempt]; // A3
      storage.remove(name);
      return [];
    });
  }

  return {
    open(wanted) {
      const same = all().find(
        (one) => one.intent === wanted.intent && one.method === wanted.method && one.path === wanted.path && one.body === wanted.body,
      );
      if (same !== undefined) return same;
      const attempt = { ...wanted, key: environment.newKey(), startedMs: environment.wallMs() };
      storage.set(prefix + attempt.key, JSON.stringify(attempt)); // A1, A2
      return attempt;
    },
    settle: (attempt) => storage.remove(prefix + attempt.key),
    unresolved: all,
  };
};

/** @param {import('./onhand-client.js').StoredAttempt} attempt */
function horizonMs(attempt) {
  if (attempt.path === '/v1/checkouts' || attempt.path.startsWith('/v1/orders/')) return rememberedByOrderMs;
  return attempt.method === 'DELETE' || attempt.path.endsWith('/commit') ? rememberedByHoldMs : rememberedByServerMs;
}

/** @param {string | null} text @returns {import('./onhand-client.js').StoredAttempt | null} */
function read(text) {
  try {
    const attempt = JSON.parse(text ?? 'null');
    return typeof attempt?.key === 'string' && typeof attempt.startedMs === 'number' ? attempt : null;
  } catch {
    return null;
  }
}
