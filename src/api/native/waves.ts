import { invalidAt } from '../../errors.js';
import type { WaveChange } from '../../model/change.js';
import type { Context } from '../deps.js';
import { readChange, type Wanted } from './change.js';
import type { ChangeRequest, WavesRequest } from './schemas.js';

/**
 * The change in each of the environments, in order: what it names (an app to scale, a revision) is looked up there.
 * Throws 422 for an environment that there is not, or that comes twice.
 */
export async function readWaves(
  context: Context,
  change: ChangeRequest,
  waves: WavesRequest,
): Promise<Wanted> {
  const read: WaveChange[] = [];
  let notCarriedOver: Wanted['notCarriedOver'];
  for (const [index, wave] of waves.entries()) {
    const { environment } = wave;
    const at = `/waves(${index})/environment`;
    if (read.some((before) => before.environment === environment))
      throw invalidAt(at, `'${environment}' is there twice; each environment has one wave`);
    const wanted = await readChange(environmentAt(context, environment, at), change);
    read.push({ ...wave, change: wanted.change });
    ({ notCarriedOver } = wanted);
  }
  const whole: Wanted = { change: { kind: 'waves', waves: read } };
  return notCarriedOver === undefined ? whole : { ...whole, notCarriedOver };
}

function environmentAt(context: Context, name: string, path: string): Context {
  const found = context.of(name);
  if (found) return found;
  const names = context.environments.map((each) => each.name).join(', ');
  throw invalidAt(path, `there is no environment '${name}'; there are ${names}`);
}
