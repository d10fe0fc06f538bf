import { table } from './table.js';

interface Amounts {
  cpus: number;
  /** MiB. */
  mem: number;
  /** MiB. */
  disk: number;
  ports: number;
}

/** An environment as the API lists it. */
export interface Environment {
  name: string;
  runtime: string;
  default: boolean;
  capacity: Amounts;
  taken: Amounts;
}

/** One line each: what is taken of what there is. */
export function environmentTable(environments: Environment[]): string[] {
  return table(
    ['NAME', 'RUNTIME', 'DEFAULT', 'CPUS', 'MEMORY MIB', 'DISK MIB', 'PORTS'],
    environments.map(({ name, runtime, default: isDefault, capacity, taken }) => [
      name,
      runtime,
      isDefault ? 'yes' : '',
      ...(['cpus', 'mem', 'disk', 'ports'] as const).map(
        (amount) => `${rounded(taken[amount])}/${rounded(capacity[amount])}`,
      ),
    ]),
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
