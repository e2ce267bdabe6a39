/** What a scenario is told from outside (`k6 run -e NAME=value`): the only place that reads `__ENV`. */
export interface Settings {
  /** Of the server, `http://…`. */
  readonly url: string;
  readonly liveUrl: string;
  /** Of the store to play in. */
  readonly publishableKey: string;
  readonly secretKey: string;
  /** In every SKU and key of this run, so that it touches nothing that was there before. */
  readonly run: string;
}

export const settings: Settings = readSettings();

/** A number the person may change, such as `BUYERS`. */
export function numberSetting(name: string, fallback: number): number {
  const text = __ENV[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} is a number, not "${text}"`);
  return value;
}

function readSettings(): Settings {
  const url = (__ENV['ONHAND_URL'] ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');
  const secretKey = __ENV['ONHAND_SECRET_KEY'] ?? '';
  return {
    url,
    liveUrl: `${url.replace(/^http/, 'ws')}/v1/live`,
    // A secret key may do all that a publishable one may.
    publishableKey: __ENV['ONHAND_PUBLISHABLE_KEY'] ?? secretKey,
    secretKey,
    run: __ENV['ONHAND_RUN'] ?? `k6-${Date.now().toString(36)}`,
  };
}
