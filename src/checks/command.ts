import { type ChildProcess, spawn } from 'node:child_process';
import { type Answer, causeOf, type Limit } from './answer.js';

export interface CommandQuestion {
  /** Program and arguments; no shell beyond what they name. */
  argv: [string, ...string[]];
  /** As people wrote it, for the cause. */
  shown: string;
  cwd: string;
  env: Record<string, string>;
}

/** Bytes of output kept for the cause. */
const KEPT_OUTPUT = 2000;

/** Good when the command ends with status 0 in time; else its whole process group is killed. */
export function askCommand(question: CommandQuestion, limit: Limit): Promise<Answer> {
  // It was given up while its user was looked up, say.
  if (limit.signal.aborted) return Promise.resolve({ ok: false, cause: 'was given up before it began' });
  return new Promise((resolve) => {
    const [program, ...args] = question.argv;
    const { cwd, env } = question;
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = keepOutput(child);
    const give = (why: string) => {
      killGroup(child);
      finish({ ok: false, cause: `command '${question.shown}' ${why}` });
    };
    const timer = setTimeout(() => give(`did not end within ${limit.timeoutMs / 1000} s`), limit.timeoutMs);
    const abort = () => give('was given up');
    function finish(answer: Answer): void {
      clearTimeout(timer);
      limit.signal.removeEventListener('abort', abort);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(answer);
    }
    limit.signal.addEventListener('abort', abort);
    child.on('error', (error) =>
      finish({ ok: false, cause: `command '${question.shown}': ${causeOf(error)}` }),
    );
    child.on('exit', (status, signal) => finish(judge(question, status, signal, output())));
  });
}

function judge(
  question: CommandQuestion,
  status: number | null,
  signal: string | null,
  output: string,
): Answer {
  if (status === 0) return { ok: true };
  const how = status === null ? `was ended by ${signal}` : `ended with status ${status}`;
  const last = output.trim().split('\n').at(-1) ?? '';
  return { ok: false, cause: `command '${question.shown}' ${how}${last === '' ? '' : `: ${last}`}` };
}

function keepOutput(child: ChildProcess): () => string {
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      kept = (kept + text).slice(-KEPT_OUTPUT);
    });
  }
  return () => kept;
}

/** The child has not been reaped yet, so its pid and group are still its own. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
