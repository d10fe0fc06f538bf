import type { Definition } from './restart.js';

/** Why this strategy cannot be that of a stateful app. */
export const NEVER_BESIDE =
  'blueGreen runs new instances beside the old ones, but those of a stateful app take the place of each other: rolling, batches, canary or recreate is right';

/** What a stateful app must not say. Volumes at absolute paths are a matter of its image. */
export function statefulErrors(app: Definition): [path: string, error: string][] {
  if (!app.stateful) return [];
  const found: [string, string][] = [];
  if (app.release?.strategy?.type === 'blueGreen') found.push(['/release/strategy', NEVER_BESIDE]);
  const taken: string[] = [];
  for (const [index, { containerPath, persistent }] of (app.container?.volumes ?? []).entries()) {
    if (!persistent || containerPath.startsWith('/')) continue;
    const error = folderError(containerPath, taken);
    if (error) found.push([`/container/volumes(${index})/containerPath`, error]);
    taken.push(normal(containerPath));
  }
  return found;
}

function folderError(path: string, taken: string[]): string | undefined {
  const folder = normal(path);
  if (folder === '' || folder.split('/').includes('..') || folder.includes('\0'))
    return 'must be a folder inside of the sandbox';
  const other = taken.find(
    (each) => `${each}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${each}/`),
  );
  return other === undefined ? undefined : `must not be, contain or lie in the volume ${other}`;
}

function normal(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
