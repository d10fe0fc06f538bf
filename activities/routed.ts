import type { RuntimeActivities } from './types.js';

/** Runtime activities of one worker for several environments: each call goes to those of the environment that it names. */
export function routedActivities(all: ReadonlyMap<string, RuntimeActivities>): RuntimeActivities {
  const of = (environment: string | undefined) => {
    const found = all.get(environment ?? '');
    if (found === undefined) throw new Error(`environment ${environment} has no runtime here`);
    return found;
  };
  return {
    resolveArtifacts: (ref) => of(ref.environment).resolveArtifacts(ref),
    startApplication: (refs) => of(refs[0]?.environment).startApplication(refs),
    scaleApplication: (ref) => of(ref.environment).scaleApplication(ref),
    restartApplication: (ref) => of(ref.environment).restartApplication(ref),
    killOldTasks: (ref) => of(ref.environment).killOldTasks(ref),
    stopApplication: (ref) => of(ref.environment).stopApplication(ref),
    replaceFailed: (ref) => of(ref.environment).replaceFailed(ref),
    restoreApplication: (ref) => of(ref.environment).restoreApplication(ref),
  };
}
