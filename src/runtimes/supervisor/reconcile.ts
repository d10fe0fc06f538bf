import type { Timestamp } from '../../model/app.js';
import type { Declaration } from '../runtime.js';
import type { Member, ReconcileContext } from './member.js';
import { isOrdered, type Queued, seat } from './seats.js';

export type { Member, ReconcileContext } from './member.js';

/** What to do now; the rest follows when something changes. */
export interface Reconciliation {
  /** With an ordinal where the version is one of a stateful app; the count is 1 then. */
  start: { version: Timestamp; count: number; ordinal?: number }[];
  kill: string[];
  /** Held by back-off. */
  delayed: { version: Timestamp; count: number; until: number }[];
  /** Held by the order of a stateful app. */
  queued?: Queued[];
  /** From now on another version belongs to this ordinal; to be remembered. */
  turned?: { ordinal: number; version: Timestamp };
}

/**
 * Compares what is declared with what is alive. The bounds hold for every single action: a ready instance goes
 * only while enough others are ready, and none starts beyond the total. No declaration = nothing should run.
 */
export function reconcile(
  declaration: Declaration | undefined,
  members: readonly Member[],
  context: ReconcileContext,
): Reconciliation {
  if (declaration === undefined) return { start: [], kill: members.filter(isActive).map(idOf), delayed: [] };
  const mayKill = guardOf(declaration, members);
  const kill = kills(declaration, members, context).filter(mayKill).map(idOf);
  const started = starts(declaration, members, context);
  if (!hasOrdinals(declaration, members)) return { kill, ...started };
  const { start, delayed } = started;
  const room = Math.max(0, declaration.bounds.maxTotal - members.length - total(start));
  const seated = seat(declaration, members, { ...context, room, mayKill });
  return {
    ...seated,
    kill: [...kill, ...seated.kill],
    start: [...start, ...seated.start],
    delayed: [...delayed, ...seated.delayed],
  };
}

/** Asked for one after another: whether this one may be ended, too. */
function guardOf(declaration: Declaration, members: readonly Member[]): (member: Member) => boolean {
  const floor = declaration.removed === true ? 0 : declaration.bounds.minReady;
  let ready = members.filter((member) => member.ready).length;
  return (member) => {
    if (!member.ready) return true;
    if (ready - 1 < floor) return false;
    ready -= 1;
    return true;
  };
}

function hasOrdinals(declaration: Declaration, members: readonly Member[]): boolean {
  return (
    Object.keys(declaration.split).some((version) => isOrdered(declaration, version)) ||
    members.some(({ ordinal }) => ordinal !== undefined)
  );
}

function total(start: Reconciliation['start']): number {
  return start.reduce((sum, { count }) => sum + count, 0);
}

/** Those beyond the split that have no ordinals. */
function kills(declaration: Declaration, members: readonly Member[], context: ReconcileContext): Member[] {
  const plain = members.filter(({ ordinal }) => ordinal === undefined);
  return versionsOf(declaration, plain).flatMap((version) => surplus(declaration, version, plain, context));
}

/** Those of a version beyond its split: first the ones asked for, then those that serve nobody, then by age. */
function surplus(
  declaration: Declaration,
  version: Timestamp,
  members: readonly Member[],
  context: ReconcileContext,
): Member[] {
  const active = members.filter((member) => isActive(member) && member.version === version);
  const first = new Set(declaration.killFirst);
  const younger = context.selection === 'YOUNGEST_FIRST' ? -1 : 1;
  const order = (a: Member, b: Member) =>
    Number(first.has(b.id)) - Number(first.has(a.id)) ||
    Number(a.ready) - Number(b.ready) ||
    younger * (a.stagedAt - b.stagedAt) ||
    (a.id < b.id ? -1 : 1);
  return active.sort(order).slice(0, Math.max(0, active.length - wanted(declaration, version)));
}

function starts(
  declaration: Declaration,
  members: readonly Member[],
  context: ReconcileContext,
): Pick<Reconciliation, 'start' | 'delayed'> {
  const start: Reconciliation['start'] = [];
  const delayed: Reconciliation['delayed'] = [];
  let room = Math.max(0, declaration.bounds.maxTotal - members.length);
  for (const version of versionsOf(declaration, members).reverse()) {
    if (isOrdered(declaration, version)) continue;
    const count = Math.min(room, missing(declaration, version, members));
    if (count <= 0) continue;
    const until = context.delays.get(version) ?? 0;
    if (until > context.now) delayed.push({ version, count, until });
    else {
      start.push({ version, count });
      room -= count;
    }
  }
  return { start, delayed };
}

function missing(declaration: Declaration, version: Timestamp, members: readonly Member[]): number {
  const holds = (member: Member) => isActive(member) || member.keepsPlace;
  const places = members.filter((member) => holds(member) && member.version === version);
  return wanted(declaration, version) - places.length;
}

function wanted(declaration: Declaration, version: Timestamp): number {
  return declaration.removed === true ? 0 : (declaration.split[version] ?? 0);
}

/** Oldest first. */
function versionsOf(declaration: Declaration, members: readonly Member[]): Timestamp[] {
  const versions = new Set([...Object.keys(declaration.split), ...members.map(({ version }) => version)]);
  return [...versions].sort();
}

function isActive(member: Member): boolean {
  return !member.killing;
}

function idOf(member: Member): string {
  return member.id;
}
