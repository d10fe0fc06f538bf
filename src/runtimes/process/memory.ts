import { readText, visitMarked } from './proc.js';

const KIB_PER_MIB = 1024;

/**
 * What the instances of a home take, in MiB, of those that take more than their limit (MiB by instance). Resident memory
 * is cheap to read, but counts a page once for each process that has it; where it is too much, their shares of the pages
 * count (proportional set size).
 */
export async function beyondLimits(
  home: string,
  limits: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const suspects = above(await sums(home, limits, 'resident'), limits);
  return suspects.size === 0 ? suspects : above(await sums(home, suspects, 'shares'), limits);
}

type Measure = 'resident' | 'shares';

async function sums(
  home: string,
  instances: ReadonlyMap<string, unknown>,
  measure: Measure,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await visitMarked(home, ({ pid, instance }) => {
    if (instances.has(instance)) found.set(instance, (found.get(instance) ?? 0) + mebibytesOf(pid, measure));
  });
  return found;
}

function above(used: Map<string, number>, limits: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...used].filter(([instance, mib]) => mib > (limits.get(instance) ?? mib)));
}

/** 0 of a process that is gone; its resident memory where its shares may not be read. */
function mebibytesOf(pid: number, measure: Measure): number {
  const shares =
    measure === 'shares' ? kibibytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m) : undefined;
  return (shares ?? kibibytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB$/m) ?? 0) / KIB_PER_MIB;
}

function kibibytes(file: string, line: RegExp): number | undefined {
  const [, amount] = line.exec(readText(file) ?? '') ?? [];
  return amount === undefined ? undefined : Number(amount);
}
