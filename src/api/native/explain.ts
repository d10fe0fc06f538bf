import { explain } from '../../explain/explain.js';
import type { ExplainedInstance, Explanation } from '../../explain/types.js';
import type { Deployment } from '../../model/deployment.js';
import { instancesOfApp, waitingOf } from '../../store/instances.js';
import type { Context } from '../deps.js';
import { versionsBrought } from './touched.js';

/** Lines of each troubled instance's output. */
const LINES = 10;

/** The explanation, with the last output of the instances in trouble. */
export async function explainDeployment(context: Context, deployment: Deployment): Promise<Explanation> {
  const { store, config } = context;
  const { environment } = config;
  const brought = await versionsBrought(store.db, environment, deployment.id);
  const found = await Promise.all(
    deployment.affectedApps.map((app) => instancesOfApp(store.db, environment, app)),
  );
  const isNew = (each: { app: string; version: string }) => brought.get(each.app) === each.version;
  const waiting = (await waitingOf(store.db, environment)).filter(isNew);
  const explanation = explain({ deployment, instances: found.flat().filter(isNew), waiting });
  const instances = await Promise.all(explanation.instances.map((each) => withLog(context, each)));
  return { ...explanation, instances };
}

/** What it wrote last: to stderr, else to stdout; nothing where that is not there any more. */
async function withLog(context: Context, instance: ExplainedInstance): Promise<ExplainedInstance> {
  if (instance.state === 'waiting') return instance;
  for (const stream of ['stderr', 'stdout'] as const) {
    const lastLog = await tail(context, instance.id, stream);
    if (lastLog.length > 0) return { ...instance, lastLog };
  }
  return instance;
}

async function tail({ instances }: Context, id: string, stream: 'stdout' | 'stderr'): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const line of instances.logs(id, { stream, tail: LINES })) lines.push(line.trimEnd());
  } catch {
    return [];
  }
  return lines.slice(-LINES);
}
