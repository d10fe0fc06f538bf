import { ServiceProcess } from '../helpers/service-process.js';
import { childrenOf } from './os.js';
import { instanceTarget, type Stage, startAgain } from './stage.js';
import { processTarget, type Target } from './targets.js';

/** Everything in one process, with Temporal's development server as its child. */
export async function embeddedStage(): Promise<Stage> {
  const service = await ServiceProcess.start();
  let runs = true;
  const victim = () => {
    if (!runs) return undefined;
    return {
      pid: service.pid,
      kill: async () => {
        runs = false;
        await service.end('SIGKILL');
      },
      start: async () => {
        await startAgain(() => service.start());
        runs = true;
      },
    };
  };
  return {
    name: 'embedded',
    home: service.home,
    apis: [service.api],
    targets: [
      processTarget({ name: 'service', weight: 4, victim, blinds: true }),
      temporalTarget(() => (runs ? service.pid : undefined)),
      instanceTarget(service.home, 4),
    ],
    output: () => service.output,
    dispose: () => service.dispose(),
  };
}

/** The service starts it again itself. */
function temporalTarget(parent: () => number | undefined): Target {
  const victim = () => {
    const pid = parent();
    const [server] = pid === undefined ? [] : childrenOf(pid, 'start-dev');
    if (server === undefined) return undefined;
    const kill = async () => void process.kill(server, 'SIGKILL');
    return { pid: server, kill, start: async () => undefined };
  };
  return processTarget({ name: 'Temporal', weight: 2, victim });
}
