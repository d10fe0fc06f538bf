import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Deployment } from '../../src/model/deployment.js';
import { call, change, ended, Installation, type Part } from '../helpers/installation.js';
import { NO_POSTGRES } from '../helpers/postgres.js';
import { until } from '../helpers/until.js';

const run = promisify(execFile);
/** Processes start here one after another, on two cores that others use, too. */
const TIMEOUT_MS = 240_000;
const web = (version: number) => ({
  id: '/web',
  cmd: `sleep 100${version}`,
  instances: 2,
  cpus: 0.05,
  mem: 16,
});

describe.skipIf(NO_POSTGRES)(`workers with a version${NO_POSTGRES}`, () => {
  let installation: Installation;
  let client: Client;
  let connection: Connection;
  let api: Part;
  let one: Part;

  beforeAll(async () => {
    installation = await Installation.create(inject('temporalAddress'));
    connection = await Connection.connect({ address: inject('temporalAddress') });
    client = new Client({ connection, namespace: installation.namespace });
    [api, one] = await Promise.all([installation.started('api'), worker('one')]);
    await installation.started('agent');
  });
  afterAll(async () => {
    await connection?.close();
    await installation?.dispose();
  });

  async function worker(buildId: string): Promise<Part> {
    const env = { TEMPORAL_DEPLOYMENT_NAME: 'slipway', TEMPORAL_WORKER_BUILD_ID: buildId };
    const part = await installation.part('worker', env);
    await part.start();
    return part;
  }

  /** As docs/operating.md says. */
  function makeCurrent(...version: string[]): Promise<unknown> {
    const where = ['--address', inject('temporalAddress'), '--namespace', installation.namespace, '--yes'];
    const command = ['worker', 'deployment', 'set-current-version', '--deployment-name', 'slipway'];
    const set = () =>
      run(inject('temporalBinary'), [...command, ...version, ...where]).then(
        () => true,
        () => false,
      );
    return until(set, { what: 'Temporal to know the version', timeoutMs: 30_000 });
  }

  /** Build id with which the workflow's last step was made. */
  async function buildOf(id: string): Promise<string | null | undefined> {
    const { raw } = await client.workflow.getHandle(id).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  }

  const gate = async (id: string) =>
    (await call<Deployment>(api, 'GET', `/api/deployments/${id}`)).body.gate?.kind;
  const release = async (version: number, pauseMode: string) => {
    const body = { change: { app: web(version) }, strategy: { type: 'batches', batches: 2 }, pauseMode };
    return change(api, 'POST', '/api/deployments', body);
  };

  test('a deployment that is paused goes on in the version that is current by then, new ones begin in it', {
    timeout: TIMEOUT_MS,
  }, async () => {
    expect(one.output).toContain('slipway one');
    const first = await release(1, 'none');
    // Nobody takes what has no version yet to go to.
    expect(await buildOf(first).catch(() => undefined)).toBeFalsy();
    await makeCurrent('--build-id', 'one');
    expect(await ended(api, first)).toMatchObject({ outcome: 'succeeded' });
    const paused = await release(2, 'first');
    await until(async () => (await gate(paused)) === 'pause', { what: 'the pause', timeoutMs: 30_000 });
    expect(await buildOf(paused)).toBe('one');

    const two = await worker('two');
    // The new one is there and gets nothing before somebody says so.
    const other = await change(api, 'POST', '/v2/apps', { ...web(1), id: '/other' });
    expect(await ended(api, other)).toMatchObject({ outcome: 'succeeded' });
    expect(await buildOf(other)).toBe('one');
    await makeCurrent('--build-id', 'two');
    expect(await one.end('SIGTERM')).toBe(0);
    const { status } = await call(api, 'POST', `/api/deployments/${paused}/resume`, { by: 'ana' });
    expect(status).toBe(200);
    expect(await ended(api, paused)).toMatchObject({ outcome: 'succeeded' });
    expect(await buildOf(paused)).toBe('two');
    const next = await release(3, 'none');
    expect(await ended(api, next)).toMatchObject({ outcome: 'succeeded' });
    expect(await buildOf(next)).toBe('two');
    expect(two.exitCode).toBeNull();
  });

  test('and without a version again once unversioned workers are the current ones', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await installation.started('worker');
    await makeCurrent('--unversioned', '--ignore-missing-task-queues');
    const id = await release(4, 'none');
    expect(await ended(api, id)).toMatchObject({ outcome: 'succeeded' });
    expect(await buildOf(id)).toBeFalsy();
  });
});
