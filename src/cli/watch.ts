import { type Deployment, isEnded } from '../model/deployment.js';
import type { Cli } from './context.js';
import { EXIT, type ExitCode, isAway } from './exit.js';
import { deploymentLines, newsLines } from './render/deployment.js';
import { Screen } from './render/screen.js';

/** Between two looks at a deployment, or at a service that is away. */
export const INTERVAL_MS = 300;
/** A service that is away (it restarts, say) is waited for as long as this. */
export const PATIENCE_MS = 60_000;

/** Follows a deployment to its end, live; answers with how it ended. Exit 0: succeeded. */
export async function follow(cli: Cli, id: string): Promise<ExitCode> {
  const show = reporter(cli);
  for (;;) {
    const deployment = await patientGet(cli, id);
    show(deployment);
    if (isEnded(deployment.state)) return deployment.state === 'succeeded' ? EXIT.done : EXIT.failed;
    await cli.io.sleep(INTERVAL_MS);
    if (cli.io.signal.aborted) return EXIT.failed;
  }
}

/** Waits for the end and says nothing meanwhile. */
export async function untilEnded(cli: Cli, id: string): Promise<Deployment> {
  for (;;) {
    const deployment = await patientGet(cli, id);
    if (isEnded(deployment.state) || cli.io.signal.aborted) return deployment;
    await cli.io.sleep(INTERVAL_MS);
  }
}

async function patientGet(cli: Cli, id: string): Promise<Deployment> {
  const deadline = cli.io.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await cli.client.get<Deployment>(`/api/deployments/${id}`);
    } catch (error) {
      if (!isAway(error) || cli.io.signal.aborted || cli.io.now() > deadline) throw error;
      await cli.io.sleep(INTERVAL_MS);
    }
  }
}

/** How progress is shown: a redrawn block on a terminal, a line per news elsewhere, NDJSON for machines. */
function reporter(cli: Cli): (deployment: Deployment) => void {
  if (cli.json) return changed(JSON.stringify, (deployment) => cli.record(deployment));
  if (cli.io.out.isTTY === true) {
    const screen = new Screen(cli.io.out);
    return (deployment) => screen.draw(deploymentLines(deployment, cli.paint, cli.io.now()));
  }
  return changed(
    (deployment) => newsLines(deployment).join('\n'),
    (deployment) => cli.say(...newsLines(deployment)),
  );
}

/** Passes on only what differs from the last one. */
function changed(
  keyOf: (deployment: Deployment) => string,
  show: (deployment: Deployment) => void,
): (deployment: Deployment) => void {
  let last: string | undefined;
  return (deployment) => {
    const key = keyOf(deployment);
    if (key === last) return;
    last = key;
    show(deployment);
  };
}
