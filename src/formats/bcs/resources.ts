import type { App, ResourceLimits } from '../../model/app.js';
import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';
import type { Notes } from '../reading/notes.js';
import { shown } from '../reading/values.js';

/**
 * Limits and requests are texts: cpus, and MiB. What stands alone is the amount, as of a task of Mesos; a limit beside a
 * request is the limit of an app.
 */
export function resources(container: Fields): Pick<AppInput, 'cpus' | 'mem' | 'disk' | 'resourceLimits'> {
  const stated = container.object('resources');
  const limits = stated?.object('limits');
  const requests = stated?.object('requests');
  const read = (name: string) => ({ wanted: numeric(requests, name), limit: numeric(limits, name) });
  const [cpu, memory, storage] = [read('cpu'), read('memory'), read('storage')];
  if (storage.wanted !== undefined && storage.limit !== undefined && storage.wanted !== storage.limit) {
    requests?.leave('storage', 'an app has one amount, and the limit is taken');
  }
  limits?.rest();
  requests?.rest();
  stated?.rest({ externals: 'an app has cpus, mem and disk' });
  const found: ResourceLimits = {
    ...(cpu.wanted !== undefined && cpu.limit && { cpus: cpu.limit }),
    ...(memory.wanted !== undefined && memory.limit && { mem: memory.limit }),
  };
  return {
    cpus: cpu.wanted ?? cpu.limit ?? 0,
    mem: memory.wanted ?? memory.limit ?? 0,
    disk: storage.limit ?? storage.wanted ?? 0,
    ...(Object.keys(found).length > 0 && { resourceLimits: found }),
  };
}

function numeric(fields: Fields | undefined, name: string): number | undefined {
  const value = fields?.any(name);
  if (value === undefined || value === '') return undefined;
  const isNumber =
    typeof value === 'number' ||
    (typeof value === 'string' && /^\d{1,20}(\.\d{0,40})?(e[+-]?\d{1,3})?$/i.test(value));
  if (isNumber && Number(value) >= 0) return Number(value);
  fields?.refuse(name, `must be a number, or one as a text like "0.5", got ${shown(value)}`);
  return undefined;
}

/** The same the other way: an amount without a limit stands alone. */
export function resourcesJson(app: App, notes: Notes) {
  const { cpus = app.cpus, mem = app.mem } = app.resourceLimits ?? {};
  for (const [name, limit] of Object.entries(app.resourceLimits ?? {})) {
    if (limit === 'unlimited')
      notes.leave(`/resourceLimits/${name}`, 'a limit is always stated: the amount is written');
  }
  const written = (limit: number | 'unlimited', amount: number) =>
    String(limit === 'unlimited' ? amount : limit);
  const requests = {
    ...(typeof app.resourceLimits?.cpus === 'number' && { cpu: String(app.cpus) }),
    ...(typeof app.resourceLimits?.mem === 'number' && { memory: String(app.mem) }),
  };
  return {
    limits: { cpu: written(cpus, app.cpus), memory: written(mem, app.mem), storage: String(app.disk) },
    ...(Object.keys(requests).length > 0 && { requests }),
  };
}
