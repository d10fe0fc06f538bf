import type { Deployment } from '../../../src/model/deployment.js';

/** A definition that somebody set, told apart from an equal one that somebody else set. */
interface Setting {
  cmd: string;
}

/** What a deployment set, and what it replaced by that; per app. */
interface Work {
  set: Map<string, Setting>;
  before: Map<string, Setting | undefined>;
}

/**
 * Promise 6, told independently of the product: what is in force after all that happened. A release sets its own
 * definitions; a rollback or a cancel brings back what was there before, where the definition is still, or again, the
 * one that the release set; what anybody else set stays.
 */
export class Lineage {
  private readonly now = new Map<string, Setting>();
  private readonly works = new Map<string, Work>();

  /** `defined`: the commands of each release per app; `same` where it only restarts. */
  constructor(private readonly defined: ReadonlyMap<string, Record<string, string>>) {}

  follow(deployments: Deployment[]): Map<string, string> {
    for (const { id, of } of turns(deployments)) {
      if (of === undefined) this.release(id);
      else this.takeBack(of, id);
    }
    return new Map([...this.now].map(([app, { cmd }]) => [app, cmd]));
  }

  private release(id: string): void {
    for (const [app, cmd] of Object.entries(this.defined.get(id) ?? {})) {
      const present = this.now.get(app);
      this.assign(id, app, { cmd: cmd === RESTART ? (present?.cmd ?? '') : cmd });
    }
  }

  private takeBack(of: string, id: string): void {
    const { set, before } = this.works.get(of) ?? { set: new Map(), before: new Map() };
    for (const [app, setting] of set) {
      const old = before.get(app);
      if (this.now.get(app) === setting && old !== undefined) this.assign(id, app, old);
    }
  }

  private assign(id: string, app: string, setting: Setting): void {
    const work = this.works.get(id) ?? { set: new Map(), before: new Map() };
    this.works.set(id, work);
    work.before.set(app, this.now.get(app));
    work.set.set(app, setting);
    this.now.set(app, setting);
  }
}

/** In place of a command: the one that is there, anew. */
export const RESTART = 'restart';

/** What changed definitions, in order; `of` is the deployment whose work was taken back. */
function turns(deployments: Deployment[]): { id: string; of: string | undefined }[] {
  const all = deployments.flatMap(({ id, version, rollbackOf: of, outcome, endedAt = '' }) => {
    const accepted = { at: version, id, of };
    return outcome === 'cancelled' ? [accepted, { at: endedAt, id: `${id} cancelled`, of: id }] : [accepted];
  });
  return all.sort((a, b) => (a.at < b.at ? -1 : 1));
}
