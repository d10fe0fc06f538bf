import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { findTemporal } from '../src/temporal/binary/index.js';
import { startDevServer } from '../src/temporal/devserver.js';
import { freePort } from './helpers/free-port.js';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    temporalBinary: string;
    /** The workflow bundle, made once for the run. */
    bundlePath: string;
  }
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };

/** One Temporal server and one bundle for the whole run; each test has its own task queue and ids. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'slipway-test-temporal-'));
  const binary = await findTemporal({ env: process.env, say: (line) => console.log(line) });
  const [port, uiPort] = [await freePort(), await freePort()];
  const server = await startDevServer({ binary, home, port, uiPort, log: quiet });
  const bundlePath = join(home, 'workflow-bundle.js');
  await writeFile(bundlePath, (await bundle()).code);
  project.provide('temporalAddress', server.address);
  project.provide('temporalBinary', binary);
  project.provide('bundlePath', bundlePath);
  return async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
}

function bundle() {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  return bundleWorkflowCode({ workflowsPath, logger: quiet });
}
