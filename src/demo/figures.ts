import type { SeenApp } from './processes.js';

/** Lowest and highest of an app while it was looked at. */
export interface AppFigures {
  /** Most processes at once, from the operating system. */
  peak: number;
  /** Fewest that accepted connections, from the operating system. */
  fewestAccepting: number;
  /** Fewest that the service called healthy. */
  fewestHealthy: number;
  /** Looks at the operating system and at the service. */
  samples: number;
  tasksSeen: number;
}

/** Keeps the extremes of what was seen. Pure but for its own numbers. */
export class Figures {
  private readonly apps = new Map<string, AppFigures>();

  constructor(apps: readonly string[]) {
    for (const app of apps) {
      this.apps.set(app, {
        peak: 0,
        fewestAccepting: Number.POSITIVE_INFINITY,
        fewestHealthy: Number.POSITIVE_INFINITY,
        samples: 0,
        tasksSeen: 0,
      });
    }
  }

  /** A look at the operating system. */
  sawProcesses(seen: Map<string, SeenApp>): void {
    for (const [app, figures] of this.apps) {
      const { running, accepting } = seen.get(app) ?? { running: 0, accepting: 0 };
      figures.samples += 1;
      figures.peak = Math.max(figures.peak, running);
      figures.fewestAccepting = Math.min(figures.fewestAccepting, accepting);
    }
  }

  /** A look at what the service says of an app. */
  sawHealthy(app: string, healthy: number): void {
    const figures = this.apps.get(app);
    if (figures === undefined) return;
    figures.tasksSeen += 1;
    figures.fewestHealthy = Math.min(figures.fewestHealthy, healthy);
  }

  of(app: string): AppFigures {
    const figures = this.apps.get(app);
    if (figures === undefined) throw new RangeError(`${app} was not looked at`);
    return figures;
  }
}
