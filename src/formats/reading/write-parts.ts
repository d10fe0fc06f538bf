import type { App, Strategy } from '../../model/app.js';
import type { Notes } from './notes.js';

/** Variables with a value; secrets are listed. */
export function variables(app: App, notes: Notes): { name: string; value: string }[] {
  return Object.entries(app.env).flatMap(([name, value]) => {
    if (typeof value === 'string') return [{ name, value }];
    notes.leave(`/env/${name}`, `the secret ${value.secret} is kept in the runtime's own store`);
    return [];
  });
}

/** Namespace and name of an app's id; deeper ids lose a level, which is told. */
export function nameOf(app: App, notes: Notes): { namespace?: string; name: string } {
  const parts = app.id.split('/').filter((part) => part !== '');
  const name = parts.pop() ?? 'app';
  if (parts.length === 0) return { name };
  const namespace = parts.join('-').replaceAll('.', '-');
  if (`/${namespace}/${name}` !== app.id) {
    notes.leave('/id', `there is one level of namespaces: ${parts.join('/')} becomes ${namespace}`);
  }
  return { namespace, name };
}

/** Folders of the host that are mounted; volumes of its own are listed, unless the form says them in another place. */
export function hostFolders(app: App, notes: Notes, { saysOwn = false } = {}) {
  return (app.container?.volumes ?? []).flatMap(({ containerPath, hostPath, mode, persistent }, index) => {
    if (hostPath !== undefined) return [{ containerPath, hostPath, readOnly: mode === 'RO' }];
    if (!(saysOwn && persistent))
      notes.leave(`/container/volumes(${index})`, 'a volume that belongs to an instance is said only here');
    return [];
  });
}

type Rolling = Extract<Strategy, { type: 'rolling' }>;

/**
 * Surge and unavailable that come nearest to how an app is released; undefined = all down, then all up.
 * Marathon's capacities are shares: what is above the minimum may be missing.
 */
export function nearestRolling(app: App, notes: Notes): Rolling | undefined {
  const strategy = app.release?.strategy;
  switch (strategy?.type) {
    case 'rolling':
      return strategy;
    case 'recreate':
      return undefined;
    case undefined:
      return fromCapacities(app.upgradeStrategy, '/upgradeStrategy', notes);
    case 'marathon':
      return fromCapacities(strategy, '/release/strategy', notes);
    case 'batches':
    case 'canary':
    case 'blueGreen':
      notes.leave(
        '/release/strategy',
        `${strategy.type} cannot be said: a rolling update of a quarter is written`,
      );
      return { type: 'rolling', maxSurge: '25%', maxUnavailable: '25%' };
  }
}

function fromCapacities(
  { minimumHealthCapacity: least, maximumOverCapacity: over }: App['upgradeStrategy'],
  path: string,
  notes: Notes,
): Rolling {
  const maxUnavailable = percent(1 - least);
  const maxSurge = percent(over ?? Math.max(0, 2 * least - 1));
  notes.leave(
    path,
    `is written as a rolling update with ${maxSurge} more and ${maxUnavailable} less; waves may differ`,
  );
  return { type: 'rolling', maxSurge, maxUnavailable };
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
