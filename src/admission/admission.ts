import { randomUUID } from 'node:crypto';
import { TerminalError } from '../errors.js';
import {
  apiPostEvent,
  deploymentSuccessEvent,
  groupChangeFailedEvent,
  groupChangeSuccessEvent,
} from '../formats/marathon/events.js';
import type { Plan } from '../model/deployment.js';
import type { Root } from '../model/root.js';
import { Turns } from '../os/turns.js';
import { preview } from '../planning/preview.js';
import type { Capacity } from '../runtimes/runtime.js';
import type { EventRecord } from '../runtimes/supervisor/ports.js';
import { type Db, together } from '../store/db.js';
import { appendEvents, eventsAppended } from '../store/events.js';
import { ledgerAppended } from '../store/ledger.js';
import type { EndedDeployment } from '../store/observer.js';
import { rootSaved } from '../store/root-writes.js';
import { keepRoot, loadRoot, rootAsOf } from '../store/roots.js';
import type { Store } from '../store/store.js';
import { requireWindow } from './calendar.js';
import { type Clock, nextVersion, timestamp } from './clock.js';
import { concludeIn } from './conclusion.js';
import { changedGroup } from './describe.js';
import { deploymentInserted, type Entry, isDoneAtOnce, ledgerOf, markOthers } from './entry.js';
import { lockEnvironment } from './environment.js';
import { keepAnswer, repeatedAnswer } from './idempotency.js';
import { decideLocks, liveOnes, locksTaken } from './locks.js';
import { propose, type Wish } from './proposal.js';
import { refuseTooMany } from './too-many.js';
import type { Accepted, AdmissionRequest, PlanPreview } from './types.js';
import { type PlannedWave, previewWaves, proposeWaves } from './waves/plan.js';
import { requestedWaves, requestOfWave } from './waves/requests.js';

export interface AdmissionDeps {
  store: Store;
  clock: Clock;
  /** Live deployments of an environment beyond which a change is refused (403). */
  maxDeployments: number;
  /** Called after the commit. */
  onAccepted(id: string): void;
  /** Environments of which more is expected; none where it is absent. */
  isProduction?(environment: string): boolean;
  /** What the environment's runtime has and what is taken, for the preview. */
  capacity(environment: string): Promise<{ total: Capacity; taken: Capacity }>;
}

interface Planned {
  plan: Plan;
  original: Root;
  target: Root;
  preview: PlanPreview;
}

export interface Admission {
  /**
   * Accepts a change, or stores nothing. Throws TerminalError: `locked` with the ids that hold the apps,
   * `too_many_deployments`, `not_found`, `already_exists`, `invalid`; RetryableError while the database is away.
   */
  admit(request: AdmissionRequest): Promise<Accepted>;
  /** What the same request would do; nothing is stored and no lock is looked at. */
  plan(request: AdmissionRequest): Promise<Planned>;
}

/**
 * Changes of an environment come one after another, for each locks it: here they line up before they take a connection, so
 * that a hundred at once leave some to what follows from the first of them. Where the database hangs they need not line up.
 */
const PATIENCE_MS = 2_000;

/** The one door that every change comes through. */
export function createAdmission(deps: AdmissionDeps): Admission {
  const turns = new Turns(PATIENCE_MS);
  return {
    admit: async (request) => {
      // Before the transaction: what is wrong in any environment is said at once, and nothing is stored.
      const waves = await plannedWaves(deps, request);
      const {
        accepted,
        target,
        ended = [],
      } = await turns.run(request.environment, () => inOneTransaction(deps, request, waves));
      if (target) keepRoot(deps.store, request.environment, target);
      for (const each of ended) deps.store.observer.ended?.(each);
      if (!accepted.repeated) deps.onAccepted(accepted.deploymentId);
      return accepted;
    },
    plan: (request) => planned(deps, request),
  };
}

interface Admitted {
  accepted: Accepted;
  /** The new present root; absent for a repetition. */
  target?: Root;
  /** Those that it superseded before they began. */
  ended?: EndedDeployment[];
}

async function inOneTransaction(
  deps: AdmissionDeps,
  request: AdmissionRequest,
  waves: PlannedWave[] | undefined,
): Promise<Admitted> {
  try {
    return await deps.store.transaction((tx) => admitIn(tx, deps, request, waves));
  } catch (error) {
    if (error instanceof TerminalError && error.code === 'locked')
      await tellRefused(deps, request, error.message);
    throw error;
  }
}

async function admitIn(
  tx: Db,
  deps: AdmissionDeps,
  request: AdmissionRequest,
  waves: PlannedWave[] | undefined,
): Promise<Admitted> {
  const { environment } = request;
  const present = await lockEnvironment(tx, environment);
  const repeated = await repeatedAnswer(tx, request);
  if (repeated) return { accepted: repeated };

  await requireWindow(tx, environment, request.options);
  const original = await rootAsOf(deps.store, tx, environment, present);
  const at = nextVersion(deps.clock, present);
  const proposal = waves
    ? proposeWaves(original, waves)
    : await propose(tx, wishOf(deps, request), original, at);
  const live = await liveOnes(tx, environment, proposal.plan.affectedApps, request.rollbackOf);
  const locks = decideLocks(request, live.holders);
  const entry: Entry = { id: randomUUID(), at, request, proposal, locks };
  refuseTooMany(entry, live.count, deps.maxDeployments);
  const ended = await store(tx, entry);
  return { accepted: acceptedOf(entry), target: proposal.target, ended };
}

function wishOf({ isProduction }: AdmissionDeps, request: AdmissionRequest): Wish {
  return { ...request, production: isProduction?.(request.environment) ?? false };
}

/** Gives those that ended by it. */
async function store(tx: Db, entry: Entry): Promise<EndedDeployment[]> {
  const { id, at, request, proposal, locks } = entry;
  const { environment } = request;
  const { original, target, plan } = proposal;
  const ended = await supersede(tx, entry);
  const holds = !isDoneAtOnce(entry) && !locks.queued;
  await together(tx, [
    target === original ? undefined : rootSaved({ environment, original, target, deployment: id }),
    deploymentInserted(tx, entry),
    holds ? locksTaken(environment, plan.affectedApps, id) : undefined,
    ledgerAppended(environment, ledgerOf(entry)),
    eventsAppended(environment, eventsOf(entry, at)),
  ]);
  await keepAnswer(tx, entry);
  return ended;
}

/** Those that never started end now; the dispatcher sees to it that the others stop, and waits for it. */
async function supersede(tx: Db, entry: Entry): Promise<EndedDeployment[]> {
  await markOthers(tx, entry);
  const superseded: EndedDeployment[] = [];
  for (const holder of entry.locks.superseded) {
    if (holder.tried) continue;
    const description = `Superseded by deployment ${entry.id} before it began.`;
    const end = { deployment: holder.id, outcome: 'superseded', description, by: entry.id } as const;
    const ended = await concludeIn(tx, end, entry.at);
    if (ended) superseded.push(ended);
  }
  return superseded;
}

/** Marathon's order: api_post_event, group_change_success, and deployment_success where there is nothing to do. */
function eventsOf(entry: Entry, at: string): EventRecord[] {
  const { id, request, proposal } = entry;
  const events = request.origin ? [apiPostEvent(request.origin, at)] : [];
  if (!proposal.waves) events.push(groupChangeSuccessEvent(changedGroup(request.change), at, at));
  if (isDoneAtOnce(entry)) {
    events.push(deploymentSuccessEvent({ id, version: at, steps: proposal.plan.steps }, at));
  }
  return events;
}

function acceptedOf({ id, at, proposal }: Entry): Accepted {
  const { plan } = proposal;
  const { affectedApps, warnings } = plan;
  return { deploymentId: id, version: at, affectedApps, warnings, plan, repeated: false };
}

/** Marathon 1.11 tells of a change that a lock refused; nothing else of it is kept. */
async function tellRefused({ store, clock }: AdmissionDeps, request: AdmissionRequest, reason: string) {
  const at = timestamp(clock());
  const event = groupChangeFailedEvent(changedGroup(request.change), at, reason, at);
  await appendEvents(store.db, request.environment, [event]);
}

async function planned(deps: AdmissionDeps, request: AdmissionRequest): Promise<Planned> {
  const waves = await plannedWaves(deps, request);
  if (waves === undefined) return plannedHere(deps, request);
  const root = await loadRoot(deps.store, request.environment);
  const { plan } = proposeWaves(root, waves);
  return { plan, original: root, target: root, preview: previewWaves(waves) };
}

/** What each wave would do; undefined where the request concerns one environment. */
async function plannedWaves(
  deps: AdmissionDeps,
  request: AdmissionRequest,
): Promise<PlannedWave[] | undefined> {
  const waves = await requestedWaves(deps.store.db, request);
  if (waves === undefined) return undefined;
  const found: PlannedWave[] = [];
  for (const wave of waves) {
    const { plan, preview } = await plannedHere(deps, requestOfWave(request, wave));
    found.push({ wave, plan, preview });
  }
  return found;
}

async function plannedHere(deps: AdmissionDeps, request: AdmissionRequest): Promise<Planned> {
  const root = await loadRoot(deps.store, request.environment);
  const at = nextVersion(deps.clock, root.version);
  const { plan, original, target } = await propose(deps.store.db, wishOf(deps, request), root, at);
  const capacity = await deps.capacity(request.environment);
  return { plan, original, target, preview: preview(plan, target, original, capacity) };
}
