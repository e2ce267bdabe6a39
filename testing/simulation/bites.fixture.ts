/** Worlds with a broken part in them: what the tests of the auditor's bite are written with. */
import type { AnyActorDefinition } from '../../actors/kernel/index.ts';
import { definitions } from './definitions.ts';
import type { Sabotage } from './host.ts';
import { runWorld } from './world.ts';

const worldsMax = 24;

interface Broken {
  readonly sabotage?: Sabotage;
  readonly definitions?: readonly AnyActorDefinition[];
}

/** The promises found broken, world after world, until one of `expected` is among them. */
export async function bitten(broken: Broken, expected: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let seed = 1; seed <= worldsMax && !found.some((invariant) => expected.includes(invariant)); seed += 1) {
    const { failure } = await runWorld({ seed, definitions, ...broken });
    if (failure !== null) found.push(failure.invariant);
  }
  return found;
}

/** The same object, with some methods put in place of its own. */
export function withMethods<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(name in methods ? methods : target, name) as unknown;
      return typeof value === 'function' ? value.bind(name in methods ? methods : target) : value;
    },
  });
}

export function withDecide(
  kind: string,
  decide: (original: AnyActorDefinition['decide']) => AnyActorDefinition['decide'],
): readonly AnyActorDefinition[] {
  return definitions.map((definition) =>
    definition.kind === kind ? { ...definition, decide: decide(definition.decide.bind(definition)) } : definition,
  );
}

/** One actor with some parts put in place of its own. */
export function withParts(kind: string, parts: (honest: AnyActorDefinition) => Partial<AnyActorDefinition>): readonly AnyActorDefinition[] {
  return definitions.map((definition) => (definition.kind === kind ? { ...definition, ...parts(definition) } : definition));
}
