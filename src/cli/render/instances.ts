import type { Instance, InstanceState } from '../../model/instance.js';
import type { Paint } from '../io.js';
import { age, table } from './table.js';

/** An instance of a list; of a deployment's also what it is to that. */
export interface ListedInstance extends Instance {
  role?: 'old' | 'new';
}

/** One line per instance, by app, in the order of their ordinals, else oldest first. Ordinals are shown where there are any. */
export function instanceTable(instances: ListedInstance[], paint: Paint, now: number): string[] {
  const sorted = [...instances].sort(
    (a, b) =>
      a.app.localeCompare(b.app) ||
      (a.ordinal ?? 0) - (b.ordinal ?? 0) ||
      a.stagedAt.localeCompare(b.stagedAt) ||
      a.id.localeCompare(b.id),
  );
  const hasRoles = sorted.some(({ role }) => role !== undefined);
  const numbered = sorted.some(({ ordinal }) => ordinal !== undefined);
  const rows = sorted.map((instance) => [
    instance.id,
    ...(hasRoles ? [instance.role ?? ''] : []),
    instance.app,
    ...(numbered ? [String(instance.ordinal ?? '-')] : []),
    instance.version,
    paintedState(instance.state, paint),
    readyText(instance, paint),
    address(instance),
    age(instance.startedAt ?? instance.stagedAt, now),
    instance.message ?? '',
  ]);
  const role = hasRoles ? ['ROLE'] : [];
  const ordinal = numbered ? ['ORDINAL'] : [];
  const columns = ['VERSION', 'STATE', 'READY', 'ADDRESS', 'AGE', 'MESSAGE'];
  return table(['ID', ...role, 'APP', ...ordinal, ...columns], rows);
}

/** Where it answers: its host with its first port; `-` before it has one. */
function address({ host, ports }: Instance): string {
  if (host === '') return '-';
  return ports[0] === undefined ? host : `${host}:${ports[0]}`;
}

function readyText({ ready }: Instance, paint: Paint): string {
  return ready ? paint.green('yes') : paint.yellow('no');
}

function paintedState(state: InstanceState, paint: Paint): string {
  switch (state) {
    case 'running':
      return paint.green(state);
    case 'staging':
    case 'killing':
      return paint.yellow(state);
    case 'failed':
      return paint.red(state);
    case 'finished':
    case 'killed':
      return paint.dim(state);
  }
}
