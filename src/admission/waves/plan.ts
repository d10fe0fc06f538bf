import type { WaveChange } from '../../model/change.js';
import type { Plan, Step } from '../../model/deployment.js';
import type { Root } from '../../model/root.js';
import type { Proposal } from '../proposal.js';
import type { PlanPreview } from '../types.js';

/** What a wave would do in its environment. */
export interface PlannedWave {
  wave: WaveChange;
  plan: Plan;
  preview: PlanPreview;
}

/** A release whose steps are its waves. It locks no app and changes no definition: its waves do. */
export function proposeWaves(root: Root, planned: PlannedWave[]): Proposal {
  const warnings = planned.flatMap(({ wave, plan }) =>
    plan.warnings.map((text) => inEnvironment(wave, text)),
  );
  return {
    original: root,
    target: root,
    plan: { steps: planned.map(stepOf), affectedApps: [], warnings },
    changes: { apps: {}, groups: {} },
    waves: planned.map(({ wave }) => wave),
  };
}

function stepOf({ wave: { environment, gate }, plan }: PlannedWave): Step {
  const apps = plan.affectedApps.join(', ') || 'nothing';
  const wave = { environment, ...(gate === undefined ? {} : { gate }) };
  return { actions: [{ action: 'ReleaseWave', app: environment, wave, reason: `changes ${apps}` }] };
}

/** All waves after one another: each takes what there is in its own environment, so the most of any counts. */
export function previewWaves(planned: PlannedWave[]): PlanPreview {
  const plans = planned.map(({ preview }) => preview);
  const most = (read: (plan: PlanPreview) => number) => Math.max(0, ...plans.map(read));
  return {
    steps: plans.flatMap(({ steps }) => steps),
    peakInstances: most((plan) => plan.peakInstances),
    fewestHealthy: least(plans.map((plan) => plan.fewestHealthy)),
    apps: appsOf(plans),
    resources: {
      cpus: most(({ resources }) => resources.cpus),
      mem: most(({ resources }) => resources.mem),
      disk: most(({ resources }) => resources.disk),
    },
    fits: plans.every(({ fits }) => fits),
    doesNotFit: plans.flatMap(({ doesNotFit }) => doesNotFit),
    warnings: planned.flatMap(({ wave, preview }) =>
      preview.warnings.map((text) => inEnvironment(wave, text)),
    ),
    notCarriedOver: [],
    waves: planned.map(({ wave, preview }) => ({ environment: wave.environment, plan: preview })),
  };
}

function appsOf(plans: PlanPreview[]): PlanPreview['apps'] {
  const ids = new Set(plans.flatMap(({ apps }) => Object.keys(apps)));
  return Object.fromEntries(
    [...ids].map((id) => {
      const found = plans.flatMap(({ apps }) => apps[id] ?? []);
      const peakInstances = Math.max(...found.map((app) => app.peakInstances));
      return [id, { peakInstances, fewestHealthy: least(found.map((app) => app.fewestHealthy)) }];
    }),
  );
}

function least(values: number[]): number {
  return values.length === 0 ? 0 : Math.min(...values);
}

function inEnvironment({ environment }: WaveChange, text: string): string {
  return `${environment}: ${text}`;
}
