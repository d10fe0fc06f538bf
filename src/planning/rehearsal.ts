import { type App, runVersion } from '../model/app.js';
import type { Action } from '../model/deployment.js';
import { batchesOf } from './batches.js';
import { type Load, loadOf, most, plus } from './load.js';
import { type Moment, Simulation } from './simulate.js';

/** What an action of the plan does to its app when everything goes well. */
export interface Rehearsed {
  before: State;
  end: State;
  /** The most of each at one moment; of different resources perhaps at different ones. */
  peak: Load;
  fewestHealthy: number;
  /** New instances of each batch. */
  batches: number[];
}

export interface State {
  load: Load;
  healthy: number;
}

/** One app on its way through the actions of a plan. */
export class Rehearsal {
  private readonly simulation: Simulation;

  constructor(
    private readonly original: App | undefined,
    private readonly target: App | undefined,
  ) {
    const running = original ? { [runVersion(original)]: original.instances } : {};
    this.simulation = new Simulation(running, target ? runVersion(target) : '');
  }

  state(): State {
    return this.stateAt(this.simulation.moment());
  }

  carryOut(action: Action): Rehearsed {
    const before = this.state();
    let peak = before.load;
    let fewestHealthy = before.healthy;
    const note = (moment: Moment) => {
      const { load, healthy } = this.stateAt(moment);
      peak = most(peak, load);
      fewestHealthy = Math.min(fewestHealthy, healthy);
    };
    const batches = this.roll(action, note);
    note(this.simulation.moment());
    return { before, end: this.state(), peak, fewestHealthy, batches };
  }

  /** Sizes of the batches: as many as are carried out, so that one which only ends old instances is 0. */
  private roll(action: Action, note: (moment: Moment) => void): number[] {
    const { rollout } = action;
    if (!rollout) {
      if (action.action === 'StopApplication') this.simulation.stop();
      return [];
    }
    const batches = batchesOf({ ...action, rollout });
    for (const goal of batches.goals) this.simulation.run(batches, goal, note);
    if (action.action === 'KillAllOldTasksOf') return [];
    if (action.action === 'ScaleApplication')
      return [rollout.instances - rollout.from].filter((size) => size > 0);
    return batches.goals.map((goal, index) => goal.new - (batches.goals[index - 1]?.new ?? 0));
  }

  /** Instances of the version that is wanted now count as new, also those that ran before. */
  private stateAt({ old, new: fresh, ready }: Moment): State {
    return { load: plus(loadOf(this.original, old), loadOf(this.target, fresh)), healthy: ready };
  }
}
