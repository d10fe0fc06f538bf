import { Refused } from '../cli/client.js';
import { processIo } from '../cli/io.js';
import { PRODUCT } from './product.js';
import type { DemoService } from './service.js';
import { follow, release, type Stage } from './stage.js';

/** How long the product may take to end. */
const PATIENCE_MS = 30_000;

/** Ends what the demo made, also after it was interrupted or failed; then the service, where it is the demo's own. */
export async function cleanUp(stage: Stage, service: DemoService, made: boolean): Promise<void> {
  stage.say('', 'Cleaning up.');
  try {
    if (made) await deleteProduct(stage);
    if (service.own) await stage.client.call('POST', '/api/instances/stop');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    stage.say(stage.paint.red(`  ${PRODUCT.group} could not be ended: ${why}`));
  }
  await service.stop();
}

/** Quietly, and not ended by the signal that ended the demo. */
async function deleteProduct(stage: Stage): Promise<void> {
  const io = { ...processIo(AbortSignal.timeout(PATIENCE_MS)), out: { write: () => undefined } };
  const patient: Stage = { ...stage, io, say: () => undefined };
  const change = { delete: { id: PRODUCT.group } };
  try {
    const { id } = await release(patient, { change, lock: 'supersede', reason: 'the demo ends' });
    await follow(patient, id).until(({ state }) => state === 'succeeded');
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404)) throw error;
  }
}
