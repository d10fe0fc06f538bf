import type { Artifact, PathId } from '../../model/app.js';
import type { AppUpdate } from '../../model/change.js';
import { absolute, idErrors, referenceErrors } from '../../model/paths.js';
import { healthChecksOf } from './checks.js';
import { constraintErrors } from './constraints.js';
import { containerOf, networksOf, portDefinitionsOf, type Report } from './networking.js';
import type { AppJson } from './schema.js';

/** Endings of what Marathon unpacks when it comes by `uris`. */
const ARCHIVE = /\.(tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz|zip)$/;

/** An app in the one internal form; both forms of Marathon are taken, problems are reported by path. */
export function normaliseApp(json: AppJson, id: PathId, report: Report, dependencyBase = id): AppUpdate {
  for (const error of idErrors(id)) report('/id', error);
  reportConstraints(json, report);
  const networks = networksOf(json, report);
  return {
    ...unchanged(json),
    id,
    ...defined({
      fetch: fetchOf(json, report),
      networks,
      portDefinitions: portDefinitionsOf(json, networks, report),
      container: containerOf(json, report),
      healthChecks: healthChecksOf(json, report),
      dependencies: json.dependencies && absolutes(json.dependencies, dependencyBase, report),
    }),
  };
}

/** Fields that are the same in the old form, the new form and the model. */
function unchanged(json: AppJson): Partial<AppUpdate> {
  const { cmd, args, user, instances, cpus, mem, disk, gpus, executor, env, labels, secrets, requirePorts } =
    json;
  const { resourceLimits, hooks } = json;
  const { readinessChecks, constraints, acceptedResourceRoles, upgradeStrategy, backoffSeconds, release } =
    json;
  const {
    backoffFactor,
    maxLaunchDelaySeconds,
    taskKillGracePeriodSeconds,
    killSelection,
    unreachableStrategy,
    stateful,
  } = json;
  return defined({
    cmd,
    args,
    user,
    instances,
    cpus,
    mem,
    disk,
    gpus,
    resourceLimits,
    executor,
    env,
    labels,
    secrets,
    requirePorts,
    readinessChecks,
    constraints,
    acceptedResourceRoles,
    upgradeStrategy,
    backoffSeconds,
    backoffFactor,
    maxLaunchDelaySeconds,
    taskKillGracePeriodSeconds,
    hooks,
    killSelection,
    unreachableStrategy,
    stateful,
    release,
  });
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the members that are undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<T>;
}

function reportConstraints(json: AppJson, report: Report): void {
  for (const [index, constraint] of (json.constraints ?? []).entries()) {
    for (const error of constraintErrors(constraint)) report(`/constraints(${index})`, error);
  }
}

/** `fetch`, or what `uris` means by it. Both are taken where they name the same. */
function fetchOf({ fetch, uris }: AppJson, report: Report): Artifact[] | undefined {
  if (!uris || (uris.length === 0 && fetch)) return fetch;
  if (fetch && fetch.length > 0) {
    if (JSON.stringify(fetch.map((each) => each.uri)) !== JSON.stringify(uris)) {
      report('/uris', 'may not be set in conjunction with fetch');
      report('/', 'cannot specify both uris and fetch fields');
    }
    return fetch;
  }
  return uris.map((uri) => ({ uri, extract: ARCHIVE.test(uri), executable: false, cache: false }));
}

/** Dependencies made absolute, each once. */
export function absolutes(dependencies: string[], base: PathId, report: Report): PathId[] {
  const found = dependencies.map((dependency, index) => {
    for (const error of referenceErrors(dependency)) report(`/dependencies(${index})`, error);
    return absolute(dependency, base);
  });
  return [...new Set(found)];
}
