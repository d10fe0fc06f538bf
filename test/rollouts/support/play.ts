import { sql } from 'drizzle-orm';
import type { Strategy } from '../../../src/model/app.js';
import { type Deployment, isEnded } from '../../../src/model/deployment.js';
import type { EventRecord } from '../../../src/model/event.js';
import { rows, textArray } from '../../../src/store/db.js';
import { pageDeployments } from '../../../src/store/deployments.js';
import type { Copy } from '../../helpers/memory-driver.js';
import { until } from '../../helpers/until.js';
import type { Whole } from '../../helpers/whole.js';
import type { Act, Story } from './arbitrary.js';
import { RESTART } from './lineage.js';
import { createApps, Release, WITHOUT_HASTE, web } from './release.js';

/** What a release that was accepted defines, per app. */
type Commands = Record<string, string>;

const PATIENCE = { timeoutMs: 120_000, everyMs: 150 };
/** Answers that a command may get: taken, out of place, not right. */
const ANSWERS = [200, 201, 409, 422];

/** Carries a story out on the service, and then lets everything come to rest. */
export class Play {
  readonly app: string;
  readonly neighbour: string;
  /** Strategies by which the app may have been rolled so far. */
  readonly strategies: Strategy[];
  readonly defined = new Map<string, Commands>();
  readonly ids: string[] = [];
  /** Every answer of the API, for who has to understand a failure. */
  readonly log: string[] = [];
  private version = 1;

  constructor(
    private readonly whole: Whole,
    private readonly story: Story,
    group: string,
  ) {
    [this.app, this.neighbour] = [`${group}/web`, `${group}/db`];
    this.strategies = [story.strategy];
  }

  async perform(): Promise<void> {
    const first = await createApps(this.whole, [
      this.definition(this.app, 'serve 1'),
      web(this.neighbour, 1),
    ]);
    this.defined.set(first, { [this.app]: 'serve 1', [this.neighbour]: 'serve 1' });
    this.whole.driver.judge(this.app, ({ cmd = '' }) => !cmd.startsWith('broken'));
    this.whole.driver.takeInHand(this.app);
    for (const act of this.story.acts) await this.do(act);
    await this.rest();
  }

  /** All deployments of both apps, the first one first. */
  async deployments(): Promise<Deployment[]> {
    const { store, environment } = this.whole;
    const pages = await Promise.all(
      [this.app, this.neighbour].map((app) => pageDeployments(store.db, environment, { app, limit: 200 })),
    );
    const all = new Map(pages.flatMap(({ items }) => items).map((each) => [each.id, each]));
    return [...all.values()].sort((a, b) => (a.version < b.version ? -1 : 1));
  }

  /** Events that tell of ends. */
  async ends(deployments: Deployment[]): Promise<EventRecord[]> {
    const found = await rows<{ data: EventRecord }>(
      this.whole.store.db,
      sql`select data from events where type in ('deployment_success', 'deployment_failed')
          and data->>'id' = any(${textArray(deployments.map(({ id }) => id))}) order by id`,
    );
    return found.map(({ data }) => data);
  }

  /** Apps of this story that somebody still holds. */
  async locks(): Promise<string[]> {
    const { store, environment } = this.whole;
    const found = await rows<{ app: string }>(
      store.db,
      sql`select app_id as app from locks where environment = ${environment}
          and app_id = any(${textArray([this.app, this.neighbour])})`,
    );
    return found.map(({ app }) => `${app} is still locked`);
  }

  /** The command that is in force. */
  async cmd(app: string): Promise<string> {
    return (await this.whole.call('GET', `/v2/apps/${app}`)).body.app.cmd;
  }

  /** A change that nobody is in the way of, to see that it reaches its end. */
  async settle(): Promise<void> {
    const cmd = `serve ${++this.version}`;
    const change = { app: this.definition(this.app, cmd) };
    const request = { change, ...WITHOUT_HASTE };
    const { status, body, text } = await this.whole.call('POST', '/api/deployments', request);
    if (status !== 201) throw new Error(`a change after all has ended is refused: ${text}`);
    this.defined.set(body.id, { [this.app]: cmd });
    await this.rest();
  }

  private definition(app: string, cmd: string) {
    const { instances, strategy, release } = this.story;
    return { ...web(app, 1), cmd, instances, release: { ...release, strategy } };
  }

  private async do(act: Act): Promise<void> {
    switch (act.kind) {
      case 'release':
        return this.release(act);
      case 'restart':
        return this.begin({ restart: { id: this.app } }, { [this.app]: RESTART }, { lock: act.lock });
      case 'neighbour': {
        const cmd = `serve ${++this.version}`;
        return this.begin({ app: { ...web(this.neighbour, 1), cmd } }, { [this.neighbour]: cmd });
      }
      case 'command':
        return this.command(act);
      case 'edit':
        return this.edit(act.strategy);
      case 'world':
        return this.happen(act);
      case 'rest':
        return new Promise((resolve) => setTimeout(resolve, act.ms));
    }
  }

  private release({ broken, both, lock }: Extract<Act, { kind: 'release' }>): Promise<void> {
    const cmd = `${broken ? 'broken' : 'serve'} ${++this.version}`;
    const beside = `serve ${this.version}`;
    const own = this.definition(this.app, cmd);
    if (!both) return this.begin({ app: own }, { [this.app]: cmd }, { lock });
    const apps = [own, { ...web(this.neighbour, 1), cmd: beside }];
    return this.begin({ apps }, { [this.app]: cmd, [this.neighbour]: beside }, { lock });
  }

  private async begin(change: object, defined: Commands, options: object = {}): Promise<void> {
    const reply = await this.answered('POST', '/api/deployments', { change, ...options });
    if (reply.status !== 201) return;
    this.ids.push(reply.body.id);
    this.defined.set(reply.body.id, defined);
  }

  private async command({ command, which, signal }: Extract<Act, { kind: 'command' }>): Promise<void> {
    const id = this.ids.at(-1 - which);
    if (id === undefined) return;
    const body = {
      by: 'ana',
      reason: 'at random',
      ...(command === 'setPauseMode' ? { mode: 'each' as const } : {}),
    };
    const release = new Release(this.whole, this.app, id);
    // A signal to what has ended or has no workflow yet goes nowhere.
    if (signal) return release.signal(command, body).catch(() => undefined);
    const reply = await this.answered('POST', `/api/deployments/${id}/${command}`, body);
    if (command === 'rollback' && reply.status === 200) this.ids.push(reply.body.id);
  }

  private async edit(strategy: Strategy): Promise<void> {
    const id = this.ids.at(-1);
    if (id === undefined) return;
    // From now on: it may be taken before the answer is here.
    this.strategies.push(strategy);
    const reply = await this.answered('PATCH', `/api/deployments/${id}`, { strategy });
    if (reply.status !== 200) this.strategies.pop();
  }

  private async answered(method: string, path: string, body: object) {
    const reply = await this.whole.call(method, path, body);
    this.log.push(`${method} ${path} ${JSON.stringify(body)} → ${reply.status} ${reply.text.slice(0, 200)}`);
    if (!ANSWERS.includes(reply.status)) throw new Error(this.log.at(-1));
    return reply;
  }

  /** What the world does with instances of the app that wait for it. */
  private async happen({ event, pick }: Extract<Act, { kind: 'world' }>): Promise<void> {
    const copies = this.whole.driver.of(this.app);
    const chosen = event === 'tide' ? copies : copies.filter((copy) => this.fits(copy, event));
    if (event === 'tide') for (const copy of chosen) this.flow(copy);
    else if (chosen.length > 0) this.touch(chosen[pick % chosen.length], event);
  }

  private fits({ state, healthy, record }: Copy, event: string): boolean {
    if (event === 'begin') return state === 'starting';
    if (event === 'end') return state === 'ending';
    if (event === 'pass') return state === 'running' && !healthy && !isBroken(record.definition);
    return state === 'running' && (event === 'crash' || healthy);
  }

  private flow(copy: Copy): void {
    if (copy.state === 'starting') this.touch(copy, 'begin');
    else if (copy.state === 'ending') this.touch(copy, 'end');
    else if (!copy.healthy && !isBroken(copy.record.definition)) this.touch(copy, 'pass');
  }

  private touch(copy: Copy | undefined, event: string): void {
    const { driver } = this.whole;
    if (!copy) return;
    if (event === 'begin') driver.begin(copy);
    else if (event === 'pass') driver.setHealth(copy, true);
    else if (event === 'sicken') driver.setHealth(copy, false);
    else if (event === 'crash') driver.exit(copy, { exitStatus: 1, message: 'crashed' });
    else driver.exit(copy, { exitStatus: 143, message: 'ended' });
  }

  /** Everything gets well and whatever is paused goes on, until nothing is left to do. */
  private async rest(): Promise<void> {
    this.whole.driver.judge(this.app, () => true);
    this.whole.driver.letGo(this.app);
    const over = async () => {
      const live = (await this.deployments()).filter(({ state }) => !isEnded(state));
      for (const { id, gate } of live)
        if (gate?.kind === 'pause') await this.whole.call('POST', `/api/deployments/${id}/resume`, {});
      return live.length === 0;
    };
    await until(over, { what: `the end of all deployments of ${this.app}`, ...PATIENCE });
    await this.whole.runtime.flush();
  }
}

function isBroken({ cmd = '' }: { cmd?: string }): boolean {
  return cmd.startsWith('broken');
}
