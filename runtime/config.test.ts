import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { ConfigError, type ConfigSources, loadConfig, reportConfig, resolveConfig } from './config.ts';

function sources(given: Partial<ConfigSources> = {}): ConfigSources {
  return { flags: {}, environment: {}, file: {}, workingDir: '/shop', ...given };
}

function problemOf(given: Partial<ConfigSources>): string {
  try {
    resolveConfig(sources(given));
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '(accepted)';
}

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['port', 8080],
  ['host', '127.0.0.1'],
  ['dataDir', '/shop/.onhand'],
  ['logLevel', 'info'],
  ['natsUrl', null],
  ['natsReplicas', 1],
  ['redisUrl', null],
  ['databaseUrl', null],
  ['clickhouseUrl', null],
  ['typesenseUrl', null],
  ['stripeApiKey', null],
  ['stripeWebhookSecret', null],
  ['smtpUrl', null],
  ['mailFrom', 'Onhand <orders@localhost>'],
] as const)('without any setting %s is %s', (key, value) => {
  expect(resolveConfig(sources())[key]).toBe(value);
});

test('there is a default for every setting, and no other setting', () => {
  expect(Object.keys(resolveConfig(sources()))).toHaveLength(15);
});

test('a flag goes before the environment, the environment before .env, .env before the default', () => {
  const all = { flags: { port: '1' }, environment: { PORT: '2' }, file: { PORT: '3' } };
  expect(resolveConfig(sources(all)).port).toBe(1);
  expect(resolveConfig(sources({ ...all, flags: {} })).port).toBe(2);
  expect(resolveConfig(sources({ file: all.file })).port).toBe(3);
  expect(resolveConfig(sources()).port).toBe(8080);
});

test('the origin of every value is told', () => {
  const report = reportConfig(sources({ flags: { port: '1' }, environment: { HOST: '::1' }, file: { LOG_LEVEL: 'warn' } }));
  const origins = Object.fromEntries(report.map(({ setting, origin }) => [setting, origin]));
  expect(origins).toMatchObject({ PORT: 'flag', HOST: 'environment', LOG_LEVEL: '.env', ONHAND_DATA: 'default' });
});

test('an empty variable is the same as none', () => {
  expect(resolveConfig(sources({ environment: { PORT: '', NATS_URL: '' } })).port).toBe(8080);
});

test.each([
  ['PORT', '70000', 'a port is a whole number from 0 to 65535, not "70000".'],
  ['PORT', '-1', 'a port is a whole number'],
  ['PORT', '80.5', 'a port is a whole number'],
  ['PORT', 'http', 'a port is a whole number'],
  ['PORT', '0x50', 'a port is a whole number'],
  ['HOST', 'http://x', 'neither a host name nor an address'],
  ['HOST', 'two words', 'neither a host name nor an address'],
  ['ONHAND_DATA', '  ', 'a folder needs a name.'],
  ['LOG_LEVEL', 'loud', 'the level is one of trace, debug, info, warn, error, fatal, silent, not "loud".'],
  ['NATS_REPLICAS', '2', 'the log has 1 or 3 copies, not "2".'],
  ['ONHAND_LOG', 'paper', 'the log is postgres or jetstream, not "paper".'],
  ['NATS_URL', 'http://x', 'servers are named like nats://127.0.0.1:4222'],
  ['REDIS_URL', 'redis://x', 'Redis for sale gates and limits is not built yet'],
  ['DATABASE_URL', 'postgres://x', 'a Postgres server of your own is not built yet'],
  ['CLICKHOUSE_URL', 'http://x', 'ClickHouse for analytics is not built yet'],
  ['TYPESENSE_URL', 'http://x', 'Typesense for search is not built yet'],
  ['STRIPE_API_KEY', 'pk_test_1', 'a key of Stripe for servers begins with'],
  ['STRIPE_WEBHOOK_SECRET', 'secret', 'a webhook secret of Stripe begins with whsec_'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_1,whsec_2,whsec_3', 'a webhook secret of Stripe begins with whsec_'],
  ['SMTP_URL', 'http://mail', 'a mail server is named like'],
  ['MAIL_FROM', 'nobody', 'a sender is written like'],
])('%s=%s is refused with a sentence that names it', (name, value, sentence) => {
  const problem = problemOf({ environment: { [name]: value } });
  expect(problem).toContain(sentence);
  expect(problem.startsWith(`${name}: `)).toBe(true);
});

test.each([
  ['PORT', '0', 'port', 0],
  ['PORT', '65535', 'port', 65_535],
  ['HOST', '0.0.0.0', 'host', '0.0.0.0'],
  ['HOST', '::1', 'host', '::1'],
  ['ONHAND_DATA', '/elsewhere', 'dataDir', '/elsewhere'],
  ['ONHAND_DATA', 'data', 'dataDir', '/shop/data'],
  ['LOG_LEVEL', 'WARN', 'logLevel', 'warn'],
  ['NATS_REPLICAS', '1', 'natsReplicas', 1],
  ['NATS_REPLICAS', '3', 'natsReplicas', 3],
  ['ONHAND_LOG', 'jetstream', 'log', 'jetstream'],
  ['NATS_URL', 'nats://a:1,tls://b', 'natsUrl', 'nats://a:1,tls://b'],
  ['STRIPE_API_KEY', 'rk_live_1aB', 'stripeApiKey', 'rk_live_1aB'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_1,whsec_2', 'stripeWebhookSecret', 'whsec_1,whsec_2'],
  ['SMTP_URL', 'smtp://u:p@mail.example:587', 'smtpUrl', 'smtp://u:p@mail.example:587'],
  ['MAIL_FROM', 'Shop <a@b.example>', 'mailFrom', 'Shop <a@b.example>'],
  ['MAIL_FROM', 'a@b.example', 'mailFrom', 'a@b.example'],
] as const)('%s=%s is accepted', (name, value, key, expected) => {
  expect(resolveConfig(sources({ environment: { [name]: value } }))[key]).toBe(expected);
});

test('a refusal names the flag or the file the value came from, and all refusals are told at once', () => {
  const problem = problemOf({ flags: { port: 'x' }, file: { LOG_LEVEL: 'loud' } });
  expect(problem.split('\n')).toEqual([expect.stringMatching(/^--port: /), expect.stringMatching(/^LOG_LEVEL in \.env: /)]);
});

test('secrets are hidden in what is shown', () => {
  const environment = {
    DATABASE_URL: 'postgres://user:hunter2@db/shop?sslpassword=hunter2',
    NATS_URL: 'not a url but hunter2',
    STRIPE_API_KEY: 'sk_live_hunter2',
    STRIPE_WEBHOOK_SECRET: 'whsec_hunter2',
  };
  const report = reportConfig(sources({ environment }));
  expect(JSON.stringify(report)).not.toContain('hunter2');
  expect(report.find(({ setting }) => setting === 'DATABASE_URL')?.shown).toBe('postgres://user:***@db/shop?***');
});

test('a config cannot be changed', () => {
  expect(Object.isFrozen(resolveConfig(sources()))).toBe(true);
});

test('the settings of a process come from its environment and the .env of its folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-config-'));
  const before = process.cwd();
  writeFileSync(join(folder, '.env'), 'PORT=4001\nLOG_LEVEL="warn" # quieter\n');
  try {
    process.chdir(folder);
    vi.stubEnv('PORT', '4002');
    expect(loadConfig()).toMatchObject({ port: 4002, logLevel: 'warn' });
    expect(loadConfig({ port: '4003' }).port).toBe(4003);
    rmSync(join(folder, '.env'));
    mkdirSync(join(folder, '.env'));
    expect(() => loadConfig()).toThrow(/\.env cannot be read/);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
});
