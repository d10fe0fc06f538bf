import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../../src/model/deployment.js';
import { isEnded } from '../../src/model/deployment.js';
import type { Client } from './client.js';
import { type Accepted, Model, type Wanted } from './model.js';
import { BROKEN, JOURNAL, MARK, PROGRAM } from './program.js';
import type { Random } from './random.js';

/** Apps that one operator changes. */
export interface Territory {
  /** `/steady`. */
  group: string;
  names: string[];
  /** They always have so many instances; absent = they are scaled, removed and made anew. */
  instances?: number;
}

/** Of every app: with 4 instances no fewer than 2 ready, and no more than 6. */
export const BOUNDS = { instances: 4, minReady: 2, maxTotal: 6 };
const STRATEGY = { type: 'marathon', minimumHealthCapacity: 0.5, maximumOverCapacity: 0.5 };
/** Seconds of being up after which an instance counts. */
export const READY_AFTER = 0.3;

const POLL_MS = 200;
/** A broken release is let stand for a moment, so that there is something to kill. */
const WATCH_MS = 1_000;

/** Somebody who releases all the time: each change waits for the end of the one before, or takes over from it. */
export class Operator {
  readonly model = new Model();
  private marks = 0;
  private stopping = false;

  constructor(
    private readonly territory: Territory,
    private readonly client: Client,
    private readonly random: Random,
    private readonly journal: string,
    private readonly say: (line: string) => void,
  ) {}

  /** Until `stop`; rejects where something came out otherwise than it must. */
  async work(): Promise<void> {
    await this.change(this.all(() => this.fresh()));
    while (!this.stopping) {
      const deeds = this.territory.instances === undefined ? this.freeDeeds() : this.steadyDeeds();
      await this.random.pick(deeds)();
    }
  }

  stop(): void {
    this.stopping = true;
  }

  private steadyDeeds() {
    return [
      () => this.upgrade(),
      () => this.upgrade(),
      () => this.upgradeInBatches(),
      () => this.takeOver(),
      () => this.cancelled(),
      () => this.rolledBack(),
      () => this.broken(),
    ];
  }

  private freeDeeds() {
    return [
      () => this.upgrade(),
      () => this.change(this.all(() => this.fresh())),
      () => this.scale(),
      () => this.removeOrMake(),
      () => this.takeOver(),
      () => this.cancelled(),
      () => this.rolledBack(),
      () => this.partlyRolledBack(),
    ];
  }

  private async upgrade(): Promise<void> {
    await this.change(this.one((now) => ({ ...this.fresh(), instances: now?.instances ?? 1 })));
  }

  /** Pauses after the first batch, by its mode and once more by a command. */
  private async upgradeInBatches(): Promise<void> {
    const id = await this.accept(
      this.all(() => this.fresh()),
      {
        strategy: { type: 'batches', batches: 2 },
        pauseMode: 'first',
      },
    );
    await this.command(id, 'pause');
    await this.ended(id, ({ state }) => (state === 'paused' ? 'resume' : undefined));
  }

  private async scale(): Promise<void> {
    await this.change(this.one((now) => ({ mark: now?.mark ?? 'none', instances: this.random.whole(0, 3) })));
  }

  private async removeOrMake(): Promise<void> {
    await this.change(this.one((now) => (now ? undefined : this.fresh())));
  }

  /** A second change supersedes the first at any moment of it. */
  private async takeOver(): Promise<void> {
    await this.accept(this.one((now) => ({ ...this.fresh(), instances: now?.instances ?? 1 })));
    await sleep(this.random.next() * 1500);
    await this.change(
      this.all(() => this.fresh()),
      { lock: 'supersede' },
    );
  }

  private async cancelled(): Promise<void> {
    const id = await this.accept(this.one((now) => ({ ...this.fresh(), instances: now?.instances ?? 1 })));
    await sleep(this.random.next() * 1500);
    await this.command(id, 'cancel');
    const { state } = await this.ended(id);
    if (state === 'cancelled') this.model.revert(id, this.last(id));
  }

  /** At any moment of it, or after its end. */
  private async rolledBack(): Promise<void> {
    const id = await this.accept(this.all(() => this.fresh()));
    await sleep(this.random.next() * 3000);
    await this.rollBack(id);
  }

  /** Another change of one of its apps comes between: the rollback leaves that one alone. */
  private async partlyRolledBack(): Promise<void> {
    const id = await this.accept(this.all(() => this.fresh()));
    await this.ended(id);
    await this.upgrade();
    await this.rollBack(id);
  }

  /** Its instances end at once: it holds, the old ones stay, and it is rolled back. */
  private async broken(): Promise<void> {
    const mark = `${BROKEN}-${this.marks++}`;
    const { instances = 1 } = this.territory;
    const id = await this.accept(
      this.one(() => ({ mark, instances })),
      { failureBudget: 0 },
    );
    await this.until(id, ({ state }) => state === 'held' || isEnded(state));
    await sleep(WATCH_MS);
    await this.rollBack(id);
  }

  private async rollBack(id: string): Promise<void> {
    const { status, body } = await this.client.post(`/api/deployments/${id}/rollback`, {});
    if (status !== 200) throw new Error(`rollback of ${id} was answered ${status}: ${JSON.stringify(body)}`);
    this.say(`${this.territory.group}: ${body.id} rolls ${id} back`);
    this.model.revert(body.id, this.last(id));
    await this.ended(body.id);
  }

  private async change(wanted: Map<string, Wanted | undefined>, options: object = {}): Promise<void> {
    await this.ended(await this.accept(wanted, options));
  }

  private async accept(wanted: Map<string, Wanted | undefined>, options: object = {}): Promise<string> {
    const body = {
      change: this.changeOf(wanted),
      failureBudget: 100_000,
      minReadySeconds: READY_AFTER,
      ...options,
    };
    const { status, body: answer } = await this.client.post('/api/deployments', body);
    if (status !== 201) throw new Error(`a change was answered ${status}: ${JSON.stringify(answer)}`);
    this.model.take(answer.id, wanted);
    const told = [...wanted].map(([app, to]) => `${app} ${to ? `${to.mark} × ${to.instances}` : 'goes'}`);
    this.say(`${this.territory.group}: ${answer.id} ${told.join(', ')}`);
    return answer.id;
  }

  private changeOf(wanted: Map<string, Wanted | undefined>): object {
    const [[id, only] = [], ...others] = [...wanted];
    if (others.length === 0 && only === undefined) return { delete: { id } };
    return { apps: [...wanted].flatMap(([app, to]) => (to ? [this.definition(app, to)] : [])) };
  }

  private definition(id: string, { mark, instances }: Wanted): object {
    return {
      id,
      instances,
      cmd: PROGRAM,
      cpus: 0.01,
      mem: 4,
      env: { [MARK]: mark, [JOURNAL]: this.journal },
      backoffSeconds: 0.1,
      maxLaunchDelaySeconds: 1,
      release: { strategy: STRATEGY },
    };
  }

  private async command(id: string, name: string): Promise<void> {
    const { status, body } = await this.client.post(`/api/deployments/${id}/${name}`, {});
    if (status !== 200 && status !== 409)
      throw new Error(`${name} of ${id} was answered ${status}: ${JSON.stringify(body)}`);
  }

  /** Waits for the end; `help` says which command it needs meanwhile. */
  private ended(id: string, help: (now: Deployment) => string | undefined = helpHeld): Promise<Deployment> {
    return this.until(id, ({ state }) => isEnded(state), help);
  }

  private async until(
    id: string,
    reached: (now: Deployment) => boolean,
    help: (now: Deployment) => string | undefined = () => undefined,
  ): Promise<Deployment> {
    for (;;) {
      const { status, body } = await this.client.get<Deployment>(`/api/deployments/${id}`);
      if (status !== 200) throw new Error(`deployment ${id}, which was accepted, is answered ${status}`);
      if (reached(body)) return body;
      const needed = help(body) ?? helpHeld(body);
      if (needed) await this.command(id, needed);
      await sleep(POLL_MS);
    }
  }

  private last(id: string): Accepted {
    const found = this.model.accepted.find((each) => each.id === id);
    if (!found) throw new Error(`nothing is known of ${id}`);
    return found;
  }

  private one(to: (now: Wanted | undefined) => Wanted | undefined): Map<string, Wanted | undefined> {
    const app = `${this.territory.group}/${this.random.pick(this.territory.names)}`;
    return new Map([[app, to(this.model.now.get(app))]]);
  }

  private all(to: () => Wanted): Map<string, Wanted | undefined> {
    return new Map(this.territory.names.map((name) => [`${this.territory.group}/${name}`, to()]));
  }

  private fresh(): Wanted {
    const { group, instances = this.random.whole(1, 3) } = this.territory;
    return { mark: `${group.slice(1)}-${this.marks++}`, instances };
  }
}

/** What was killed before it was ready is taken again. */
function helpHeld({ state }: Deployment): string | undefined {
  return state === 'held' ? 'retry' : undefined;
}
