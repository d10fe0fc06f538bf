import type { PlanPreview } from '../admission/types.js';
import { planLines } from '../cli/render/plan.js';
import { table } from '../cli/render/table.js';
import { type Measurement, startMeasuring } from './measurement.js';
import { PRODUCT, PRODUCT_APPS, productText } from './product.js';
import { openSignals, type Signals } from './signals.js';
import { follow, release, type Stage } from './stage.js';
import { type Finding, judgeApp, judgeRequests } from './verdict.js';

/** Each batch takes as long at least: a pause comes in the midst of the upgrade on any machine. */
const MIN_READY_SECONDS = 1;
/** How long the upgrade stands still at its pause, in ms: time to look at it. */
const PAUSE_MS = 3_000;

/** Of GET /api/status. */
interface Status {
  temporalAddress?: string;
  /** Absent where Temporal has no UI. */
  temporalUi?: string;
}

/** Releases, plans, upgrades, measures. True: every promise was kept. */
export async function tell(stage: Stage, run: string): Promise<boolean> {
  const { say, paint, client } = stage;
  const status = await client.get<Status>('/api/status');
  say('', paint.bold('1  Release: db with 10 instances, then app with 20, which depends on it'));
  await releaseFirst(stage, run);

  say('', paint.bold('2  Plan of the upgrade'));
  const change = { manifest: await productText(run, '2') };
  await showPlan(stage, change);

  say('', paint.bold('3  Upgrade under load, paused and resumed by a signal'));
  const measurement = await startMeasuring(client, run);
  try {
    await withSignals(status, (signals) => upgrade(stage, change, { status, measurement, signals }));
  } finally {
    await measurement.stop();
  }

  const findings = judge(measurement);
  say('', paint.bold('4  What was measured during the upgrade'), ...findingLines(findings, stage));
  return findings.every(({ kept }) => kept);
}

async function releaseFirst(stage: Stage, run: string): Promise<void> {
  const change = { manifest: await productText(run, '1') };
  const { id } = await release(stage, { change, reason: 'the demo begins' });
  await follow(stage, id).until(({ state }) => state === 'succeeded');
}

async function showPlan({ client, say, paint }: Stage, change: { manifest: string }): Promise<void> {
  const plan = await client.call<PlanPreview>('POST', '/api/plan', { body: { change } });
  say(...planLines(plan, paint).map(indented));
}

async function upgrade(
  stage: Stage,
  change: { manifest: string },
  { status, measurement, signals }: { status: Status; measurement: Measurement; signals: Signals },
): Promise<void> {
  const { say, io } = stage;
  const reason = 'RELEASE 1 becomes 2';
  const { id } = await release(stage, { change, reason, minReadySeconds: MIN_READY_SECONDS });
  if (status.temporalUi !== undefined) say(...whereToLook(stage, status.temporalUi, id));
  const upgrade = follow(stage, id, () => liveLines(measurement).map(indented));

  await upgrade.until(({ steps }) => steps.some(({ actions }) => actions.some((a) => a.batch === 1)));
  await signals.send(id, 'pause', 'the demo shows a pause');
  upgrade.interject('  A Temporal client sends the signal pause; the batch that runs finishes.');
  await upgrade.until(({ state }) => state === 'paused');
  upgrade.interject(`  It stands still for ${PAUSE_MS / 1000} s, old and new side by side; requests go on.`);
  await io.sleep(PAUSE_MS);
  await signals.send(id, 'resume', 'the demo goes on');
  upgrade.interject('  A Temporal client sends the signal resume.');
  await upgrade.until(({ state }) => state === 'succeeded');
}

function whereToLook({ paint }: Stage, ui: string, id: string): string[] {
  return [
    `  In Temporal: ${paint.cyan(`${ui}/namespaces/default/workflows/${id}`)}`,
    '  Look at its summary and current details, the search attributes, and the signals in its history.',
  ];
}

async function withSignals(
  { temporalAddress }: Status,
  use: (signals: Signals) => Promise<void>,
): Promise<void> {
  if (temporalAddress === undefined)
    throw new Error('The service does not say where its Temporal server is.');
  const signals = await openSignals(temporalAddress);
  try {
    await use(signals);
  } finally {
    await signals.close();
  }
}

function liveLines({ figures, balancer }: Measurement): string[] {
  const { answered, failed } = balancer.figures;
  const apps = PRODUCT_APPS.map((app) => {
    const { peak, fewestHealthy } = figures.of(app);
    return `${app}: peak ${peak}, fewest healthy ${fewestHealthy}`;
  });
  return [...apps, `requests: ${answered} answered, ${failed} failed`];
}

function judge({ figures, balancer }: Measurement): Finding[] {
  return [
    ...PRODUCT_APPS.flatMap((app) => judgeApp(app, PRODUCT.apps[app], figures.of(app))),
    ...judgeRequests(balancer.figures, ['app 1', 'app 2']),
  ];
}

function findingLines(findings: Finding[], { paint }: Stage): string[] {
  const rows = findings.map(({ what, promised, measured, kept }) => [
    kept ? paint.green('ok') : paint.red('BROKEN'),
    what,
    promised,
    measured,
  ]);
  return table(['', 'FIGURE', 'PROMISED', 'MEASURED'], rows).map(indented);
}

function indented(line: string): string {
  return `  ${line}`.trimEnd();
}
