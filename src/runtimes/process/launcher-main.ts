import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Launch, Told } from './launcher.js';

/**
 * A small process that starts instances for the service. A fork copies the page tables of the one who forks, and the
 * service, with a database and Temporal's SDK in it, is large: from there each start costs ten times as much.
 * It ends with the service; instances lead process groups of their own and go on.
 */
process.on('disconnect', () => process.exit());
process.on('message', (launch: Launch) => start(launch));

function start(launch: Launch): void {
  try {
    follow(launch.key, spawnInstance(launch));
  } catch (error) {
    tell({ key: launch.key, error: error instanceof Error ? error.message : String(error) });
  }
}

function spawnInstance({ argv, cwd, env, stdout, stderr }: Launch): ChildProcess {
  const [program = '', ...args] = argv;
  const outputs = [stdout, stderr].map((file) => openSync(file, 'a'));
  try {
    return spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', ...outputs] });
  } finally {
    for (const output of outputs) closeSync(output);
  }
}

function follow(key: number, child: ChildProcess): void {
  child.on('spawn', () => tell({ key, pid: child.pid ?? 0 }));
  child.on('error', (error) => tell({ key, error: error.message }));
  child.on('exit', (status, signal) => tell({ key, status, signal }));
}

function tell(told: Told): void {
  if (process.connected) process.send?.(told);
}
