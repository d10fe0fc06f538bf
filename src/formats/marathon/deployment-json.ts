import type { ActionProgress, Deployment } from '../../model/deployment.js';
import { readinessJson } from './readiness.js';

/** What `/v2` shows of a deployment. */
type Shown = Pick<Deployment, 'id' | 'version' | 'affectedApps' | 'currentStep' | 'totalSteps'> & {
  steps: { actions: ShownAction[] }[];
};

type ShownAction = Pick<ActionProgress, 'action' | 'app' | 'readiness'>;

/** A deployment as `GET /v2/deployments` lists it: these keys and no other, or Marathon's Python client fails. */
export function deploymentJson(deployment: Shown) {
  const { id, version, affectedApps, steps, currentStep, totalSteps } = deployment;
  return {
    id,
    version,
    affectedApps,
    affectedPods: [],
    steps: steps.map((step) => ({ actions: step.actions.map(actionJson) })),
    currentActions: (steps[currentStep - 1]?.actions ?? []).map(currentActionJson),
    currentStep,
    totalSteps,
  };
}

function actionJson({ action, app }: ShownAction) {
  return { action, app };
}

function currentActionJson(progress: ShownAction) {
  const results = (progress.readiness ?? []).flatMap((each) =>
    each.results.map((result) => readinessJson(each.instance, result)),
  );
  return { ...actionJson(progress), readinessCheckResults: results };
}
