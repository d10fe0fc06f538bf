import type { Timestamp } from '../../model/app.js';
import type { InstanceRecord } from './driver.js';
import { type Identity, newIdentity, nextIncarnation } from './identity.js';
import type { Member } from './member.js';
import type { Ordinal } from './ordinals.js';

/** What is known of a stateful app's ordinals: of all that were ever filled, wanted or not. */
export class OrdinalMemory {
  readonly #known = new Map<number, Ordinal>();

  get known(): ReadonlyMap<number, Ordinal> {
    return this.#known;
  }

  /** As it was kept on disk. */
  recall(ordinal: number, state: Ordinal): void {
    this.#known.set(ordinal, state);
  }

  clear(): void {
    this.#known.clear();
  }

  /** Under which identity the next instance is started. */
  nextOf(ordinal: number): Identity {
    const before = this.#known.get(ordinal);
    return before === undefined ? newIdentity() : nextIncarnation(before);
  }

  /** An instance is started under its ordinal, or is found there. */
  occupy({ ordinal, uuid, incarnation, version }: InstanceRecord): void {
    if (ordinal === undefined) return;
    const before = this.#known.get(ordinal);
    if (before === undefined) this.#known.set(ordinal, { uuid, incarnation, version });
    else if (before.uuid === uuid && before.incarnation < incarnation)
      this.#known.set(ordinal, { version, ...before, incarnation });
  }

  /** Another version belongs there from now on. */
  turn(ordinal: number, version: Timestamp): Ordinal {
    const turned = { ...(this.#known.get(ordinal) ?? unused()), version, turned: true };
    this.#known.set(ordinal, turned);
    return turned;
  }

  /** Who was there is forgotten; what belongs there is not. */
  wipe(ordinal: number): void {
    this.#known.set(ordinal, { ...this.#known.get(ordinal), ...unused() });
  }

  /** Ordinals that are not wanted begin anew when they are again; a turned one is as any other once it was ready. */
  settle(wanted: number, members: readonly Member[]): void {
    for (const [ordinal, { uuid, incarnation, version }] of this.#known)
      if (ordinal >= wanted && version !== undefined) this.#known.set(ordinal, { uuid, incarnation });
    for (const { ordinal = -1, version, ready } of members) {
      const known = this.#known.get(ordinal);
      if (ready && known?.version === version) delete known.turned;
    }
  }
}

/** Nothing was started under it yet. */
function unused(): Identity {
  return { ...newIdentity(), incarnation: 0 };
}
