import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';
import { MIB, quantityIn } from './quantities.js';

const GPUS = 'nvidia.com/gpu';
const NO_LIMIT = 'an app has one amount, and the request is taken';
const OTHER = 'an app has cpus, mem, disk and gpus';

/** Requests as the amounts of an app; a limit stands in for a request that is not stated, as in Kubernetes. */
export function resources(container: Fields): Pick<AppInput, 'cpus' | 'mem' | 'disk' | 'gpus'> {
  const stated = container.object('resources');
  const requests = stated?.object('requests');
  const limits = stated?.object('limits');
  const amount = (name: string): number => {
    const wanted = quantityIn(requests, name);
    const limit = quantityIn(limits, name);
    if (wanted !== undefined && limit !== undefined && wanted !== limit) limits?.leave(name, NO_LIMIT);
    return wanted ?? limit ?? 0;
  };
  const found = {
    cpus: amount('cpu'),
    mem: amount('memory') / MIB,
    disk: amount('ephemeral-storage') / MIB,
    gpus: Math.ceil(amount(GPUS)),
  };
  for (const list of [requests, limits]) list?.rest(others(list));
  stated?.rest({ claims: OTHER });
  return found;
}

function others(list: Fields) {
  const names = Object.keys(list.value).filter((name) => /[./-]/.test(name));
  return Object.fromEntries(names.map((name) => [name, OTHER]));
}
