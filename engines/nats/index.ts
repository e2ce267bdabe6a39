/** Local NATS servers: what others may use of this folder. */
export type { NatsServer } from './server.ts';
export { type NatsOptions, type NatsServers, startNats } from './start.ts';
