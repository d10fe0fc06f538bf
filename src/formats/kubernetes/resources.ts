import type { App } from '../../model/app.js';
import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';
import { cpus, MIB, mebibytes, quantityIn } from './quantities.js';

const GPUS = 'nvidia.com/gpu';
const NO_LIMIT = 'an app has one amount, and the request is taken';
const OTHER = 'an app has cpus, mem, disk and gpus';

/**
 * Requests as the amounts of an app, and limits of cpu and memory as its limits; a limit stands in for a request that is
 * not stated, as in Kubernetes, where a limit of 0 is none.
 */
export function resources(
  container: Fields,
): Pick<AppInput, 'cpus' | 'mem' | 'disk' | 'gpus' | 'resourceLimits'> {
  const stated = container.object('resources');
  const requests = stated?.object('requests');
  const limits = stated?.object('limits');
  const read = (name: string) => ({ wanted: quantityIn(requests, name), limit: quantityIn(limits, name) });
  const amount = (name: string): number => {
    const { wanted, limit } = read(name);
    if (wanted !== undefined && limit !== undefined && wanted !== limit) limits?.leave(name, NO_LIMIT);
    return wanted ?? limit ?? 0;
  };
  const [cpu, memory] = [read('cpu'), read('memory')];
  const found = {
    cpus: cpu.wanted ?? cpu.limit ?? 0,
    mem: (memory.wanted ?? memory.limit ?? 0) / MIB,
    disk: amount('ephemeral-storage') / MIB,
    gpus: Math.ceil(amount(GPUS)),
  };
  for (const list of [requests, limits]) list?.rest(others(list));
  stated?.rest({ claims: OTHER });
  if (!cpu.limit && !memory.limit) return found;
  return {
    ...found,
    resourceLimits: {
      ...(cpu.limit && { cpus: cpu.limit }),
      ...(memory.limit && { mem: memory.limit / MIB }),
    },
  };
}

function others(list: Fields) {
  const names = Object.keys(list.value).filter((name) => /[./-]/.test(name));
  return Object.fromEntries(names.map((name) => [name, OTHER]));
}

/** The same the other way; a request of nothing is said where a limit would stand in for it. */
export function resourcesJson(app: App) {
  const { cpus: cpuLimit, mem: memoryLimit } = app.resourceLimits ?? {};
  const limits = {
    ...(typeof cpuLimit === 'number' && { cpu: cpus(cpuLimit) }),
    ...(typeof memoryLimit === 'number' && { memory: mebibytes(memoryLimit) }),
    ...(app.gpus > 0 && { [GPUS]: app.gpus }),
  };
  const requests = {
    ...((app.cpus > 0 || 'cpu' in limits) && { cpu: cpus(app.cpus) }),
    ...((app.mem > 0 || 'memory' in limits) && { memory: mebibytes(app.mem) }),
    ...(app.disk > 0 && { 'ephemeral-storage': mebibytes(app.disk) }),
  };
  return { requests, ...(Object.keys(limits).length > 0 && { limits }) };
}
