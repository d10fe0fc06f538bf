import type { App } from '../../model/app.js';
import type { Exit, InstanceHistory, KillOrder } from './driver.js';

export interface KillOptions {
  reason: string;
  graceSeconds?: number | undefined;
  decommission?: boolean;
  unhealthy?: boolean;
  failed?: boolean;
}

/** Mesos' agents give 3 s where the app says nothing. */
const DEFAULT_GRACE_SECONDS = 3;

/** `now` in ms. */
export function killOrder(definition: App, options: KillOptions, now: number): KillOrder {
  const grace = options.graceSeconds ?? definition.taskKillGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  return {
    at: new Date(now).toISOString(),
    deadline: new Date(now + grace * 1000).toISOString(),
    reason: options.reason,
    decommission: options.decommission ?? false,
    unhealthy: options.unhealthy ?? false,
    failed: options.failed ?? false,
  };
}

/** Told twice: the earlier deadline holds, and what was said of its identity once stays said. */
export function stricter(before: KillOrder, after: KillOrder): KillOrder {
  const [deadline = after.deadline] = [before.deadline, after.deadline].sort();
  return { ...before, deadline, decommission: before.decommission || after.decommission };
}

/** Whether an end is the instance's own failure: its replacement waits for the back-off. */
export function isFailure(kill: KillOrder | undefined): boolean {
  return kill === undefined || kill.failed === true;
}

/** How an instance ended, seen from what we wanted of it. */
export function endOf(
  kill: KillOrder | undefined,
  exit: Exit,
  at: string,
): NonNullable<InstanceHistory['end']> {
  const status = exit.exitStatus === undefined ? {} : { exitStatus: exit.exitStatus };
  if (kill?.failed) return { state: 'failed', at, ...status, message: kill.reason };
  if (kill !== undefined) {
    const hook = kill.preStop?.failure === undefined ? '' : `; ${kill.preStop.failure}`;
    return { state: 'killed', at, ...status, message: `was ended: ${kill.reason}${hook}; ${exit.message}` };
  }
  return { state: exit.exitStatus === 0 ? 'finished' : 'failed', at, ...status, message: exit.message };
}
