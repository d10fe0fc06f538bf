import { spawn } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  /** `undefined` when it could not be started or was ended by the time limit. */
  code: number | undefined;
  /** The last 4,000 characters of both outputs, or why it did not run. */
  output: string;
}

/** Runs a command to its end. Its whole process group is ended at the time limit, so that nothing of it stays. */
export function run(
  command: string,
  args: readonly string[],
  options: { timeoutMs: number; env?: NodeJS.ProcessEnv; cwd?: string },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...(options.env && { env: options.env }),
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    let late = false;
    const keep = (chunk: string) => {
      output = (output + chunk).slice(-4_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const limit = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) endGroup(child.pid);
    }, options.timeoutMs);
    const done = (result: CommandResult) => {
      clearTimeout(limit);
      resolve(result);
    };
    child.once('error', (error) => done({ code: undefined, output: error.message }));
    child.once('close', (code) => {
      if (late) keep(`\nended after ${options.timeoutMs / 1000} s`);
      done({ code: late ? undefined : (code ?? undefined), output: output.trim() });
    });
  });
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
