import { setTimeout as delay } from 'node:timers/promises';
import pc from 'picocolors';

/** Where text goes; `process.stdout` is one. */
export interface Sink {
  write(text: string): unknown;
  /** True on a terminal: colours, and progress that is redrawn. */
  isTTY?: boolean;
  /** Width of the terminal in characters. */
  columns?: number;
}

/** All that a command touches of its surroundings. */
export interface Io {
  out: Sink;
  err: Sink;
  stdin: AsyncIterable<Buffer | string>;
  env: Record<string, string | undefined>;
  /** Ends what follows or waits. */
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Colours, or none of them. */
export type Paint = ReturnType<typeof pc.createColors>;

/** Colours where a person looks on: on a terminal, unless NO_COLOR is set (no-color.org). */
export function paintFor(sink: Sink, env: Io['env']): Paint {
  return pc.createColors(sink.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
}

/** The process itself; Ctrl-C ends what is followed. */
export function processIo(signal: AbortSignal): Io {
  return {
    out: process.stdout,
    err: process.stderr,
    // Opened when it is read, as that keeps the process alive.
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    signal,
    now: Date.now,
    sleep: (ms) => delay(ms, undefined, { signal }).catch(() => undefined),
  };
}
