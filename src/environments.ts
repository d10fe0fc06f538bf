import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type Config, portRange } from './config.js';
import { TerminalError } from './errors.js';
import { object, parseWith } from './formats/parse.js';

/** One named target of releases, with a runtime and apps of its own. */
export interface EnvironmentConfig {
  name: string;
  runtime: 'process';
  /** The one that is meant where nobody names one. */
  default: boolean;
  /** Plans warn of what production should not do. */
  production: boolean;
  /** What its instances may take in all; mem and disk in MiB. */
  capacity: Config['capacity'];
  attributes: Config['attributes'];
  instancePorts: Config['instancePorts'];
}

/** Read where `SLIPWAY_CONFIG` names no other file, and it is there. */
const FILE = 'slipway.config.json';

/** Where no file says otherwise. */
const ONLY = 'default';

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'must be 1 to 63 lower-case letters, digits and dashes, the first and last no dash',
});
const amount = z.number().positive().exactOptional();

const environment = object({
  runtime: z
    .literal('process', { error: "must be 'process'; this version runs no other" })
    .default('process'),
  default: z.boolean().default(false),
  production: z.boolean().default(false),
  cpus: amount,
  mem: amount,
  disk: amount,
  attributes: z.record(z.string().regex(/^[\w.-]+$/), z.string().min(1)).exactOptional(),
  instancePorts: portRange.exactOptional(),
});

const file = object({ environments: z.record(name, environment) });

/**
 * The environments that the file says, the default one first; `default` alone where there is no file. What an
 * environment does not say is as the settings say.
 * Throws TerminalError `invalid` with every problem of the file by path.
 */
export function loadEnvironments(config: Config, folder = process.cwd()): EnvironmentConfig[] {
  const path = config.configFile ?? resolve(folder, FILE);
  const isStated = config.configFile !== undefined || existsSync(path);
  const found = isStated ? parsed(path, readJson(path)) : { [ONLY]: environment.parse({}) };
  const read = Object.entries(found).map(([name, { cpus, mem, disk, ...rest }]) => ({
    name,
    attributes: config.attributes,
    instancePorts: config.instancePorts,
    ...rest,
    capacity: {
      cpus: cpus ?? config.capacity.cpus,
      mem: mem ?? config.capacity.mem,
      disk: disk ?? config.capacity.disk,
    },
  }));
  return withDefault(path, read);
}

/** The environment with that name, or the default one. Throws TerminalError `not_found` with the names there are. */
export function environmentNamed(all: EnvironmentConfig[], wanted: string | undefined): EnvironmentConfig {
  const found = all.find((each) => (wanted === undefined ? each.default : each.name === wanted));
  if (found) return found;
  const names = all.map((each) => each.name).join(', ');
  throw new TerminalError('not_found', `There is no environment "${wanted}"; there are ${names}.`);
}

/** False also for an environment that was taken out of the file. */
export function isProduction(all: readonly EnvironmentConfig[], name: string): boolean {
  return all.some((each) => each.name === name && each.production);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TerminalError('invalid', `${path} cannot be read: ${why}. It must be a JSON file.`);
  }
}

function parsed(path: string, json: unknown): z.output<typeof file>['environments'] {
  try {
    const { environments } = parseWith(file, json);
    if (Object.keys(environments).length > 0) return environments;
  } catch (error) {
    if (!(error instanceof TerminalError) || !Array.isArray(error.extra.details)) throw error;
    const problems = error.extra.details.map(({ path: at, errors }) => `${at} ${errors.join(', ')}`);
    throw new TerminalError('invalid', `${path} is not right: ${problems.join('; ')}.`, error.extra);
  }
  throw new TerminalError('invalid', `${path} has no environment; at least one is needed.`);
}

/** One is the default: the one that says so, else the first. It comes first. */
function withDefault(path: string, found: EnvironmentConfig[]): EnvironmentConfig[] {
  const stated = found.filter((each) => each.default);
  if (stated.length > 1) {
    const names = stated.map((each) => each.name).join(' and ');
    throw new TerminalError('invalid', `${path} says of ${names} that it is the default; only one can be.`);
  }
  const first = stated[0] ?? found[0];
  return first === undefined ? [] : [{ ...first, default: true }, ...found.filter((each) => each !== first)];
}
