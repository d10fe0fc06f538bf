import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTemporal } from '../src/temporal/binary/index.js';
import { connectTemporal } from '../src/temporal/connection.js';
import { startDevServer } from '../src/temporal/devserver.js';
import { ensureSearchAttributes } from '../src/temporal/register-search-attributes.js';
import { runsCluster, TemporalServer } from './chaos/temporal.js';
import { build } from './helpers/build.js';
import { freePort } from './helpers/free-port.js';
import { createNamespace } from './helpers/installation.js';
import { Postgres } from './helpers/postgres.js';

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
  const binary = await findTemporal({ env: process.env, say: (line) => console.log(line) });
  const server = runsCluster() ? await startCluster() : await startSingle(binary);
  project.provide('temporalAddress', server.address);
  project.provide('temporalBinary', binary);
  project.provide('bundlePath', join(ROOT, 'dist/workflow-bundle.js'));
  return server.stop;
}

interface Server {
  address: string;
  stop(): Promise<void>;
}

async function startSingle(binary: string): Promise<Server> {
  const home = await mkdtemp(join(tmpdir(), 'slipway-test-temporal-'));
  const [port, uiPort] = [await freePort(), await freePort()];
  const server = await startDevServer({ binary, home, port, uiPort, log: quiet });
  const stop = async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
  return { address: server.address, stop };
}

/** The server of production, on PostgreSQL, where its programs are named (docs/operating.md says how they are built). */
async function startCluster(): Promise<Server> {
  const postgres = await Postgres.start();
  const temporal = await TemporalServer.create(postgres);
  await temporal.start();
  await createNamespace(temporal.address, 'default');
  const { client, close } = await connectTemporal({ address: temporal.address });
  await ensureSearchAttributes(client);
  await close();
  const stop = async () => {
    await temporal.dispose();
    await postgres.dispose();
  };
  return { address: temporal.address, stop };
}
