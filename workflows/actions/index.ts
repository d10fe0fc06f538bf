import type { Action } from '../../src/model/deployment.js';
import type { Context, Ended, Place } from '../context.js';
import { killOldTasks } from './kill-old-tasks.js';
import { releaseWave } from './release-wave.js';
import { resolveArtifacts } from './resolve-artifacts.js';
import { restartApplication } from './restart-application.js';
import { scaleApplication } from './scale-application.js';
import { stopApplication } from './stop-application.js';

/** Carries one action out. StartApplication is not here: a step's starts go together (start-applications.ts). */
export async function runAction(context: Context, action: Action, place: Place): Promise<Ended> {
  switch (action.action) {
    case 'ResolveArtifacts':
      return resolveArtifacts(context, action, place);
    case 'ScaleApplication':
      return scaleApplication(context, action, place);
    case 'RestartApplication':
      return restartApplication(context, action, place);
    case 'KillAllOldTasksOf':
      return killOldTasks(context, action, place);
    case 'StopApplication':
      return stopApplication(context, action, place);
    case 'ReleaseWave':
      return releaseWave(context, action, place);
    case 'StartApplication':
      return 'done';
  }
}
