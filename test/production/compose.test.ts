import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.js';

interface Service {
  image?: string;
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
  healthcheck?: { test: string[]; interval: string };
  volumes?: string[];
  ports?: string[];
}

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const file = parse(readFileSync(path('docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(file.services);
const jobs = ['temporal-schema', 'temporal-namespace'];

describe('docker-compose.yml', () => {
  test('has two of each that may be many, and what they need', () => {
    const commands = services.flatMap(([, { command }]) => (command?.length === 1 ? command : []));
    expect(commands.filter((command) => command === 'api')).toHaveLength(2);
    expect(commands.filter((command) => command === 'worker')).toHaveLength(2);
    expect(Object.keys(file.services)).toEqual(
      expect.arrayContaining(['postgres', 'temporal', 'temporal-ui', ...jobs]),
    );
  });

  test.each(services)('%s has an image with a full version', (_name, { image }) => {
    expect(image).toMatch(/^[\w/-]+:\d+\.\d+(\.\d+)?[\w.-]*$/);
  });

  test.each(services.filter(([name]) => !jobs.includes(name)))('%s has a health check', (_name, service) => {
    expect(service.healthcheck?.test.length).toBeGreaterThan(1);
  });

  test('waits for what is healthy or done, never for what has only been started', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const wanted = jobs.includes(needed) ? 'service_completed_successfully' : 'service_healthy';
        expect({ name, needed, condition }).toEqual({ name, needed, condition: wanted });
        expect(file.services).toHaveProperty([needed]);
      }
    }
  });

  test('every volume that is used is declared, and the database has one', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    expect(used.toSorted()).toEqual(Object.keys(file.volumes).toSorted());
    expect(file.services.postgres?.volumes).toHaveLength(1);
  });

  test('nothing is published beyond this machine', () => {
    for (const [, { ports = [] }] of services)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test.each(services.filter(([, { environment }]) => environment?.DATABASE_URL))(
    '%s has settings that the service takes',
    (_name, { environment = {} }) => {
      const filled = Object.entries(environment).map(([name, value]) => [name, filledIn(value)]);
      const config = loadConfig(Object.fromEntries(filled));
      expect(config.databaseUrl).toBe('postgres://postgres:slipway@postgres:5432/slipway');
      expect(environment.TEMPORAL_ADDRESS).toBe('temporal:7233');
    },
  );

  const compose = spawnSync('docker', ['compose', 'version']).status === 0;
  test.skipIf(!compose)(
    `docker compose takes it${compose ? '' : ' (docker compose is not installed)'}`,
    () => {
      const env = { ...process.env, SLIPWAY_TOKEN: 'token' };
      const { status, stderr } = spawnSync(
        'docker',
        ['compose', '-f', path('docker-compose.yml'), 'config', '-q'],
        {
          env,
          encoding: 'utf8',
        },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );
});

describe('Dockerfile', () => {
  const text = readFileSync(path('Dockerfile'), 'utf8');

  test('runs compiled code on a pinned Node 20, and not as root', () => {
    const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    for (const image of images) expect(image).toMatch(/^node:20\.\d+\.\d+-slim$/);
    const final = text.slice(text.lastIndexOf('FROM '));
    expect(final).toMatch(/^USER node$/m);
    expect(final).not.toMatch(/COPY .*\.ts\b/);
  });

  test('copies only what is there', () => {
    const first = text.slice(0, text.lastIndexOf('FROM '));
    const sources = [...first.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources)
      expect({ source, there: existsSync(path(source)) }).toEqual({ source, there: true });
    const allowed = readFileSync(path('.dockerignore'), 'utf8').split('\n');
    for (const source of sources) expect(allowed).toContain(`!${source}`);
  });
});

/** As docker compose does it with nothing set but what has to be. */
function filledIn(value: string): string {
  return value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1').replaceAll(/\$\{\w+:\?[^}]*\}/g, 'a-long-random-text');
}
