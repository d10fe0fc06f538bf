import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../helpers/free-port.js';
import { ServiceProcess } from '../helpers/service-process.js';
import { tempDir } from '../helpers/temp-dir.js';

/** Starts what cannot start; its exit code and words. */
async function refused(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const service = await ServiceProcess.create(env, await tempDir());
  const child = service.launch();
  onTestFinished(() => void child.kill('SIGKILL'));
  const [code] = await once(child, 'close');
  return { code, output: service.output };
}

test('a second start on the same home says who holds it and ends with 1', async () => {
  const service = await ServiceProcess.start();
  try {
    const { code, output } = await refused({ SLIPWAY_HOME: service.home });
    expect(code).toBe(1);
    expect(output).toContain(`already runs on ${service.home} (process ${service.pid}`);
  } finally {
    await service.dispose();
  }
});

test('whose output nobody reads any more it ends in order all the same', async () => {
  const service = await ServiceProcess.start();
  try {
    service.closeOutput();
    expect(await service.end('SIGTERM')).toBe(0);
  } finally {
    await service.dispose();
  }
});

test('a port in use is named, with the variable that changes it', async () => {
  const port = await freePort();
  const taken = createServer().listen(port, '127.0.0.1');
  await once(taken, 'listening');
  try {
    for (const name of ['SLIPWAY_PORT', 'SLIPWAY_TEMPORAL_PORT', 'SLIPWAY_TEMPORAL_UI_PORT']) {
      const { code, output } = await refused({ [name]: String(port) });
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(output).toContain(String(port));
      expect(output).toContain(name);
    }
  } finally {
    taken.close();
  }
});

test('a home that cannot be written is named', async () => {
  const file = join(await tempDir(), 'file');
  await writeFile(file, '');
  const { code, output } = await refused({ SLIPWAY_HOME: join(file, 'home') });
  expect(code).toBe(1);
  expect(output).toContain(`SLIPWAY_HOME ${join(file, 'home')} cannot be used`);
});

test('an address that others can reach needs a token', async () => {
  const { code, output } = await refused({ SLIPWAY_HOST: '0.0.0.0' });
  expect(code).toBe(1);
  expect(output).toContain('SLIPWAY_TOKEN');
});
