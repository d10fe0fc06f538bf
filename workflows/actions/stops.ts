import type { Strategy } from '../../src/model/app.js';
import type { Stop } from '../gates/pause.js';

/** What a strategy says after so many batches; `begun` is when the last of them began, in milliseconds. */
export function stopAfter(strategy: Strategy, batches: number, begun: number): Stop {
  switch (strategy.type) {
    case 'rolling':
      return stop(strategy.manual, strategy.intervalSeconds, begun);
    case 'canary': {
      const step = strategy.steps[batches - 1];
      return stop(step?.manual, step?.pauseSeconds, Date.now());
    }
    case 'blueGreen':
      return stop(strategy.manual, strategy.keepOldSeconds, Date.now());
    case 'marathon':
    case 'recreate':
    case 'batches':
      return {};
  }
}

function stop(manual = false, seconds = 0, from: number): Stop {
  return { manual, ...(seconds > 0 ? { until: from + seconds * 1000 } : {}) };
}
