import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { freePort } from '../os/ports.js';
import { sdkLogger } from './sdk-log.js';

const HOST = '127.0.0.1';
/** A port that was free a moment ago may be taken by somebody else. */
const ATTEMPTS = 5;
const ANSWER_MS = 1_500;

/**
 * The native part of the SDK: where its log goes, and its metrics, which it serves on a port of its own. They are
 * fetched from there, so that who watches a process has one place to look.
 */
export class SdkRuntime {
  #port: number | undefined;

  constructor(private readonly log: Logger) {}

  /** Before the first connection of workers; again after one that did not come about, as that ends the runtime. */
  async install(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const port = await freePort(HOST);
      try {
        installAt(port, this.log);
        this.#port = port;
        return;
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Writes the lines that the SDK keeps back for a moment, to put them in order: what follows comes after them. */
  flushLog(): void {
    Runtime.instance().flushLogs();
  }

  /** In Prometheus' text format, with names that begin with `temporal_`; '' where nothing answers. */
  async metrics(): Promise<string> {
    if (this.#port === undefined) return '';
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(`http://${HOST}:${this.#port}/metrics`, { signal });
      return answer.ok ? await answer.text() : '';
    } catch {
      return '';
    }
  }
}

/** Throws where the port is taken. */
function installAt(port: number, log: Logger): void {
  const prometheus = {
    bindAddress: `${HOST}:${port}`,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
  };
  Runtime.install({
    logger: sdkLogger(log),
    telemetryOptions: {
      logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} },
      metrics: { prometheus, attachServiceName: false },
    },
  });
}
