import fc from 'fast-check';

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const labels = fc.dictionary(name, fc.string(), { maxKeys: 3 });
const seconds = fc.integer({ min: 0, max: 1000 });
const optional = <Shape extends Record<string, fc.Arbitrary<unknown>>>(shape: Shape) =>
  fc.record(shape, { requiredKeys: [] });

const common = {
  instances: fc.integer({ min: 0, max: 20 }),
  cpus: fc.double({ min: 0, max: 8, noNaN: true, noDefaultInfinity: true }),
  mem: fc.integer({ min: 0, max: 4096 }),
  env: fc.dictionary(name, fc.oneof(fc.string(), fc.record({ secret: name })), { maxKeys: 3 }),
  labels,
  dependencies: fc.array(
    name.map((each) => `/other/${each}`),
    { maxLength: 2 },
  ),
  upgradeStrategy: optional({
    minimumHealthCapacity: fc.constantFrom(0, 0.5, 1),
    maximumOverCapacity: fc.constantFrom(0, 0.25, 1),
  }),
  backoffSeconds: seconds,
  taskKillGracePeriodSeconds: seconds,
  killSelection: fc.constantFrom('YOUNGEST_FIRST', 'OLDEST_FIRST'),
  unreachableStrategy: fc.constantFrom('disabled', { inactiveAfterSeconds: 1, expungeAfterSeconds: 2 }),
  constraints: fc.constantFrom([], [['hostname', 'UNIQUE']], [['rack', 'MAX_PER', '2']]),
  user: name,
};
const fetches = fc.oneof(
  fc.record({ uris: fc.array(fc.constantFrom('http://h/a.zip', '/b.sh'), { maxLength: 2 }) }),
  fc.record({
    fetch: fc.array(fc.record({ uri: fc.constant('http://h/c'), extract: fc.boolean() }), { maxLength: 2 }),
  }),
);
const healthChecks = fc.array(
  fc.oneof(
    fc.record({
      protocol: fc.constantFrom('HTTP', 'MESOS_HTTPS', 'TCP'),
      portIndex: fc.constant(0),
      intervalSeconds: seconds,
    }),
    fc.record({ protocol: fc.constant('COMMAND'), command: fc.record({ value: name }) }),
  ),
  { maxLength: 2 },
);

const host = fc.record({
  portDefinitions: fc
    .uniqueArray(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 3 })
    .map((ports) => ports.map((port, index) => ({ port, name: `p${index}`, labels: {} }))),
});
const oldHost = fc.record({
  ports: fc.uniqueArray(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 3 }),
});
const mapping = optional({
  containerPort: fc.integer({ min: 0, max: 9000 }),
  servicePort: fc.integer({ min: 0, max: 30_000 }),
  labels,
});
const mappings = fc.array(mapping, { minLength: 1, maxLength: 3 });
const docker = fc.record({ image: name, privileged: fc.boolean() });
const oldBridge = fc
  .tuple(docker, mappings, fc.constantFrom('BRIDGE', 'USER'))
  .map(([each, portMappings, network]) => ({
    container: { type: 'DOCKER', docker: { ...each, network, portMappings } },
  }));
const newBridge = fc
  .tuple(docker, mappings, fc.constantFrom('container', 'container/bridge'))
  .map(([each, portMappings, mode]) => ({ networks: [{ mode }], container: { docker: each, portMappings } }));

/** App JSON that is right, in the old or the new form, at most one of each choice. */
export const appArbitrary = fc
  .tuple(
    fc.record({ id: name.map((each) => `/g/${each}`) }),
    fc.constantFrom({ cmd: 'run' }, { args: ['a', 'b'] }),
    optional(common),
    fetches,
    fc.record({ healthChecks }),
    fc.oneof(host, oldHost, oldBridge, newBridge),
  )
  .map((parts): Record<string, unknown> & { id: string } => Object.assign({}, ...parts));

const hook = fc.constantFrom(
  { command: 'exec ./do "it"' },
  { http: { path: '/drain', portIndex: 0 } },
  { http: { scheme: 'HTTPS', port: 8443 } },
);

/** The same with limits and hooks, which Marathon's Python client does not know. */
export const extendedAppArbitrary = fc
  .tuple(appArbitrary, limitFactor(), limitFactor(), optional({ postStart: hook, preStop: hook }))
  .map(([app, cpus, mem, hooks]) => ({
    ...app,
    resourceLimits: { ...limit('cpus', app.cpus ?? 1, cpus), ...limit('mem', app.mem ?? 128, mem) },
    hooks,
  }));

function limitFactor() {
  return fc.constantFrom(undefined, 'unlimited', 1, 2);
}

/** So many times the amount, and above 0. */
function limit(name: string, amount: unknown, times: number | string | undefined): object {
  if (times === undefined) return {};
  return { [name]: typeof times === 'string' ? times : Number(amount) * times + 1 };
}
