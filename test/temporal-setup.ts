import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTemporal } from '../src/temporal/binary/index.js';
import { startDevServer } from '../src/temporal/devserver.js';
import { build } from './helpers/build.js';
import { freePort } from './helpers/free-port.js';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    temporalBinary: string;
    /** The workflow bundle of the build. */
    bundlePath: string;
  }
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** One Temporal server and one build for the whole run; each test has its own task queue and ids. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  build();
  const home = await mkdtemp(join(tmpdir(), 'slipway-test-temporal-'));
  const binary = await findTemporal({ env: process.env, say: (line) => console.log(line) });
  const [port, uiPort] = [await freePort(), await freePort()];
  const server = await startDevServer({ binary, home, port, uiPort, log: quiet });
  project.provide('temporalAddress', server.address);
  project.provide('temporalBinary', binary);
  project.provide('bundlePath', join(ROOT, 'dist/workflow-bundle.js'));
  return async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
}
