import type { App, Timestamp } from '../../model/app.js';
import type { Declaration } from '../runtime.js';

/** An alive instance as the reconciler sees it. */
export interface Member {
  id: string;
  version: Timestamp;
  killing: boolean;
  /** It is killing and will be replaced after its end, so none is started beside it. */
  keepsPlace: boolean;
  /** False while it is killing. */
  ready: boolean;
  /** Milliseconds; decides between younger and older. */
  stagedAt: number;
}

export interface ReconcileContext {
  /** Milliseconds of steady time. */
  now: number;
  /** End of the back-off per run version, the same. */
  delays: ReadonlyMap<Timestamp, number>;
  selection: App['killSelection'];
}

/** What to do now; the rest follows when something changes. */
export interface Reconciliation {
  start: { version: Timestamp; count: number }[];
  kill: string[];
  /** Held by back-off. */
  delayed: { version: Timestamp; count: number; until: number }[];
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
  return { kill: kills(declaration, members, context), ...starts(declaration, members, context) };
}

function kills(declaration: Declaration, members: readonly Member[], context: ReconcileContext): string[] {
  const floor = declaration.removed === true ? 0 : declaration.bounds.minReady;
  const chosen = versionsOf(declaration, members).flatMap((version) =>
    surplus(declaration, version, members, context),
  );
  let ready = members.filter((member) => member.ready).length;
  const allowed = (member: Member): boolean => {
    if (!member.ready) return true;
    if (ready - 1 < floor) return false;
    ready -= 1;
    return true;
  };
  return chosen.filter(allowed).map(idOf);
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
