import type { AppState } from './app-state.js';
import type { Folders, InstanceRecord } from './driver.js';
import type { Ordinals } from './ordinals.js';
import type { Records } from './records.js';
import type { Tracked } from './tracked.js';

/** Keeps who is started under an ordinal; before the instance's record, so that no id is ever given twice. */
export async function keepOrdinal(
  ordinals: Ordinals,
  { ordinals: memory }: AppState,
  { app, ordinal = -1 }: InstanceRecord,
): Promise<void> {
  const state = memory.known.get(ordinal);
  if (state !== undefined) await ordinals.save({ app, ordinal, state });
}

export function foldersOf(
  { id, app, ordinal }: InstanceRecord,
  records: Records,
  ordinals: Ordinals,
): Folders {
  const dir = records.dir(id);
  return ordinal === undefined ? { dir } : { dir, volumes: ordinals.volumes(app, ordinal) };
}

/** An instance ended: its identity goes to the next one unless it was given up. That of an ordinal stays there anyway. */
export function passOn(ordinals: Ordinals, state: AppState, { record, history }: Tracked): void {
  const { app, ordinal, uuid, version } = record;
  const isGivenUp = history.kill?.decommission === true;
  if (ordinal === undefined) {
    if (!isGivenUp) state.giveIdentity(version, record);
  } else if (isGivenUp && state.ordinals.known.get(ordinal)?.uuid === uuid) {
    state.ordinals.wipe(ordinal);
    void ordinals.wipe(app, ordinal);
  }
}
