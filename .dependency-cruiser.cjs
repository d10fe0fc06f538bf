/** What may import what; the layout of docs/architecture in rules. */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-circular-folders',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/[^/]+$' },
      to: { circular: true, viaOnly: '^src/[^/]+$' },
    },
    {
      name: 'workflows-are-pure',
      comment: 'Workflows import types, pure functions and the workflow SDK only.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: {
        pathNot: [
          '^workflows/',
          '^src/(model|planning|temporal/search-attributes|errors)',
          '^node_modules/@temporalio/(workflow|common)',
          '^activities/types',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'planning-is-pure',
      severity: 'error',
      from: { path: '^src/(planning|model)/' },
      to: { pathNot: ['^src/(planning|model|errors)'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-the-edges',
      severity: 'error',
      from: { pathNot: '^src/(api|cli|demo|main|service)|^test/|^bench/' },
      to: { path: '^src/(api|cli|demo)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
