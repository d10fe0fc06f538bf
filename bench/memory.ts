import { readFileSync } from 'node:fs';

/** Resident memory of a process in MB (10^6 bytes), as the kernel counts it (proc(5)). */
export function residentMegabytes(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kilobytes) * 1024) / 1e6;
}
