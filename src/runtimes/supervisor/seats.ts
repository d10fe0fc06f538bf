import type { Timestamp } from '../../model/app.js';
import type { Declaration } from '../runtime.js';
import type { Member, ReconcileContext } from './member.js';

/** Instances of a stateful app that are not started yet, for their order. */
export interface Queued {
  version: Timestamp;
  count: number;
  /** `backoff`: it ran before, and comes back in its turn. */
  reason: 'order' | 'backoff';
  /** The lowest ordinal that is not ready; absent where there is no room. */
  behind?: number;
}

interface Seating {
  kill: string[];
  start: { version: Timestamp; count: number; ordinal: number }[];
  delayed: { version: Timestamp; count: number; until: number }[];
  queued: Queued[];
  turned?: { ordinal: number; version: Timestamp };
}

interface SeatContext extends ReconcileContext {
  /** So many more may be started. */
  room: number;
  mayKill: (member: Member) => boolean;
}

/** A wanted ordinal. */
interface Seat {
  ordinal: number;
  /** Who is there, ending or not. */
  member: Member | undefined;
  /** That belongs there. */
  version: Timestamp;
  /** Nothing was started there since the ordinal is wanted. */
  isEmpty: boolean;
  /** Its version took the place of another and was not ready yet. */
  isTurned: boolean;
}

export function isOrdered({ definitions }: Declaration, version: Timestamp): boolean {
  return definitions[version]?.stateful === true;
}

/** How many ordinals are wanted: 0…n-1. */
export function seatCount(declaration: Declaration): number {
  if (declaration.removed === true) return 0;
  return Object.entries(declaration.split).reduce(
    (sum, [version, count]) => sum + (isOrdered(declaration, version) ? count : 0),
    0,
  );
}

/**
 * The next move of a stateful app (Kubernetes' StatefulSet, OrderedReady): at most one instance is ended at a time, and an
 * ordinal that is wanted anew gets its first instance when all lower ones are ready. One whose instance died gets the next
 * at once, as a kubelet starts a container again.
 *
 * - Ordinals that are not wanted any more go first, the highest before the others.
 * - As many as the split has of the newest version carry it: those that have it stay; then empty ones, the highest first;
 *   then one that is not ready: that which was turned to another version last, else the lowest; then, while all are ready,
 *   the highest. All others keep the version that they have, also where they come back after they died.
 */
export function seat(declaration: Declaration, members: readonly Member[], context: SeatContext): Seating {
  const seats = seatsOf(declaration, members, context);
  const turns = fill(seats, declaration, context);
  const ending = endOne(seats, members, turns, context);
  return { ...ending, ...starts(seats, context) };
}

function seatsOf(
  declaration: Declaration,
  members: readonly Member[],
  { ordinals }: ReconcileContext,
): Seat[] {
  const seated = new Map(members.map((member) => [member.ordinal, member]));
  return Array.from({ length: seatCount(declaration) }, (_, ordinal) => {
    const member = seated.get(ordinal);
    const known = ordinals?.get(ordinal);
    const version = known?.version ?? member?.version;
    return {
      ordinal,
      member,
      version: version ?? '',
      isEmpty: version === undefined,
      isTurned: known?.turned === true,
    };
  });
}

/** Gives empty seats their version; returns how many of the others are to be turned to the newest one. */
function fill(seats: Seat[], declaration: Declaration, { newest = '' }: ReconcileContext): number {
  const left = new Map(
    Object.entries(declaration.split).filter(([version]) => isOrdered(declaration, version)),
  );
  const take = (version: Timestamp) => left.set(version, (left.get(version) ?? 0) - 1);
  for (const each of seats) if (!each.isEmpty) take(each.version);
  for (const each of seats.filter(({ isEmpty }) => isEmpty).reverse()) {
    each.version = missing(left, newest);
    take(each.version);
  }
  return left.get(newest) ?? 0;
}

/** The newest version where it lacks instances, else the latest that does. */
function missing(left: ReadonlyMap<Timestamp, number>, newest: Timestamp): Timestamp {
  const lacking = [...left].filter(([, count]) => count > 0).map(([version]) => version);
  return lacking.includes(newest) ? newest : (lacking.sort().at(-1) ?? newest);
}

function endOne(
  seats: Seat[],
  members: readonly Member[],
  turns: number,
  { newest = '', mayKill }: SeatContext,
): Pick<Seating, 'kill' | 'turned'> {
  const numbered = members.filter(({ ordinal }) => ordinal !== undefined);
  if (numbered.some(({ killing }) => killing)) return { kill: [] };
  const surplus = highest(numbered.filter(({ ordinal = 0 }) => ordinal >= seats.length));
  if (surplus && mayKill(surplus)) return { kill: [surplus.id] };
  // After a restart of the service nobody is ready for a moment, and nothing can be told from that.
  if (seats.some(({ member }) => member?.awaited)) return { kill: [] };
  const misfit = seats.find(({ member, version }) => member !== undefined && member.version !== version);
  const next = misfit ?? (turns > 0 ? toTurn(seats, newest) : undefined);
  if (!next || (next.member && !mayKill(next.member))) return { kill: [] };
  const kill = next.member ? [next.member.id] : [];
  if (misfit) return { kill };
  Object.assign(next, { version: newest, isTurned: true });
  return { kill, turned: { ordinal: next.ordinal, version: newest } };
}

function highest(members: Member[]): Member | undefined {
  return members.sort((a, b) => (b.ordinal ?? 0) - (a.ordinal ?? 0))[0];
}

/** Whose turn it is to take the newest version, while none that took it is on its way. */
function toTurn(seats: Seat[], newest: Timestamp): Seat | undefined {
  if (seats.some((each) => each.version === newest && each.isTurned && !isReady(each))) return undefined;
  const old = seats.filter(({ version }) => version !== newest);
  const away = old.filter((each) => !isReady(each));
  const first = away.find(({ isTurned }) => isTurned) ?? away[0];
  return first ?? (seats.every(isReady) ? old.at(-1) : undefined);
}

function isReady({ member, version }: Seat): boolean {
  return member?.ready === true && member.version === version;
}

function starts(seats: Seat[], { now, delays, room }: SeatContext): Omit<Seating, 'kill' | 'turned'> {
  const [start, delayed, queued]: [Seating['start'], Seating['delayed'], Queued[]] = [[], [], []];
  const behind = seats.find((each) => !isReady(each))?.ordinal ?? 0;
  for (const { ordinal, member, version, isEmpty, isTurned } of seats) {
    if (member) continue;
    const until = delays.get(version) ?? 0;
    if (until > now) delayed.push({ version, count: 1, until });
    else if (isEmpty && ordinal !== behind) queued.push({ version, count: 1, reason: 'order', behind });
    else if (start.length < room) start.push({ version, count: 1, ordinal });
    else queued.push({ version, count: 1, reason: isEmpty || isTurned ? 'order' : 'backoff' });
  }
  return { start, delayed: summed(delayed), queued: summed(queued) };
}

/** Equal entries as one. */
function summed<Entry extends { count: number }>(entries: Entry[]): Entry[] {
  const byText = new Map<string, Entry>();
  for (const entry of entries) {
    const key = JSON.stringify({ ...entry, count: 0 });
    const known = byText.get(key);
    if (known) known.count += entry.count;
    else byText.set(key, { ...entry });
  }
  return [...byText.values()];
}
