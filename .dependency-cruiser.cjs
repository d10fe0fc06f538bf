/**
 * What may import what. The folders stand in one order, and each imports only from those before it: so there are no
 * cycles between folders, and a deployment's way through the code has one direction.
 */
const LAYERS = [
  'src/errors',
  'src/os',
  'src/model',
  'src/checks',
  'src/formats',
  'src/runtimes',
  'src/planning',
  'activities',
  'workflows',
  'src/temporal',
  'src/gates',
  'src/store',
  'src/admission',
  'src/retention',
  'src/explain',
  'src/templates',
  'src/artifacts',
  'src/telemetry',
  'src/api',
  'src/home',
  'src/config',
  'src/environments',
  'src/service',
  'src/cli',
  'src/demo',
  'src/main',
];

const isIn = (layer) => `^${layer}(/|\\.ts$)`;

const layering = LAYERS.map((layer, index) => ({
  name: `layer-${layer.replace('src/', '')}`,
  comment: `${layer} imports only from layers before it (see LAYERS).`,
  severity: 'error',
  from: { path: isIn(layer) },
  to: { path: LAYERS.slice(index + 1).map(isIn) },
})).slice(0, -1);

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...layering,
    {
      name: 'every-folder-has-its-layer',
      severity: 'error',
      from: {},
      to: { path: '^(src|activities|workflows)/', pathNot: LAYERS.map(isIn) },
    },
    {
      name: 'workflows-are-pure',
      comment: 'Workflows import types, pure functions and the workflow SDK only.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        pathNot: [
          '^workflows/',
          '^src/(model|planning|errors)',
          '^activities/types',
          'node_modules/@temporalio/(workflow|common)/',
        ],
      },
    },
    {
      name: 'planning-is-pure',
      comment: 'No clock, no I/O; of the runtimes only the types of their interface.',
      severity: 'error',
      from: { path: '^src/(planning|model)/' },
      to: { pathNot: ['^src/(planning|model|errors)', '^src/runtimes/runtime\\.ts$'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
