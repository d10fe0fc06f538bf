import { RetryableError, TerminalError } from '../errors.js';
import { steady } from '../os/steady.js';
import type { DeploymentWorkflows } from '../temporal/gateway.js';
import type { Metrics } from './metrics.js';

/** The same calls to Temporal, counted and timed. */
export function countedWorkflows(workflows: DeploymentWorkflows, metrics: Metrics): DeploymentWorkflows {
  const seconds = metrics.histogram(
    'slipway_temporal_call_seconds',
    'Of a call to Temporal, by operation and result: done, refused (by the workflow), away, failed',
    'call',
    'operation',
    'result',
  );
  const timed = async <T>(operation: keyof DeploymentWorkflows, call: () => Promise<T>): Promise<T> => {
    const began = steady();
    let result = 'done';
    try {
      return await call();
    } catch (error) {
      result =
        error instanceof TerminalError ? 'refused' : error instanceof RetryableError ? 'away' : 'failed';
      throw error;
    } finally {
      seconds.observe({ operation, result }, (steady() - began) / 1000);
    }
  };
  return {
    start: (input, trace) => timed('start', () => workflows.start(input, trace)),
    supersede: (id, by) => timed('supersede', () => workflows.supersede(id, by)),
    command: (id, command, body) => timed('command', () => workflows.command(id, command, body)),
    calendarChanged: (ids) => timed('calendarChanged', () => workflows.calendarChanged(ids)),
    waveChanged: (id) => timed('waveChanged', () => workflows.waveChanged(id)),
    ended: (ids) => timed('ended', () => workflows.ended(ids)),
  };
}
