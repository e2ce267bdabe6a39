/**
 * Settings, resolved once: flag, then environment, then `.env`, then default; into one frozen Config with its
 * units and the origin of every value. Nobody else reads `process.env` (scripts/tidy.test.ts holds it).
 *
 * F1. A value that cannot be used is refused with one sentence that names where it came from; nothing is
 *     silently corrected. All refusals are told at once.
 * F2. Secrets never appear in what is printed: neither keys nor the passwords inside URLs.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { type LogKind, logKinds } from './log/cluster.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** Null: whichever the data has, or JetStream where `natsUrl` is set. */
  readonly log: LogKind | null;
  readonly natsUrl: string | null;
  readonly natsReplicas: 1 | 3;
  readonly redisUrl: string | null;
  readonly databaseUrl: string | null;
  readonly clickhouseUrl: string | null;
  readonly typesenseUrl: string | null;
  readonly stripeApiKey: string | null;
  /** One, or the new and the old one separated by a comma. */
  readonly stripeWebhookSecret: string | null;
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
}

export type Origin = 'flag' | 'environment' | '.env' | 'default';

export interface SettingReport {
  readonly setting: string;
  /** Fit to be shown (F2); null when unset. */
  readonly shown: string | null;
  readonly origin: Origin;
  readonly meaning: string;
  /** Why the value is refused (F1), or null. */
  readonly problem: string | null;
}

/** Where values may come from. `flags` as `util.parseArgs` returns them. */
export interface ConfigSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The values of `.env`. */
  readonly file: Readonly<Record<string, string | undefined>>;
  /** Relative paths count from here. */
  readonly workingDir: string;
}

/** Wrong settings: one sentence per line. Keeps the program from running (exit code 2). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** For `util.parseArgs`: the settings that can be given as flags. */
export const configFlags = {
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  log: { type: 'string' },
  replicas: { type: 'string' },
} as const;

/** For `--help` of the commands that take them. */
export const configFlagDetails = [
  ['--port N', 'port to listen on (PORT, 8080)'],
  ['--host ADDRESS', 'address to listen on (HOST, 127.0.0.1)'],
  ['--data DIR', 'data folder (ONHAND_DATA, ./.onhand)'],
  ['--log postgres|jetstream', 'where commands become durable (ONHAND_LOG; JetStream where NATS_URL is set)'],
  ['--replicas 1|3', 'copies of the log on JetStream (NATS_REPLICAS, 1)'],
] as const;

/** A refusal is `{ problem }`: what is wrong with the value, to be read after its name. */
type Parsed<Value> = { readonly value: Value } | { readonly problem: string };

interface Setting<Value> {
  readonly name: string;
  readonly flag: keyof typeof configFlags | null;
  readonly fallback: string | null;
  readonly meaning: string;
  readonly secret: 'none' | 'password in URL' | 'whole';
  parse(text: string | null, workingDir: string): Parsed<Value>;
}

const settings: { readonly [Key in keyof Config]: Setting<Config[Key]> } = {
  port: setting('PORT', 'port', '8080', 'port to listen on; 0 for a free one', parsePort),
  host: setting('HOST', 'host', '127.0.0.1', 'address to listen on', parseHost),
  dataDir: setting('ONHAND_DATA', 'data', './.onhand', 'folder for everything this program keeps', parseFolder),
  logLevel: setting('LOG_LEVEL', null, 'info', logLevels.join(', '), parseLogLevel),
  log: setting('ONHAND_LOG', 'log', null, 'postgres or jetstream; unset: as the data has it', parseLog),
  natsUrl: {
    name: 'NATS_URL',
    flag: null,
    fallback: null,
    meaning: 'servers with JetStream for the log, separated by commas',
    secret: 'password in URL',
    parse: parseNatsUrl,
  },
  natsReplicas: setting('NATS_REPLICAS', 'replicas', '1', 'copies of the JetStream log, 1 or 3', parseReplicas),
  redisUrl: notBuilt('REDIS_URL', 'Redis for sale gates and limits', 'they are kept in the process', 'password in URL'),
  databaseUrl: notBuilt('DATABASE_URL', 'a Postgres server of your own', 'the embedded one is used', 'password in URL'),
  clickhouseUrl: notBuilt('CLICKHOUSE_URL', 'ClickHouse for analytics', 'there is no analytics yet', 'password in URL'),
  typesenseUrl: notBuilt('TYPESENSE_URL', 'Typesense for search', 'there is no search yet', 'password in URL'),
  stripeApiKey: optional(
    'STRIPE_API_KEY',
    'key of a Stripe account; unset: payments are simulated on this machine',
    'whole',
    parseStripeKey,
  ),
  stripeWebhookSecret: optional(
    'STRIPE_WEBHOOK_SECRET',
    'secret of the Stripe webhook at /v1/webhooks/stripe; two, separated by a comma, while it is rolled',
    'whole',
    parseWebhookSecrets,
  ),
  smtpUrl: optional('SMTP_URL', 'mail server; unset: mails are kept in the outbox and sent by nobody', 'password in URL', parseSmtpUrl),
  mailFrom: setting('MAIL_FROM', null, 'Onhand <orders@localhost>', 'whom mails to buyers come from', parseMailFrom),
};

/** From this process and the `.env` of the folder it runs in. Throws ConfigError. */
export function loadConfig(flags: Readonly<Record<string, unknown>> = {}): Config {
  return resolveConfig(sourcesOfProcess(flags));
}

export function sourcesOfProcess(flags: Readonly<Record<string, unknown>>): ConfigSources {
  const workingDir = process.cwd();
  return { flags, environment: process.env, file: readEnvFile(join(workingDir, '.env')), workingDir };
}

/** Throws ConfigError (F1). */
export function resolveConfig(sources: ConfigSources): Config {
  const problems = reportConfig(sources).flatMap(({ problem }) => (problem === null ? [] : [problem]));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  const entries = Object.entries(settings).map(([key, one]) => [key, valueOf(one, sources)]);
  return Object.freeze(Object.fromEntries(entries)) as Config;
}

/** Every setting, in the order they are documented, whether usable or not. */
export function reportConfig(sources: ConfigSources): readonly SettingReport[] {
  return Object.values(settings).map((one: Setting<unknown>) => {
    const { text, origin } = find(one, sources);
    const parsed = one.parse(text, sources.workingDir);
    const problem = 'problem' in parsed ? `${sourceName(one, origin)}: ${parsed.problem}` : null;
    const value = 'value' in parsed ? parsed.value : text;
    return {
      setting: one.name,
      shown: value === null ? null : hideSecret(String(value), one.secret),
      origin,
      meaning: one.meaning,
      problem,
    };
  });
}

function valueOf(one: Setting<unknown>, sources: ConfigSources): unknown {
  const parsed = one.parse(find(one, sources).text, sources.workingDir);
  return 'value' in parsed ? parsed.value : null;
}

function find(one: Setting<unknown>, sources: ConfigSources): { text: string | null; origin: Origin } {
  const flag = one.flag === null ? undefined : sources.flags[one.flag];
  if (typeof flag === 'string') return { text: flag, origin: 'flag' };
  const fromEnvironment = sources.environment[one.name];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return { text: fromEnvironment, origin: 'environment' };
  const fromFile = sources.file[one.name];
  if (fromFile !== undefined && fromFile !== '') return { text: fromFile, origin: '.env' };
  return { text: one.fallback, origin: 'default' };
}

function sourceName(one: Setting<unknown>, origin: Origin): string {
  if (origin === 'flag') return `--${one.flag}`;
  return origin === '.env' ? `${one.name} in .env` : one.name;
}

/** F2. */
function hideSecret(text: string, secret: Setting<unknown>['secret']): string {
  switch (secret) {
    case 'none':
      return text;
    case 'whole':
      return '(hidden)';
    case 'password in URL':
      return hidePassword(text);
  }
}

function hidePassword(text: string): string {
  return text.split(',').map(hidePasswordOfOne).join(',');
}

function hidePasswordOfOne(text: string): string {
  if (!URL.canParse(text)) return '(hidden)';
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  if (url.search !== '') url.search = '?***';
  return url.href;
}

function setting<Value>(
  name: string,
  flag: Setting<Value>['flag'],
  fallback: string | null,
  meaning: string,
  parse: (text: string, workingDir: string) => Parsed<Value>,
): Setting<Value> {
  return { name, flag, fallback, meaning, secret: 'none', parse: (text, workingDir) => parse(text ?? '', workingDir) };
}

function optional(
  name: string,
  meaning: string,
  secret: Setting<unknown>['secret'],
  parse: (text: string) => Parsed<string>,
): Setting<string | null> {
  return { name, flag: null, fallback: null, meaning, secret, parse: (text) => (text === null ? { value: null } : parse(text)) };
}

/** A part that a later version brings. Named now, so that nobody believes it to be at work. */
function notBuilt(name: string, part: string, instead: string, secret: Setting<unknown>['secret']): Setting<string | null> {
  return {
    name,
    flag: null,
    fallback: null,
    meaning: `${part} (not built yet: ${instead})`,
    secret,
    parse: (text) => (text === null ? { value: null } : { problem: `${part} is not built yet (${instead}); unset it to start.` }),
  };
}

function parsePort(text: string): Parsed<number> {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return { value: port };
  return { problem: `a port is a whole number from 0 to 65535, not "${text}".` };
}

function parseHost(text: string): Parsed<string> {
  if (/^[\w.:-]+$/.test(text)) return { value: text };
  return { problem: `"${text}" is neither a host name nor an address.` };
}

function parseFolder(text: string, workingDir: string): Parsed<string> {
  if (text.trim() === '') return { problem: 'a folder needs a name.' };
  return { value: resolve(workingDir, text) };
}

function parseLogLevel(text: string): Parsed<LogLevel> {
  const level = logLevels.find((candidate) => candidate === text.toLowerCase());
  if (level !== undefined) return { value: level };
  return { problem: `the level is one of ${logLevels.join(', ')}, not "${text}".` };
}

function parseLog(text: string): Parsed<LogKind | null> {
  if (text === '') return { value: null };
  const kind = logKinds.find((candidate) => candidate === text);
  return kind === undefined ? { problem: `the log is ${logKinds.join(' or ')}, not "${text}".` } : { value: kind };
}

function parseNatsUrl(text: string | null): Parsed<string | null> {
  if (text === null) return { value: null };
  const isServer = (one: string) => URL.canParse(one) && ['nats:', 'tls:'].includes(new URL(one).protocol) && new URL(one).hostname !== '';
  if (text.split(',').every(isServer)) return { value: text };
  return { problem: 'servers are named like nats://127.0.0.1:4222, several separated by commas.' };
}

function parseStripeKey(text: string): Parsed<string> {
  if (/^[rs]k_(test|live)_\w+$/.test(text)) return { value: text };
  return { problem: 'a key of Stripe for servers begins with sk_test_, sk_live_, rk_test_ or rk_live_.' };
}

function parseWebhookSecrets(text: string): Parsed<string> {
  if (/^whsec_\w+(,whsec_\w+)?$/.test(text)) return { value: text };
  return { problem: 'a webhook secret of Stripe begins with whsec_; one, or two separated by a comma.' };
}

function parseSmtpUrl(text: string): Parsed<string> {
  if (URL.canParse(text) && ['smtp:', 'smtps:'].includes(new URL(text).protocol) && new URL(text).hostname !== '') return { value: text };
  return { problem: 'a mail server is named like smtp://user:password@mail.example:587.' };
}

function parseMailFrom(text: string): Parsed<string> {
  if (/^[^\r\n<>]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/.test(text)) return { value: text };
  return { problem: `a sender is written like "Shop <orders@shop.example>", not "${text}".` };
}

function parseReplicas(text: string): Parsed<1 | 3> {
  if (text === '1') return { value: 1 };
  if (text === '3') return { value: 3 };
  return { problem: `the log has 1 or 3 copies, not "${text}".` };
}

function readEnvFile(file: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
