import { readFileSync } from 'node:fs';

/** Seconds since the boot: the instances' shell programs read the same clock, and it never jumps. */
export function uptime(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}
