import { readFileSync } from 'node:fs';

/** A line that an instance wrote. */
export interface Noted {
  /** Seconds of `uptime`. */
  at: number;
  /** `told`: it got SIGTERM, which only the product sends. */
  what: 'start' | 'told';
  app: string;
  instance: string;
  mark: string;
}

/** What the instances of the run wrote, in order. */
export function readJournal(file: string): Noted[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [at, what, app = '', instance = '', mark = ''] = line.split(' ');
    return { at: Number(at), what: what === 'told' ? 'told' : 'start', app, instance, mark };
  });
}
