import type { RequestFigures } from './balancer.js';
import type { AppFigures } from './figures.js';

/** What an app was promised. */
export interface Promised {
  instances: number;
  fewestHealthy: number;
  peak: number;
}

/** One figure beside what was promised. */
export interface Finding {
  what: string;
  promised: string;
  measured: string;
  kept: boolean;
}

/** Fewer looks than this prove nothing. */
const FEWEST_SAMPLES = 20;

/** An app's figures; a peak below the wanted count means that the looking itself went wrong. */
export function judgeApp(app: string, promised: Promised, figures: AppFigures): Finding[] {
  const enough = figures.samples >= FEWEST_SAMPLES && figures.tasksSeen >= FEWEST_SAMPLES;
  const { peak, fewestAccepting, fewestHealthy } = figures;
  return [
    {
      what: `${app}: most processes at once`,
      promised: `at most ${promised.peak}`,
      measured: `${peak} (${figures.samples} looks)`,
      kept: enough && peak <= promised.peak && peak >= promised.instances,
    },
    {
      what: `${app}: fewest that accepted connections`,
      promised: `at least ${promised.fewestHealthy}`,
      measured: shown(fewestAccepting),
      kept: enough && fewestAccepting >= promised.fewestHealthy && Number.isFinite(fewestAccepting),
    },
    {
      what: `${app}: fewest healthy`,
      promised: `at least ${promised.fewestHealthy}`,
      measured: shown(fewestHealthy),
      kept: enough && fewestHealthy >= promised.fewestHealthy && Number.isFinite(fewestHealthy),
    },
  ];
}

/** Every request was answered, and both versions took part, as they must in an upgrade under load. */
export function judgeRequests(figures: RequestFigures, versions: string[]): Finding[] {
  const { answered, failed, redispatched, byAnswer, failures } = figures;
  const seen = [...byAnswer.keys()].sort();
  const retried = redispatched > 0 ? `, ${redispatched} by a second instance` : '';
  return [
    {
      what: 'requests without an answer',
      promised: '0',
      measured: `${failed} of ${answered + failed}${retried}${failures.length > 0 ? `: ${failures.join('; ')}` : ''}`,
      kept: failed === 0 && answered > 0,
    },
    {
      what: 'versions that answered',
      promised: versions.join(', '),
      measured: seen.join(', ') || 'none',
      kept: versions.every((version) => byAnswer.has(version)),
    },
  ];
}

function shown(value: number): string {
  return Number.isFinite(value) ? String(value) : 'never seen';
}
