import {
  type Command,
  type CommandBody,
  type Deployment,
  type Gate,
  type GateKind,
  isEnded,
  type LedgerEntry,
} from '../../../src/model/deployment.js';
import { deploymentById } from '../../../src/store/deployments.js';
import { until } from '../../helpers/until.js';
import type { Whole } from '../../helpers/whole.js';

/** Asked in memory: see MemoryDriver. */
const CHECK = {
  protocol: 'COMMAND',
  command: 'ask',
  gracePeriodSeconds: 300,
  intervalSeconds: 0,
  maxConsecutiveFailures: 0,
};

/** What the versions of an app of these tests are told apart by. */
export const serve = (version: number | string) => `serve ${version}`;

/** An app of three instances with a check. */
export function web(id: string, version: number | string, more: object = {}) {
  return {
    id,
    cmd: serve(version),
    instances: 3,
    cpus: 0.01,
    mem: 1,
    portDefinitions: [],
    healthChecks: [CHECK],
    backoffSeconds: 0.05,
    ...more,
  };
}

/** Many tests wait side by side on one database, and on two cores that others use, too. */
export const PATIENCE = { timeoutMs: 60_000, everyMs: 80 };
/** A test has several of these waits. */
export const TIMEOUT_MS = 180_000;

const WHO = { by: 'ana', reason: 'as said' };

/** A deployment of one app, as its operator sees it. */
export class Release {
  constructor(
    readonly whole: Whole,
    readonly app: string,
    readonly id: string,
  ) {}

  async deployment(): Promise<Deployment> {
    const { store, environment } = this.whole;
    const found = await deploymentById(store.db, environment, this.id);
    if (!found) throw new Error(`there is no deployment ${this.id}`);
    return found;
  }

  async until(what: string, fits: (deployment: Deployment) => boolean): Promise<Deployment> {
    const look = async () => {
      const deployment = await this.deployment();
      return fits(deployment) ? deployment : undefined;
    };
    return until(look, { what: `${this.app} ${what}`, ...PATIENCE });
  }

  /** Until it is held at a gate of the kind, and perhaps one that says this. */
  async gate(kind: GateKind, says = ''): Promise<Gate> {
    const { gate } = await this.until(
      `at ${kind}: ${says}`,
      ({ gate }) => gate?.kind === kind && gate.description.includes(says),
    );
    if (!gate) throw new Error('unreachable');
    return gate;
  }

  ended(): Promise<Deployment> {
    return this.until('to end', ({ state }) => isEnded(state));
  }

  /** Until its batch of that number runs. */
  async batch(number: number): Promise<void> {
    const look = async () => {
      const { batch } = await this.whole.handle(this.id).query<{ batch: number }>('currentStep');
      return batch === number;
    };
    await until(look, { what: `batch ${number} of ${this.app}`, ...PATIENCE });
  }

  /** The definition that is in force. */
  async cmd(): Promise<string> {
    return (await this.whole.call('GET', `/v2/apps/${this.app}`)).body.app.cmd;
  }

  /** Commands of the instances that there are, in order. */
  running(): string[] {
    return this.whole.driver
      .of(this.app)
      .map(({ record }) => record.definition.cmd ?? '')
      .sort();
  }

  /** Ids of the instances of a version. */
  ids(version?: number | string): string[] {
    const copies = this.whole.driver.of(this.app);
    const some = copies.filter(
      ({ record }) => version === undefined || record.definition.cmd === serve(version),
    );
    return some.map(({ record }) => record.id).sort();
  }

  /** The decisions that were taken about it, the first one first. */
  async ledger(command?: string): Promise<LedgerEntry[]> {
    const { body } = await this.whole.call('GET', `/api/ledger?deployment=${this.id}&limit=1000`);
    const items: LedgerEntry[] = body.items;
    return items.filter((item) => command === undefined || item.command === command).reverse();
  }

  /** Gives a command as a client of the API does. */
  post(command: Command, body: CommandBody = {}) {
    const { options, ...rest } = body;
    const path = `/api/deployments/${this.id}`;
    if (command === 'edit') return this.whole.call('PATCH', path, { ...WHO, ...rest, ...options });
    return this.whole.call('POST', `${path}/${command}`, { ...WHO, ...rest });
  }

  /** Gives a command as a Temporal client does: without an answer. */
  async signal(command: Command, body: CommandBody = {}): Promise<void> {
    await this.whole.handle(this.id).signal(command, { ...WHO, ...body });
  }

  /** The app's new versions get healthy. */
  mend(): void {
    this.whole.driver.judge(this.app, () => true);
  }

  /** Instances of the version are not healthy, and will not be. */
  sicken(version: number | string): void {
    this.whole.driver.judge(this.app, ({ cmd }) => cmd !== serve(version));
  }
}

/** Starts a release by the API. */
export async function release(
  whole: Whole,
  app: string,
  version: number | string,
  options: object = {},
  more: object = {},
): Promise<Release> {
  const change = { app: web(app, version, more) };
  const { status, body } = await whole.call('POST', '/api/deployments', { change, by: 'olga', ...options });
  if (status !== 201) throw new Error(`${app}: ${status} ${JSON.stringify(body)}`);
  return new Release(whole, app, body.id);
}

/** Whatever the apps declare: it takes the time that it needs, and goes through. */
export const WITHOUT_HASTE = { progressDeadlineSeconds: 600, onFailure: 'hold', pauseMode: 'none' } as const;

/** Makes apps by one deployment; where only an id is given the app is of version 1. */
export async function createApps(whole: Whole, apps: (string | { id: string })[]): Promise<string> {
  const definitions = apps.map((app) => (typeof app === 'string' ? web(app, 1) : app));
  const request = { change: { apps: definitions }, ...WITHOUT_HASTE };
  const { status, body } = await whole.call('POST', '/api/deployments', request);
  if (status !== 201) throw new Error(`the apps are refused: ${JSON.stringify(body)}`);
  const { outcome } = await new Release(whole, 'all apps', body.id).ended();
  if (outcome !== 'succeeded') throw new Error(`the apps could not be made: ${outcome}`);
  return body.id;
}
