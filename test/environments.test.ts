import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.js';
import { environmentNamed, loadEnvironments } from '../src/environments.js';
import { tempDir } from './helpers/temp-dir.js';

/** The environments of a file with that text, in the folder where the service starts. */
async function read(file: unknown, env: NodeJS.ProcessEnv = {}) {
  const folder = await tempDir();
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  await writeFile(join(folder, 'slipway.config.json'), text);
  return loadEnvironments(loadConfig({ SLIPWAY_CPUS: '8', ...env }), folder);
}

describe('slipway.config.json', () => {
  it('is not needed: then there is one environment', async () => {
    const folder = await tempDir();
    const found = loadEnvironments(loadConfig({ SLIPWAY_CPUS: '8', SLIPWAY_ATTRIBUTES: 'rack:r1' }), folder);
    expect(found).toMatchObject([
      { name: 'default', runtime: 'process', default: true, production: false, attributes: { rack: 'r1' } },
    ]);
    expect(found[0]?.capacity.cpus).toBe(8);
  });

  it('says what an environment has of its own; the rest is as the settings say', async () => {
    const production = {
      production: true,
      mem: 512,
      instancePorts: '33000-33010',
      attributes: { zone: 'a' },
    };
    const found = await read({ environments: { test: {}, production: { ...production, default: true } } });
    expect(found.map(({ name, default: isDefault }) => [name, isDefault])).toEqual([
      ['production', true],
      ['test', false],
    ]);
    expect(found[0]).toMatchObject({
      production: true,
      capacity: { cpus: 8, mem: 512 },
      instancePorts: { first: 33000, last: 33010 },
      attributes: { zone: 'a' },
    });
  });

  it('makes the first one the default where none says so', async () => {
    const found = await read({ environments: { test: {}, production: {} } });
    expect(environmentNamed(found, undefined).name).toBe('test');
    expect(environmentNamed(found, 'production').default).toBe(false);
    expect(() => environmentNamed(found, 'staging')).toThrow(
      'There is no environment "staging"; there are test, production.',
    );
  });

  it.each([
    ['{', 'cannot be read'],
    [{}, '/environments error.path.missing'],
    [{ environments: {} }, 'has no environment'],
    [{ environments: { Test: {} } }, 'lower-case letters'],
    [{ environments: { test: { runtime: 'mesos' } } }, '/environments/test/runtime'],
    [{ environments: { test: { prodution: true } } }, "did you mean 'production'?"],
    [{ environments: { test: { instancePorts: '9-1' } } }, 'a range of ports like 31000-32000'],
    [{ environments: { a: { default: true }, b: { default: true } } }, 'a and b that it is the default'],
  ])('%j is refused: %s', async (file, says) => {
    await expect(read(file)).rejects.toThrow(says);
  });

  it('that is named and is not there is refused', async () => {
    await expect(read({}, { SLIPWAY_CONFIG: '/nowhere/slipway.json' })).rejects.toThrow(
      '/nowhere/slipway.json cannot be read',
    );
  });
});
