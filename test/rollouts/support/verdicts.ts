import type { Strategy } from '../../../src/model/app.js';
import type { Deployment } from '../../../src/model/deployment.js';
import type { EventRecord } from '../../../src/model/event.js';
import { bounds } from '../../../src/planning/bounds.js';
import type { Whole } from '../../helpers/whole.js';
import { Lineage } from './lineage.js';
import type { Play } from './play.js';

/** What of the promises was broken, in sentences; empty where all were kept. */
type Breaches = string[];

interface Known {
  state: string;
  serves: boolean;
}

/** Limits that hold whichever of the strategies is the one in force. */
function limits(strategies: Strategy[], instances: number) {
  const all = strategies.map((strategy) => bounds(strategy, instances, instances));
  return {
    fewest: Math.min(...all.map(({ minReady }) => minReady)),
    most: Math.max(...all.map(({ maxTotal }) => maxTotal)),
  };
}

/**
 * Promise 1, event by event as the supervisor told them: none that serves was told to end while fewer than the minimum
 * others served, and none was started beyond the maximum. Instances that end or fall ill by themselves are not our doing.
 */
export function outOfBounds(
  events: EventRecord[],
  app: string,
  { fewest, most }: { fewest: number; most: number },
): Breaches {
  const known = new Map<string, Known>();
  const breaches: Breaches = [];
  const serving = () => [...known.values()].filter(({ serves }) => serves).length;
  for (const event of events.filter(({ appId }) => appId === app)) {
    const id = String(event.taskId);
    const before = known.get(id);
    if (event.eventType === 'health_status_changed_event') {
      if (before) before.serves = event.alive === true;
      continue;
    }
    if (event.eventType !== 'status_update_event') continue;
    const state = String(event.taskStatus);
    if (['TASK_KILLED', 'TASK_FAILED', 'TASK_FINISHED'].includes(state)) known.delete(id);
    else known.set(id, { state, serves: state === 'TASK_RUNNING' && (before?.serves ?? false) });
    if (state === 'TASK_KILLING' && before?.serves && serving() < fewest)
      breaches.push(`${id} was told to end, and ${serving()} served; ${fewest} have to`);
    if (state === 'TASK_STAGING' && known.size > most)
      breaches.push(`${id} was started as one of ${known.size}; ${most} may be there`);
  }
  return breaches;
}

/** Promise 2: who declared once that another one took over never declares again, and had ended by then. */
function declaredByTwo(whole: Whole, app: string, deployments: Deployment[]): Breaches {
  const breaches: Breaches = [];
  const endOf = new Map(deployments.map(({ id, endedAt }) => [id, Date.parse(endedAt ?? '')]));
  let last: string | undefined;
  for (const { deployment, at } of whole.declared.filter((each) => each.app === app)) {
    if (last !== undefined && last !== deployment && !((endOf.get(last) ?? 0) <= at))
      breaches.push(`${deployment} declared before ${last} had ended`);
    last = deployment;
  }
  return breaches;
}

/** Promise 3: each said its one end once. */
function endedOtherThanOnce(events: EventRecord[], deployments: Deployment[]): Breaches {
  return deployments.flatMap(({ id, outcome, state }) => {
    const ends = events.filter(
      (event) => event.id === id && /^deployment_(success|failed)$/.test(event.eventType),
    );
    const expected = outcome === 'succeeded' ? 'deployment_success' : 'deployment_failed';
    if (ends.length === 1 && ends[0]?.eventType === expected) return [];
    return [`${id} is ${state} and told ${ends.map(({ eventType }) => eventType).join(', ') || 'nothing'}`];
  });
}

/** Promise 4: exactly so many, of this definition, all of them good. */
function notAsWanted(whole: Whole, app: string, cmd: string, instances: number): Breaches {
  const copies = whole.driver.of(app);
  const good = copies.filter(
    ({ record, state, healthy }) => record.definition.cmd === cmd && state === 'running' && healthy,
  );
  if (good.length === instances && copies.length === instances) return [];
  const there = copies.map(({ record, state }) => `${record.definition.cmd} ${state}`).join(', ');
  return [`${app} should be ${instances} of "${cmd}", and is ${there || 'nothing'}`];
}

/** Promise 6: what is in force is what the story of all changes leads to. */
async function notInForce(play: Play, deployments: Deployment[]): Promise<Breaches> {
  const expected = new Lineage(play.defined).follow(deployments);
  const breaches: Breaches = [];
  for (const app of [play.app, play.neighbour]) {
    const cmd = await play.cmd(app);
    if (cmd !== expected.get(app))
      breaches.push(`${app} has "${cmd}" in force, and not "${expected.get(app)}"`);
  }
  return breaches;
}

/** Success leaves what was wanted, and so does a cancel of what had begun: what had been wanted before. */
function leavesOrder({ outcome, currentStep }: Deployment): boolean {
  return outcome === 'succeeded' || (outcome === 'cancelled' && currentStep > 0);
}

/** All that was broken in a story that has come to rest. */
export async function breachesOf(whole: Whole, play: Play, instances: number): Promise<Breaches> {
  const deployments = await play.deployments();
  const events = await play.ends(deployments);
  const bounded = limits(play.strategies, instances);
  const broken = [
    ...outOfBounds(whole.told, play.app, bounded),
    ...declaredByTwo(whole, play.app, deployments),
    ...declaredByTwo(whole, play.neighbour, deployments),
    ...endedOtherThanOnce(events, deployments),
    ...(await play.locks()),
    ...(await notInForce(play, deployments)),
  ];
  for (const app of [play.app, play.neighbour]) {
    const last = deployments.filter(({ affectedApps }) => affectedApps.includes(app)).at(-1);
    const count = app === play.app ? instances : 3;
    if (last && leavesOrder(last)) broken.push(...notAsWanted(whole, app, await play.cmd(app), count));
  }
  return broken;
}
