/** What a shard is given by its node: everything it touches that is not its own state. */
import type { AnyActorDefinition, LiveView } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import type { Log, Shard as ShardNumber } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import type { AnswerPosition, Router } from '../router/port.ts';
import type { Services } from '../router/services.ts';
import type { RowStore } from '../rows/port.ts';
import type { History } from './rebuild.ts';

/** Everything a shard is given. */
export interface ShardDeps {
  readonly shard: ShardNumber;
  readonly shardCount: number;
  readonly clusterId: string;
  readonly incarnation: string;
  /** 8 random bytes in hex, fresh for every life of an owner (F3). */
  readonly nonce: string;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly log: Log;
  /** What a damaged actor is rebuilt from. Absent = the log, which has all of it until it is trimmed. */
  readonly history?: History;
  readonly rows: RowStore;
  /** Where effects go, those to services apart. */
  readonly router: Router;
  readonly services: Services;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  /** `logFullAt` of its room is used: only what frees things is still taken. */
  readonly logIsNearlyFull: () => boolean;
  readonly onViews: (views: readonly LiveView[], position: AnswerPosition) => void;
  readonly onLost: (shard: ShardNumber) => void;
}
