import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminalError } from '../../src/errors.js';
import { workerVersion } from '../../src/temporal/versioning.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-bundle-'));
  await writeFile(join(dir, 'one.js'), 'one');
  await writeFile(join(dir, 'two.js'), 'two');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const code = (name: string) => ({ codePath: join(dir, name) });
const named = { TEMPORAL_DEPLOYMENT_NAME: 'slipway' };

function refusal(env: NodeJS.ProcessEnv, sources = false): string {
  try {
    workerVersion(env, sources ? { workflowsPath: 'workflows', interceptorsPath: 'trace' } : code('one.js'));
  } catch (error) {
    if (error instanceof TerminalError) return error.message;
    throw error;
  }
  return '';
}

describe('the version of a worker', () => {
  it('is none where nobody names a deployment', () => {
    expect(workerVersion({}, code('one.js'))).toBeUndefined();
    expect(workerVersion({ TEMPORAL_DEPLOYMENT_NAME: '' }, code('one.js'))).toBeUndefined();
  });

  it('has the build id that is given, else one of the program’s version and its workflows', () => {
    const env = { ...named, TEMPORAL_WORKER_BUILD_ID: '7' };
    expect(workerVersion(env, code('one.js'))).toEqual({ deploymentName: 'slipway', buildId: '7' });
    const [one, same, two] = ['one.js', 'one.js', 'two.js'].map(
      (name) => workerVersion(named, code(name))?.buildId,
    );
    expect(one).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
    expect(same).toBe(one);
    expect(two).not.toBe(one);
  });

  it('says what is wrong', () => {
    expect(refusal({ TEMPORAL_WORKER_BUILD_ID: '7' })).toContain('needs TEMPORAL_DEPLOYMENT_NAME');
    expect(refusal({ TEMPORAL_DEPLOYMENT_NAME: 'a.b' })).toContain('a name without dots and spaces');
    expect(refusal(named, true)).toContain('set TEMPORAL_WORKER_BUILD_ID');
  });
});
