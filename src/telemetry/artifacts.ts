import type { ArtifactObserver } from '../artifacts/observer.js';
import type { Metrics } from './metrics.js';

/** Counts what the artifact cache does. */
export function artifactObserver(metrics: Metrics): ArtifactObserver {
  const artifacts = metrics.counter(
    'slipway_artifacts_total',
    'Artifacts that were asked for: reused (from the cache), fetched, failed',
    'result',
  );
  const bytes = metrics.counter(
    'slipway_artifact_fetched_bytes_total',
    'Bytes of artifacts that were fetched',
  );
  const seconds = metrics.histogram(
    'slipway_artifact_fetch_seconds',
    'Of the fetching of an artifact',
    'work',
  );
  return {
    reused: () => artifacts.inc({ result: 'reused' }),
    fetched: (size, ms) => {
      artifacts.inc({ result: 'fetched' });
      bytes.inc(size);
      seconds.observe(ms / 1000);
    },
    failed: () => artifacts.inc({ result: 'failed' }),
  };
}
