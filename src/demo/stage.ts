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
  body: { change: Record<string, unknown>; reason: string; lock?: 'supersede'; minReadySeconds?: number },
): Promise<Deployment> {
  return stage.client.postOnce<Deployment>('/api/deployments', body);
}

/** Follows one deployment through several waits, live. */
export interface Follower {
  /** Throws where the deployment ends in another way before, or the demo is ended. */
  until(reached: (deployment: Deployment) => boolean): Promise<Deployment>;
  /** Begins a new block, after other lines were printed. */
  interject(...lines: string[]): void;
}

/** `extra` lines are shown beneath the deployment on a terminal. */
export function follow(stage: Stage, id: string, extra: () => string[] = () => []): Follower {
  const { io, client, say } = stage;
  const view = viewOf(stage, extra);
  return {
    interject: (...lines) => {
      say(...lines);
      view.fresh();
    },
    until: async (reached) => {
      for (;;) {
        io.signal.throwIfAborted();
        const deployment = await client.get<Deployment>(`/api/deployments/${id}`);
        view.show(deployment);
        if (reached(deployment)) return deployment;
        if (isEnded(deployment.state)) {
          throw new Error(`The deployment ${id} ended as ${deployment.state}: ${deployment.description}`);
        }
        await io.sleep(LOOK_MS);
      }
    },
  };
}

interface View {
  show(deployment: Deployment): void;
  fresh(): void;
}

function viewOf(stage: Stage, extra: () => string[]): View {
  return stage.io.out.isTTY === true ? screenView(stage, extra) : lineView(stage);
}

function screenView({ io, paint }: Stage, extra: () => string[]): View {
  let screen = new Screen(io.out);
  return {
    show: (deployment) => screen.draw([...deploymentLines(deployment, paint, io.now()), ...extra()]),
    fresh: () => {
      screen = new Screen(io.out);
    },
  };
}

function lineView({ say }: Stage): View {
  let last = '';
  return {
    show: (deployment) => {
      const news = newsLines(deployment);
      if (news.join('\n') !== last) say(...news.map((line) => `  ${line}`));
      last = news.join('\n');
    },
    fresh: () => undefined,
  };
}
