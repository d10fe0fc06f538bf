import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { argumentsOf, folderOf } from '../../src/temporal/devserver/command.js';
import { endChild } from './end-child.js';
import { freePort } from './free-port.js';
import { until } from './until.js';

/** A Temporal server of a test's own, which can be ended, frozen, and started again on the same data. */
export class TemporalServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly home: string,
    private readonly port: number,
    private readonly args: string[],
  ) {}

  /** `dynamicConfig`: like `limit.historyCount.suggestContinueAsNew=40`. */
  static async start(...dynamicConfig: string[]): Promise<TemporalServer> {
    const home = await mkdtemp(join(tmpdir(), 'slipway-test-temporal-'));
    await mkdir(folderOf(home), { recursive: true });
    const [port, uiPort] = [await freePort(), await freePort()];
    const more = dynamicConfig.flatMap((pair) => ['--dynamic-config-value', pair]);
    const args = [...argumentsOf({ binary: inject('temporalBinary'), home, port, uiPort }), ...more];
    const server = new TemporalServer(home, port, args);
    process.once('exit', () => server.child?.kill('SIGKILL'));
    await server.resume();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it, again too. */
  async resume(): Promise<void> {
    this.child = spawn(inject('temporalBinary'), this.args, { stdio: 'ignore' });
    await until(() => this.answers(), { what: 'Temporal to answer', timeoutMs: 60_000 });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await endChild(this.child, signal);
  }

  /** As a machine that hangs: what is asked is not answered, and no connection ends. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async dispose(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.home, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    try {
      const connection = await Connection.connect({ address: this.address });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      return true;
    } catch {
      return false;
    }
  }
}
