import fc from 'fast-check';
import { conclude } from '../../src/admission/conclusion.js';
import { loadWork } from '../../src/admission/work.js';
import { TerminalError } from '../../src/errors.js';
import type { PathId } from '../../src/model/app.js';
import type { Change } from '../../src/model/change.js';
import { isEnded, type Outcome } from '../../src/model/deployment.js';
import type { Root } from '../../src/model/root.js';
import { changesOf, pageDeployments } from '../../src/store/deployments.js';
import { loadRoot } from '../../src/store/roots.js';
import type { Store } from '../../src/store/store.js';
import { rootAt, versionsOfGroup } from '../../src/store/versions.js';
import { Desk } from '../admission/desk.js';
import { storedRevisions } from './stored.js';

const APPS = ['/a', '/g/b', '/g/h/c'];
const GROUPS = ['/', '/g', '/g/h'];

/** What somebody does; numbers choose among what is there then. */
export type Deed =
  | { kind: 'put'; app: PathId; cmd: string; instances: number; limit: number }
  | { kind: 'remove'; id: PathId }
  | { kind: 'end'; outcome: Outcome; which: number }
  | { kind: 'revert'; which: number };

const put = fc.record(
  {
    kind: fc.constant('put' as const),
    app: fc.constantFrom(...APPS),
    cmd: fc.constantFrom('one', 'two', 'three'),
    instances: fc.integer({ min: 1, max: 3 }),
    limit: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: ['kind', 'app', 'cmd', 'instances', 'limit'] },
);
const remove = fc.record({
  kind: fc.constant('remove' as const),
  id: fc.constantFrom(...APPS, '/g'),
});
const end = fc.record({
  kind: fc.constant('end' as const),
  outcome: fc.constantFrom<Outcome>('succeeded', 'succeeded', 'failed', 'cancelled'),
  which: fc.nat(),
});
const revert = fc.record({ kind: fc.constant('revert' as const), which: fc.nat() });

/** Many changes of few apps, most of which come to an end. */
export const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: put },
    { weight: 4, arbitrary: end },
    { weight: 2, arbitrary: remove },
    { weight: 1, arbitrary: revert },
  ),
  { minLength: 10, maxLength: 60 },
);

/** An environment in which all that was done; what cannot be done is left out. */
export class World {
  readonly desk: Desk;
  readonly started: string[] = [];

  constructor(readonly store: Store) {
    this.desk = new Desk(store);
  }

  get environment(): string {
    return this.desk.environment;
  }

  async carryOut(deed: Deed): Promise<void> {
    try {
      await this.#try(deed);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
    }
  }

  async #try(deed: Deed): Promise<void> {
    switch (deed.kind) {
      case 'put': {
        const { app: id, cmd, instances, limit } = deed;
        const release = { revisionHistoryLimit: limit };
        this.started.push(await this.desk.put({ id, cmd, instances, release }, { force: true }));
        return;
      }
      case 'remove': {
        const kind = APPS.includes(deed.id) ? 'deleteApp' : 'deleteGroup';
        this.started.push(await this.#admit({ kind, id: deed.id }));
        return;
      }
      case 'end':
        return this.#end(deed);
      case 'revert': {
        const id = chosen(this.started, deed.which);
        if (id !== undefined) this.started.push(await this.desk.revert(id));
      }
    }
  }

  async #admit(change: Change): Promise<string> {
    return (await this.desk.admission.admit(this.desk.request({ change, force: true }))).deploymentId;
  }

  async #end({ outcome, which }: { outcome: Outcome; which: number }): Promise<void> {
    const live = (await this.deployments()).filter(({ state }) => !isEnded(state));
    const deployment = chosen(live, which)?.id;
    if (deployment === undefined) return;
    const restore = outcome === 'cancelled';
    await conclude(this.store, { deployment, outcome, description: `It ${outcome}.`, restore });
  }

  async deployments() {
    return (await pageDeployments(this.store.db, this.environment, { limit: 1_000 })).items;
  }

  /** All that can be asked of the environment, by what is asked. */
  async answers() {
    const deployments = await this.deployments();
    const live = deployments.filter(({ state }) => !isEnded(state));
    return {
      root: await this.#root(),
      deployments: new Map(deployments.map((each) => [each.id, each])),
      reverts: await mapOf(deployments, ({ id }) => this.#planned({ kind: 'revert', deployment: id })),
      changes: await mapOf(deployments, ({ id }) => changesOf(this.store.db, this.environment, id)),
      works: await mapOf(live, ({ id, affectedApps }) =>
        Promise.all(affectedApps.map((app) => loadWork(this.store, id, app))),
      ),
      plans: new Map(await Promise.all(APPS.map(async (app) => [app, await this.#upgrade(app)] as const))),
      histories: new Map(await Promise.all(APPS.map(async (app) => [app, await this.history(app)] as const))),
      groups: new Map(
        await Promise.all(GROUPS.map(async (group) => [group, await this.snapshots(group)] as const)),
      ),
    };
  }

  history(app: PathId) {
    return storedRevisions(this.store.db, this.environment, app);
  }

  /** The group with all in it at each of its versions. */
  async snapshots(group: PathId): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for (const version of await versionsOfGroup(this.store.db, this.environment, group)) {
      const root = await rootAt(this.store.db, this.environment, group, version);
      const inside = [...(root?.groups.values() ?? [])].filter(({ id }) => id.startsWith(group));
      found.set(version, { apps: plain(root), groups: inside.toSorted((a, b) => a.id.localeCompare(b.id)) });
    }
    return found;
  }

  /** As read by who knows it from then, or by who knows nothing. */
  async rootKnownAs(known?: Root): Promise<Root> {
    const roots = new Map(known ? [[this.environment, known]] : []);
    return loadRoot({ ...this.store, roots }, this.environment);
  }

  async #root(): Promise<unknown> {
    const root = await this.rootKnownAs();
    return { version: root.version, apps: plain(root), groups: [...root.groups.keys()].sort() };
  }

  /** A change that by itself needs no new instances: what was left undone before comes with it. */
  #upgrade(id: PathId): Promise<unknown> {
    const apps = [{ id, labels: { asked: 'true' } }];
    return this.#planned({ kind: 'updateApps', apps, partial: true, create: true });
  }

  /** Steps and definitions that a change leads to, without the names of its versions; or why it does not. */
  async #planned(change: Change): Promise<unknown> {
    try {
      const { plan, target } = await this.desk.admission.plan(this.desk.request({ change }));
      const apps = plain(target).map(
        ({ version: _version, versionInfo: _info, ...definition }) => definition,
      );
      return { steps: plan.steps, apps };
    } catch (error) {
      if (error instanceof TerminalError) return error.message;
      throw error;
    }
  }
}

function plain(root: Root | undefined) {
  return [...(root?.apps.values() ?? [])].toSorted((a, b) => a.id.localeCompare(b.id));
}

function chosen<T>(from: readonly T[], which: number): T | undefined {
  return from[which % Math.max(1, from.length)];
}

async function mapOf<T extends { id: string }, A>(of: T[], ask: (each: T) => Promise<A>) {
  const found = new Map<string, A>();
  for (const each of of) found.set(each.id, await ask(each));
  return found;
}
