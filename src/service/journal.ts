import type { ControlDeps, Journal } from '../../activities/deps.js';
import type { Admission } from '../admission/admission.js';
import { askCalendar } from '../admission/calendar.js';
import { conclude } from '../admission/conclusion.js';
import { recordAction, recordTransition, startStep, startStepOf } from '../admission/progress.js';
import { rollbackOptions } from '../admission/rollback.js';
import { definitionOfRun, loadWork, loadWorkAt } from '../admission/work.js';
import { notFound } from '../errors.js';
import { Sharing } from '../os/sharing.js';
import { deploymentById, environmentOfDeployment } from '../store/deployments.js';
import type { Store } from '../store/store.js';

/** What the runtime activities read and write, over the database. */
export function journalOver(store: Store): Journal {
  const starting = new Sharing<void>();
  return {
    work: (deployment, app) => loadWork(store, deployment, app),
    begin: async ({ deployment, step, app }) => {
      const { work, behind } = await loadWorkAt(store, deployment, app, step);
      const start = () => (behind ? startStepOf(store, behind, step) : startStep(store, deployment, step));
      // A step of 1,000 actions is begun once, and not by each of those that find it so.
      if (work.currentStep < step) await starting.run(`${deployment} ${step}`, start);
      return work;
    },
    definition: (environment, app, version) => definitionOfRun(store, environment, app, version),
    recordAction: (place, progress) => recordAction(store, place, progress),
  };
}

/** What the control activities write; a rollback goes through admission like any other change. */
export function controlOver(store: Store, admission: Admission): ControlDeps {
  return {
    record: (transition) => recordTransition(store, transition),
    conclude: async (end) => {
      await conclude(store, end);
    },
    calendar: (question) => askCalendar(store.db, question),
    rollback: async ({ deployment, body }) => {
      const environment = (await environmentOfDeployment(store.db, deployment)) ?? '';
      const reverted = await deploymentById(store.db, environment, deployment);
      if (!reverted) throw notFound(`There is no deployment '${deployment}'.`);
      await admission.admit({
        environment,
        change: { kind: 'revert', deployment },
        force: true,
        options: rollbackOptions(reverted, body.batched),
        by: body.by ?? 'anonymous',
        reason: body.reason ?? '',
        channel: body.channel ?? 'signal',
        rollbackOf: deployment,
        // The activity may run again: the same rollback is admitted once.
        idempotency: { key: `rollback-${deployment}-${body.requestId ?? ''}`, fingerprint: deployment },
      });
    },
  };
}
