import { collectDefaultMetrics } from 'prom-client';
import type { Metrics } from './metrics.js';

/** Often enough to see what blocks the event loop, seldom enough to cost nothing. */
const LOOK_MS = 50;

/** What every process tells of itself: memory, CPU, event loop, and which one it is. */
export function showProcess(metrics: Metrics, process: string, version: string): void {
  collectDefaultMetrics({ register: metrics.registry, eventLoopMonitoringPrecision: LOOK_MS });
  metrics
    .gauge('slipway_build_info', 'Which process this is, of which version; always 1', 'process', 'version')
    .set({ process, version }, 1);
}

/** Shows whether the parts that it needs answer. */
export function showParts(metrics: Metrics, parts: () => Record<string, boolean>): void {
  const up = metrics.gauge('slipway_part_up', 'Whether a part that this process needs works: 1 or 0', 'part');
  metrics.onRead([up], async () => () => {
    for (const [part, works] of Object.entries(parts())) up.set({ part }, works ? 1 : 0);
  });
}
