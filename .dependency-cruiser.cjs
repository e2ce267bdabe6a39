/**
 * The layers as rules. An arrow points inwards only: commands → engines, load-tests → gateway, services, analytics → runtime → actors.
 * scripts/test.ts runs this and fails when nothing was looked at, which otherwise counts as "no violations".
 */
const tests = '\\.(test|fixture|conformance)\\.ts$';
const product = '^(actors|runtime|gateway|services|engines|analytics|commands|load-tests|testing|scripts|main)';

/** A folder may import its own, the folders in `allowed`, Node and packages. */
function layer(name, allowed, why) {
  return {
    name: `layer-${name}`,
    comment: why,
    severity: 'error',
    from: { path: `^${name}/`, pathNot: tests },
    to: { path: product, pathNot: `^(${[name, ...allowed].join('|')})/` },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Put what both need into a third module.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'actors-are-pure',
      severity: 'error',
      comment: 'Actors decide from state, command and instant alone: no Node, no packages. Pass what is needed in as an argument.',
      from: { path: '^actors/', pathNot: tests },
      to: { pathNot: '^actors/' },
    },
    {
      name: 'actors-know-the-kernel-only',
      severity: 'error',
      comment: 'One actor knows another by its commands and replies, as types.',
      from: { path: '^actors/([^/]+)/', pathNot: tests },
      to: { path: '^actors/', pathNot: '^actors/(kernel|$1)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'runtime-hosts-any-actor',
      severity: 'error',
      comment: 'The runtime is generic: it knows what an actor is (actors/kernel), not which there are.',
      from: { path: '^runtime/', pathNot: tests },
      to: { path: product, pathNot: '^(runtime/|actors/kernel/)' },
    },
    layer('services', ['runtime', 'actors'], 'Services know runtime ports and the types of actors.'),
    {
      name: 'services-do-not-know-each-other',
      severity: 'error',
      comment: 'Contexts speak through actors and events, not by import.',
      from: { path: '^services/([^/]+)/', pathNot: tests },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'layer-gateway',
      comment:
        'The gateway knows the ports of services and their pure helpers; the stores behind them are handed in by the composition root.',
      severity: 'error',
      from: { path: '^gateway/', pathNot: tests },
      to: { path: product, pathNot: '^(gateway|runtime|actors)/|^services/.+/(port|maybe|nearness|bounded-cache|settings)\\.ts$' },
    },
    layer('analytics', ['runtime', 'actors'], 'Analytics follows the log through runtime ports.'),
    layer('engines', [], 'Engines start servers and know nothing of what runs on them.'),
    {
      name: 'browser-client-stands-alone',
      severity: 'error',
      comment: 'The browser client is served as it is: it may import only itself.',
      from: { path: '^gateway/client/', pathNot: tests },
      to: { pathNot: '^gateway/client/' },
    },
    {
      name: 'nothing-ships-with-test-tools',
      severity: 'error',
      comment: 'testing/ is for tests, the simulation command and load tests.',
      from: { path: '^(actors|runtime|gateway|services|analytics|engines|main)', pathNot: tests },
      to: { path: '^(testing|load-tests|scripts)/' },
    },
    {
      name: 'auditor-shares-no-code-with-the-server',
      severity: 'error',
      comment: "A judge that borrows the defendant's arithmetic repeats its mistakes.",
      from: { path: '^load-tests/.*audit', pathNot: tests },
      to: { path: '^(actors|runtime|gateway|services|engines)/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'Imports something that is not there. (Pages get onhand-client from their import map.)',
      from: {},
      to: { couldNotResolve: true, pathNot: '^onhand-client$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|\\.onhand|coverage)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
