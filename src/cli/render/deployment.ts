import type { ActionProgress, Counts, Deployment, DeploymentState } from '../../model/deployment.js';
import { isEnded } from '../../model/deployment.js';
import type { Paint } from '../io.js';
import { age, duration, table } from './table.js';

/** First part of the id: what a person types. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** The state in its colour. Exhaustive over the states. */
function paintedState(state: DeploymentState, paint: Paint): string {
  switch (state) {
    case 'succeeded':
      return paint.green(state);
    case 'failed':
    case 'held':
      return paint.red(state);
    case 'paused':
    case 'waiting':
    case 'queued':
    case 'cancelled':
    case 'superseded':
      return paint.yellow(state);
    case 'accepted':
    case 'running':
      return paint.cyan(state);
  }
}

/** One line each, newest first as they came. */
export function deploymentTable(deployments: Deployment[], paint: Paint, now: number): string[] {
  const rows = deployments.map((d) => [
    shortId(d.id),
    paintedState(d.state, paint),
    `${d.currentStep}/${d.totalSteps}`,
    d.affectedApps.join(' '),
    d.by,
    age(d.acceptedAt, now),
    d.gate?.description ?? d.description,
  ]);
  return table(['ID', 'STATE', 'STEP', 'APPS', 'BY', 'AGE', 'DESCRIPTION'], rows);
}

/** A deployment with its steps, as `status` shows and redraws it. */
export function deploymentLines(deployment: Deployment, paint: Paint, now: number): string[] {
  const { id, state, currentStep, totalSteps, description } = deployment;
  return [
    `${paint.bold(shortId(id))}  ${paintedState(state, paint)}  step ${currentStep} of ${totalSteps}  ${paint.dim(elapsed(deployment, now))}`,
    `  ${description}`,
    ...deployment.steps.flatMap(({ actions }, index) =>
      actions.map((action) => `  ${actionLine(action, index + 1, paint)}`),
    ),
    ...waveLines(deployment, paint),
    ...gateLines(deployment, paint),
    ...linkLines(deployment, paint),
  ];
}

/** From its acceptance to its end, or until now. */
function elapsed({ acceptedAt, endedAt }: Deployment, now: number): string {
  const until = endedAt === undefined ? now : Date.parse(endedAt);
  return `after ${duration((until - Date.parse(acceptedAt)) / 1000)}`;
}

function actionLine(action: ActionProgress, step: number, paint: Paint): string {
  const batch = action.batches === undefined ? '' : `  batch ${action.batch ?? 0} of ${action.batches}`;
  const line = `${step} ${mark(action, paint)} ${action.action.padEnd(18)} ${action.app}${batch}`;
  const counts = countsText(action);
  return counts === '' ? line : `${line}  ${counts}`;
}

function mark({ state }: ActionProgress, paint: Paint): string {
  switch (state) {
    case 'pending':
      return paint.dim('.');
    case 'running':
      return paint.cyan('>');
    case 'done':
      return paint.green('+');
    case 'cancelled':
      return paint.yellow('x');
  }
}

/** `old 6/6, new 3/10 ready`: what is ready of what is wanted, and what runs where it differs. */
function countsText({ old, new: fresh }: ActionProgress): string {
  const parts = [
    ...(old && (old.running > 0 || old.wanted > 0) ? [`old ${old.running}`] : []),
    ...(fresh ? [`new ${readyOf(fresh)} ready`] : []),
  ];
  return parts.join(', ');
}

function readyOf({ running, ready, wanted }: Counts): string {
  return running > ready ? `${ready}/${wanted} (${running} running)` : `${ready}/${wanted}`;
}

/** What is shown of a wave beside its action: how far its own deployment is, and where to look at it. */
function waveLines({ waves = [] }: Deployment, paint: Paint): string[] {
  return waves.map(({ environment, state, deployment }) => {
    const shown = state === 'pending' ? paint.dim(state) : paintedState(state, paint);
    return `  ${environment.padEnd(20)} ${shown}${deployment === undefined ? '' : `  ${deployment}`}`;
  });
}

function gateLines({ gate, state }: Deployment, paint: Paint): string[] {
  if (!gate || isEnded(state)) return [];
  const until =
    gate.until === undefined ? '' : ` until ${gate.until}${gate.then ? `, then ${gate.then}` : ''}`;
  const who = gate.who === undefined ? '' : `; ${gate.who} can open it`;
  return [`  ${paint.yellow(`${gate.kind}:`)} ${gate.description}${until}${who}`];
}

function linkLines(deployment: Deployment, paint: Paint): string[] {
  const links: [string, string | undefined][] = [
    ['rolls back', deployment.rollbackOf],
    ['is a wave of', deployment.parent],
    ['was rolled back by', deployment.rolledBackBy],
    ['was superseded by', deployment.supersededBy],
    ['supersedes', deployment.supersedes?.map(shortId).join(', ') || undefined],
  ];
  const shown = links.flatMap(([verb, id]) => (id === undefined ? [] : [`  ${verb} ${id}`]));
  return [...shown, ...deployment.warnings.map((text) => `  ${paint.yellow('warning:')} ${text}`)];
}

/**
 * What of a deployment is worth a line of its own when it is followed without a terminal:
 * two snapshots with the same text are the same news.
 */
export function newsLines(deployment: Deployment): string[] {
  const { id, state, currentStep, totalSteps, gate, description } = deployment;
  const head = `${shortId(id)} ${state}`;
  // Of instances that get ready the counts say more than their gate.
  if (gate && gate.kind !== 'readiness' && !isEnded(state)) return [`${head}: ${gate.description}`];
  const running = deployment.steps
    .flatMap(({ actions }) => actions)
    .filter((action) => action.state === 'running');
  if (running.length === 0 || isEnded(state)) return [`${head}: ${description}`];
  return running.map((action) => `${head}, step ${currentStep} of ${totalSteps}: ${actionNews(action)}`);
}

function actionNews(action: ActionProgress): string {
  const batch = action.batches === undefined ? '' : ` batch ${action.batch ?? 0} of ${action.batches}`;
  const counts = countsText(action);
  return `${action.action} ${action.app}${batch}${counts === '' ? '' : `, ${counts}`}`;
}
