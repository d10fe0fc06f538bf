import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** Runs a TypeScript file in a Node process of its own: for what must be killed, or race another process. */
export function spawnTypeScript(file: URL, args: string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file.pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
}
