/** `onhand start`: the whole shop on this machine. */
import pino from 'pino';
import { type Onhand, startOnhand } from '../main.ts';
import { configFlagDetails, configFlags, loadConfig } from '../runtime/config.ts';
import { TransportStartFailed } from '../gateway/gateway.ts';
import { FrameTooNew, LogDamaged } from '../runtime/frame/frame.ts';
import { RowsTooNew } from '../runtime/rows/port.ts';
import { type CommandOutput, defineCommand, type ExitCode, Hindrance } from './command.ts';

export const command = defineCommand({
  name: 'start',
  summary: 'Start the shop: Postgres, runtime, gateway, demo store.',
  usage: '[--port N] [--host ADDRESS] [--data DIR] [--log postgres|jetstream] [--replicas 1|3]',
  details: configFlagDetails,
  options: configFlags,
  async run({ values }, output) {
    const config = loadConfig(values);
    const logger = pino({ level: config.logLevel }, besideProgress(output));
    const onhand = await explained(
      startOnhand({ config, logger, signal: output.stopped, onStep: (step) => output.progress.update(step) }),
      output,
    );
    if (onhand === null) return 0;
    output.progress.done();
    output.result({ url: onhand.url, dataDir: onhand.dataDir, adapters: onhand.adapters, durability: onhand.durability });
    welcome(onhand, output);
    return serve(onhand, output);
  },
});

/** To standard error, on a line of its own: on a terminal the line of progress may stand there. */
function besideProgress(output: CommandOutput): pino.DestinationStream {
  const destination = pino.destination(2);
  return {
    write(line) {
      output.progress.done();
      destination.write(line);
    },
  };
}

/** Faults that a person can do something about become a sentence. Null: the person changed their mind. */
async function explained(starting: Promise<Onhand>, output: CommandOutput): Promise<Onhand | null> {
  try {
    return await starting;
  } catch (error) {
    if (output.stopped.aborted) {
      output.print('Stopped before it was ready.');
      return null;
    }
    if (error instanceof TransportStartFailed) throw new Hindrance(error.message, { cause: error });
    if (error instanceof FrameTooNew || error instanceof RowsTooNew)
      throw new Hindrance(`This data was used by a newer version of Onhand: ${error.message}. Start that version.`, {
        cause: error,
      });
    if (error instanceof LogDamaged)
      throw new Hindrance(`The log is damaged and is not served: ${error.message}. Nothing was changed; restore the folder from a copy.`, {
        cause: error,
      });
    throw error;
  }
}

function welcome(onhand: Onhand, output: CommandOutput): void {
  const demo = onhand.keys.stores.find((store) => store.demo)!;
  output.print();
  output.print(`Onhand is ready.  Storefront  ${onhand.url}/`);
  output.print(`                  Merchant    ${onhand.url}/admin  (sign in with the sk_… below)`);
  output.print(`                  API         ${onhand.url}/docs`);
  output.print();
  output.print('Take a hold:');
  output.print(
    `  curl -s ${onhand.url}/v1/holds -H 'Authorization: Bearer ${demo.secretKey}' -H 'Idempotency-Key: first' -H 'Content-Type: application/json' -d '{"sku": "mug-fog", "quantity": 1}'`,
  );
  output.print();
  output.print(`Data          ${onhand.dataDir}  (keys of both stores: keys.json)`);
  for (const note of onhand.notes) output.print(`              ${note}`);
  for (const [port, adapter] of Object.entries(onhand.adapters)) output.print(`${port.padEnd(13)} ${adapter}`);
  output.print(`Acknowledged  ${onhand.durability}`);
  output.print();
  output.print('Stop with Ctrl-C.');
}

async function serve(onhand: Onhand, output: CommandOutput): Promise<ExitCode> {
  const { stopped } = output;
  const asked = new Promise<'asked'>((resolve) => {
    if (stopped.aborted) resolve('asked');
    else stopped.addEventListener('abort', () => resolve('asked'), { once: true });
  });
  const why = await Promise.race([asked, onhand.lost]);
  if (why === 'asked') output.print('Stopping: taking nothing new, finishing what was taken …');
  else output.warn(`Stopping: ${why}.`);
  await onhand.stop();
  output.print('Stopped. Everything that was acknowledged is on disk.');
  return why === 'asked' ? 0 : 2;
}
