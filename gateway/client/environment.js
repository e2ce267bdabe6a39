/** The real browser behind the client's ports. The only file of the client that touches globals. */

/** @type {typeof import('./onhand-client.js').browserEnvironment} */
export const browserEnvironment = () => ({
  wallMs: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  newKey: newKey,
  openSocket: (url) => /** @type {any} */ (new WebSocket(url)),
  request: (url, { timeoutMs, ...request }) => fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs), cache: 'no-store' }),
  storage: pageStorage(),
  isOnline: () => navigator.onLine,
  onOnlineChange(call) {
    addEventListener('online', call);
    addEventListener('offline', call);
    return () => {
      removeEventListener('online', call);
      removeEventListener('offline', call);
    };
  },
});

/** `crypto.randomUUID` exists on secure origins only; a shop may be tried over plain HTTP in a local network. */
function newKey() {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** localStorage, or memory where the browser forbids it (private windows, embedded pages).
 *  @returns {import('./onhand-client.js').KeyValueStore} */
function pageStorage() {
  const storage = allowedStorage();
  if (storage === null) return memoryStorage();
  return {
    get: (name) => storage.getItem(name),
    set(name, value) {
      try {
        storage.setItem(name, value);
      } catch {
        // Full: what could not be kept is lost at the next reload, which is no reason to fail now.
      }
    },
    remove: (name) => storage.removeItem(name),
    names: (prefix) => Object.keys(storage).filter((name) => name.startsWith(prefix)),
    onForeignChange(call) {
      /** @param {StorageEvent} event */
      const listener = (event) => {
        if (event.key !== null) call(event.key);
      };
      addEventListener('storage', listener);
      return () => removeEventListener('storage', listener);
    },
  };
}

function allowedStorage() {
  try {
    const storage = window.localStorage;
    storage.getItem('');
    return storage;
  } catch {
    return null;
  }
}

/** @returns {import('./onhand-client.js').KeyValueStore} */
function memoryStorage() {
  /** @type {Map<string, string>} */
  const values = new Map();
  return {
    get: (name) => values.get(name) ?? null,
    set: (name, value) => void values.set(name, value),
    remove: (name) => void values.delete(name),
    names: (prefix) => [...values.keys()].filter((name) => name.startsWith(prefix)),
    onForeignChange: () => () => {},
  };
}
