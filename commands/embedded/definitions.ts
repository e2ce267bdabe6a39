/** The actors this program hosts. */
import { holdDefinition } from '../../actors/hold/index.ts';
import { stockDefinition } from '../../actors/stock/index.ts';
import type { AnyActorDefinition } from '../../actors/kernel/index.ts';

export const definitions: readonly AnyActorDefinition[] = [stockDefinition, holdDefinition];
export const definitionsByKind: ReadonlyMap<string, AnyActorDefinition> = new Map(
  definitions.map((definition) => [definition.kind, definition]),
);
