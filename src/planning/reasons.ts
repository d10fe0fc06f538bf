import { type App, runVersion } from '../model/app.js';
import { differingFields } from '../model/restart.js';

/** Why an app that goes on is changed: "cmd, env changed, instances 3 → 5"; "restart" where its definition is the same. */
export function changeReason(from: App, to: App): string {
  const fields = differingFields(from, to).filter((field) => field !== 'instances');
  const reasons: string[] = [];
  if (fields.length > 0) reasons.push(`${fields.join(', ')} changed`);
  else if (runVersion(from) !== runVersion(to)) reasons.push('restart');
  if (from.instances !== to.instances) reasons.push(`instances ${from.instances} → ${to.instances}`);
  return reasons.join(', ');
}
