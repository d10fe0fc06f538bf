import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { TerminalError } from '../../errors.js';
import type { App } from '../../model/app.js';

/** Where a stateful app's instances keep data, as it states them: relative to the sandbox. */
export function volumesOf({ container }: App): string[] {
  return (container?.volumes ?? []).flatMap(({ containerPath, persistent }) =>
    persistent ? [containerPath] : [],
  );
}

/**
 * Links the volumes into a sandbox and returns their folders. Each is a folder of its own in `home`, which stays, while the
 * sandbox goes with its instance. How much is written there is not limited.
 *
 * @throws TerminalError `invalid` where an artifact has put something in a volume's place
 */
export async function linkVolumes(app: App, sandbox: string, home: string): Promise<string[]> {
  return Promise.all(volumesOf(app).map((volume) => linkVolume(volume, sandbox, home)));
}

async function linkVolume(volume: string, sandbox: string, home: string): Promise<string> {
  const place = path.join(sandbox, volume);
  const folder = path.join(home, encodeURIComponent(path.relative(sandbox, place)));
  await mkdir(folder, { recursive: true });
  await mkdir(path.dirname(place), { recursive: true });
  try {
    await symlink(folder, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new TerminalError(
      'invalid',
      `The volume '${volume}' has no place: an artifact has put something there.`,
    );
  }
  return folder;
}
