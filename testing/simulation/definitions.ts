/** The actors every world hosts. */
import type { AnyActorDefinition } from '../../actors/kernel/index.ts';
import { holdDefinition } from '../../actors/hold/index.ts';
import { stockDefinition } from '../../actors/stock/index.ts';

export const definitions: readonly AnyActorDefinition[] = [stockDefinition, holdDefinition];
