import { type Instance, isAlive } from '../../src/model/instance.js';
import type { Runtime } from '../../src/runtimes/runtime.js';

/** The instances of an app that were alive together, after each change. */
export class Chronicle {
  readonly moments: Instance[][] = [];
  readonly #unwatch: () => void;

  constructor(runtime: Runtime, app: string) {
    this.#unwatch = runtime.watch(app, () => {
      void runtime.observe(app).then(({ instances }) => {
        this.moments.push(instances.filter(({ state }) => isAlive(state)));
      });
    });
  }

  close(): void {
    this.#unwatch();
  }

  /** Ordinals in the order in which their instances came: "0 1 2". */
  get started(): string {
    return this.#first(() => true);
  }

  /** Ordinals in the order in which their instances were told to end. */
  get ended(): string {
    return this.#first(({ state }) => state === 'killing');
  }

  /** What a stateful app must never show, in words. */
  get violations(): string[] {
    return this.moments.flatMap((now, index) => wrongIn(now, this.moments[index - 1] ?? []));
  }

  #first(is: (instance: Instance) => boolean): string {
    const found = this.moments.flatMap((moment) => moment.filter(is));
    return [...new Map(found.map(({ id, ordinal }) => [id, ordinal])).values()].join(' ');
  }
}

function wrongIn(now: Instance[], before: Instance[]): string[] {
  const wrong: string[] = [];
  const ordinals = now.map(({ ordinal }) => ordinal);
  if (new Set(ordinals).size < ordinals.length) wrong.push(`ordinals ${ordinals.join(' ')}`);
  const leaving = now.filter(({ state }) => state === 'killing');
  if (leaving.length > 1) wrong.push(`${leaving.map(({ ordinal }) => ordinal).join(' and ')} end together`);
  const isKnown = (ordinal: number | undefined) => before.some((one) => one.ordinal === ordinal);
  for (const { ordinal = -1 } of now.filter((one) => !isKnown(one.ordinal))) {
    const lower = now.filter((one) => (one.ordinal ?? 0) < ordinal && one.ready).length;
    if (lower < ordinal) wrong.push(`${ordinal} came when ${lower} below it were ready`);
  }
  return wrong;
}

/** "0: v1 1, 1: v2 3": version and incarnation of each ordinal. */
export function lineUp(instances: Instance[], names: Record<string, string>): string {
  return [...instances]
    .sort((a, b) => (a.ordinal ?? -1) - (b.ordinal ?? -1))
    .map(({ ordinal, version, id }) => `${ordinal}: ${names[version]} ${id.split('.').at(-1)}`)
    .join(', ');
}
