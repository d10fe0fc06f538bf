import type { Client } from '../cli/client.js';
import type { Io, Paint } from '../cli/io.js';
import { deploymentLines, newsLines } from '../cli/render/deployment.js';
import { Screen } from '../cli/render/screen.js';
import { type Deployment, isEnded } from '../model/deployment.js';

/** Between two looks at a deployment. */
const LOOK_MS = 200;

/** What the parts of the demo share. */
export interface Stage {
  client: Client;
  io: Io;
  paint: Paint;
  say(...lines: string[]): void;
}

/** Starts a release and answers with its deployment. */
export function release(
  stage: Stage,
  body: { change: Record<string, unknown>; reason: string; lock?: 'supersede' },
): Promise<Deployment> {
  return stage.client.postOnce<Deployment>('/api/deployments', body);
}

/**
 * Follows a deployment, live, until `reached` says so. `extra` lines are shown beneath it on a terminal.
 * Throws where the deployment ends in another way before, or the demo is ended.
 */
export async function followUntil(
  stage: Stage,
  id: string,
  reached: (deployment: Deployment) => boolean,
  extra: () => string[] = () => [],
): Promise<Deployment> {
  const show = reporter(stage, extra);
  for (;;) {
    stage.io.signal.throwIfAborted();
    const deployment = await stage.client.get<Deployment>(`/api/deployments/${id}`);
    show(deployment);
    if (reached(deployment)) return deployment;
    if (isEnded(deployment.state)) {
      throw new Error(`The deployment ${id} ended as ${deployment.state}: ${deployment.description}`);
    }
    await stage.io.sleep(LOOK_MS);
  }
}

function reporter({ io, paint, say }: Stage, extra: () => string[]): (deployment: Deployment) => void {
  if (io.out.isTTY === true) {
    const screen = new Screen(io.out);
    return (deployment) => screen.draw([...deploymentLines(deployment, paint, io.now()), ...extra()]);
  }
  let last = '';
  return (deployment) => {
    const news = newsLines(deployment).join('\n');
    if (news !== last) say(...news.split('\n').map((line) => `  ${line}`));
    last = news;
  };
}
