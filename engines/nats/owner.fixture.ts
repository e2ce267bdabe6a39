/** Starts a nats-server in the folder it is given, says its process id, and lives until it is killed or told to end. */
import { startNats } from './index.ts';

const [folder = ''] = process.argv.slice(2);
const nats = await startNats({ dataDir: folder, replicas: 1 });
process.stdout.write(`${nats.servers[0]!.pid}\n`);
process.stdin.on('data', () => process.exit(0));
setInterval(() => {}, 60_000);
