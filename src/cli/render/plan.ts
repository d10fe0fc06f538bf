import type { PlanPreview } from '../../admission/types.js';
import type { Paint } from '../io.js';
import { table } from './table.js';

/** A preview: steps with their batches, then what it needs, then what to know. */
export function planLines(plan: PlanPreview, paint: Paint): string[] {
  if (plan.waves) {
    return plan.waves.flatMap(({ environment, plan: wave }) => [
      paint.bold(`In ${environment}`),
      ...planLines(wave, paint),
      '',
    ]);
  }
  if (plan.steps.length === 0) return ['Nothing changes.', ...warningLines(plan, paint)];
  return [
    ...plan.steps.flatMap(({ actions }, index) => [
      paint.bold(`Step ${index + 1}`),
      ...actions.map((action) => `  ${actionText(action, paint)}`),
    ]),
    '',
    ...table(
      ['APP', 'PEAK INSTANCES', 'FEWEST HEALTHY'],
      Object.entries(plan.apps).map(([app, bounds]) => [
        app,
        String(bounds.peakInstances),
        String(bounds.fewestHealthy),
      ]),
    ),
    '',
    `At its peak: ${plan.peakInstances} instances, ${resourcesText(plan)}`,
    ...plan.doesNotFit.map(({ app, resource, wanted, free }) =>
      paint.red(`does not fit: ${app} wants ${wanted} ${resource}, ${free} are free`),
    ),
    ...warningLines(plan, paint),
  ];
}

type PlannedAction = PlanPreview['steps'][number]['actions'][number];

function actionText({ action, app, instances, batches, reason }: PlannedAction, paint: Paint): string {
  const sizes = batches.length > 1 ? ` in batches of ${batches.join(', ')}` : '';
  const why = reason === '' ? '' : `  ${paint.dim(reason)}`;
  const count = instances > 0 ? `  ${instances} ${instances === 1 ? 'instance' : 'instances'}` : '';
  return `${action.padEnd(18)} ${app}${count}${sizes}${why}`;
}

function resourcesText({ resources: { cpus, mem, disk } }: PlanPreview): string {
  return `${rounded(cpus)} cpus, ${rounded(mem)} MiB memory, ${rounded(disk)} MiB disk`;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** What a person should know of a change before or after it is accepted, a line each. */
export function warningLines(
  { warnings, notCarriedOver }: Pick<PlanPreview, 'warnings' | 'notCarriedOver'>,
  paint: Paint,
): string[] {
  return [
    ...warnings.map((text) => `${paint.yellow('warning:')} ${text}`),
    ...notCarriedOver.map(({ path, why }) => `${paint.yellow('not carried over:')} ${path}: ${why}`),
  ];
}
