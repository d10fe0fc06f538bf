import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../src/config.js';
import { TerminalError } from '../src/errors.js';

function problems(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof TerminalError) return error.message.split('\n');
    throw error;
  }
  return [];
}

it('has defaults for everything', () => {
  const config = loadConfig({ PATH: '/bin', SLIPWAY_PORT: '' });
  expect(config).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    temporalPort: 7233,
    temporalUiPort: 8233,
    home: resolve('.slipway'),
    instancePorts: { first: 31000, last: 32000 },
    logLevel: 'info',
    workflowStacks: false,
    maxDeployments: 1000,
    bodyLimit: 8388608,
  });
  expect(config.capacity.cpus).toBe(4 * availableParallelism());
  expect(config.capacity.mem).toBeGreaterThan(100);
  expect(config.capacity.disk).toBeGreaterThan(100);
  expect(config).not.toHaveProperty('token');
  expect(config).not.toHaveProperty('databaseUrl');
});

it('takes every value', () => {
  expect(
    loadConfig({
      SLIPWAY_PORT: '0',
      SLIPWAY_HOST: '0.0.0.0',
      SLIPWAY_TOKEN: 's3cret',
      SLIPWAY_TEMPORAL_PORT: '1',
      SLIPWAY_TEMPORAL_UI_PORT: '65535',
      SLIPWAY_HOME: '/srv/slipway',
      SLIPWAY_CPUS: '0.5',
      SLIPWAY_MEM: '512',
      SLIPWAY_DISK: '1000',
      SLIPWAY_ATTRIBUTES: 'rack:r1;zone:a',
      SLIPWAY_INSTANCE_PORTS: '40000-40000',
      SLIPWAY_LOG_LEVEL: 'debug',
      SLIPWAY_WORKFLOW_STACKS: 'on',
      SLIPWAY_MAX_DEPLOYMENTS: '5',
      SLIPWAY_BODY_LIMIT: '1024',
      SLIPWAY_CONFIG: '/etc/slipway.json',
      SLIPWAY_API: 'http://elsewhere:8080',
      SLIPWAY_DATABASE_POOL: '2',
      SLIPWAY_HEALTH_PORT: '8081',
      SLIPWAY_AGENT_HOST: '10.0.0.7',
      SLIPWAY_DRAIN_SECONDS: '0',
      SLIPWAY_KEEP_DEPLOYMENTS_DAYS: '1',
      SLIPWAY_KEEP_EVENTS_DAYS: '2',
      SLIPWAY_KEEP_KEYS_DAYS: '3',
      SLIPWAY_KEEP_GROUP_VERSIONS: '4',
      SLIPWAY_KEEP_INSTANCES: '0',
      SLIPWAY_KEEP_FAILED_INSTANCES: '6',
      SLIPWAY_KEEP_INSTANCES_SECONDS: '7',
      DATABASE_URL: 'postgres://u:p@db/slipway',
    }),
  ).toEqual({
    port: 0,
    host: '0.0.0.0',
    token: 's3cret',
    temporalPort: 1,
    temporalUiPort: 65535,
    home: '/srv/slipway',
    capacity: { cpus: 0.5, mem: 512, disk: 1000 },
    attributes: { rack: 'r1', zone: 'a' },
    instancePorts: { first: 40000, last: 40000 },
    logLevel: 'debug',
    workflowStacks: true,
    maxDeployments: 5,
    bodyLimit: 1024,
    configFile: '/etc/slipway.json',
    databaseUrl: 'postgres://u:p@db/slipway',
    databasePool: 2,
    healthPort: 8081,
    agentHost: '10.0.0.7',
    drainSeconds: 0,
    keep: { deploymentDays: 1, eventDays: 2, keyDays: 3, groupVersions: 4 },
    keepInstances: { ended: 0, failed: 6, seconds: 7 },
  });
});

it.each([
  ['SLIPWAY_PORT', '65536', 'a port number from 0 to 65535'],
  ['SLIPWAY_PORT', '8080x', 'a port number from 0 to 65535'],
  ['SLIPWAY_TEMPORAL_PORT', '0', 'a port number from 1 to 65535'],
  ['SLIPWAY_CPUS', '-1', 'a number of CPU shares above 0, like 8 or 0.5'],
  ['SLIPWAY_MEM', '0', 'MiB of memory above 0, like 16384'],
  [
    'SLIPWAY_INSTANCE_PORTS',
    '32000-31000',
    'a range of ports like 31000-32000, the first not above the last',
  ],
  ['SLIPWAY_INSTANCE_PORTS', '1-70000', 'a range of ports like 31000-32000, the first not above the last'],
  ['SLIPWAY_LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent'],
  ['SLIPWAY_WORKFLOW_STACKS', '1', 'on or off'],
  ['SLIPWAY_KEEP_EVENTS_DAYS', '0', 'a number of days from 1 to 36500'],
  ['SLIPWAY_BODY_LIMIT', '8MB', 'a number of bytes from 1024 to 1073741824'],
])('says that %s=%s is wrong and what is right', (name, value, expected) => {
  expect(problems({ [name]: value })).toEqual([`${name} is "${value}"; it must be ${expected}.`]);
});

it('never shows a secret', () => {
  const text = problems({ DATABASE_URL: 'mysql://u:hunter2@db', SLIPWAY_TOKEN: 'hunter2 hunter2' }).join();
  expect(text).toContain('DATABASE_URL is not right; it must be a PostgreSQL address');
  expect(text).toContain('SLIPWAY_TOKEN is not right');
  expect(text).not.toContain('hunter2');
});

it.each(['0.0.0.0', '::', '192.168.1.4', '127.evil.example'])('wants a token on %s', (host) => {
  expect(problems({ SLIPWAY_HOST: host })).toEqual([
    `SLIPWAY_HOST is "${host}", which other machines can reach, and SLIPWAY_TOKEN is not set. Set SLIPWAY_TOKEN to a long random text, or SLIPWAY_HOST to 127.0.0.1.`,
  ]);
  expect(problems({ SLIPWAY_HOST: host, SLIPWAY_TOKEN: 't' })).toEqual([]);
});

it.each(['127.0.0.1', '127.0.0.2', '::1', 'localhost'])('wants none on %s', (host) => {
  expect(problems({ SLIPWAY_HOST: host })).toEqual([]);
});

it('refuses names that it does not know, with the nearest one', () => {
  expect(problems({ SLIPWAY_PROT: '1' })).toEqual([
    'SLIPWAY_PROT is not a setting of Slipway. Did you mean SLIPWAY_PORT?',
  ]);
  expect(problems({ SLIPWAY_SOMETHING_ELSE: '1' }).join()).toContain(
    'The settings are DATABASE_URL, SLIPWAY_AGENT_HOST, SLIPWAY_API,',
  );
});

it('refuses the same port twice, and tells everything at once', () => {
  expect(problems({ SLIPWAY_PORT: '7233', SLIPWAY_MEM: 'much' })).toEqual([
    'SLIPWAY_MEM is "much"; it must be MiB of memory above 0, like 16384.',
    'SLIPWAY_TEMPORAL_PORT and SLIPWAY_PORT are both 7233; each needs a port of its own.',
  ]);
});
