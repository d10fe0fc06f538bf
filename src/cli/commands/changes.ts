import type { Command } from 'commander';
import { usageError } from '../exit.js';
import type { Registry } from '../registry.js';
import { type StartFlags, startReleases } from '../release.js';
import { addLockOptions, addReleaseOptions, addStartOptions } from '../release-options.js';
import { absolute } from '../resolve.js';

type Change = Record<string, unknown>;

/** `scale`, `restart` and `delete`: changes that need no file. Each argument is a deployment of its own. */
export function registerChanges({ program, act }: Registry): void {
  const add = (command: Command, toChange: (argument: string) => Change) =>
    addReleaseOptions(addLockOptions(addStartOptions(command))).action((args: string[], flags: StartFlags) =>
      act((cli) =>
        startReleases(
          cli,
          args.map((argument) => ({ source: argument, change: toChange(argument) })),
          flags,
        ),
      ),
    );

  add(
    program
      .command('scale <app=count...>')
      .summary('change the number of instances')
      .description('Changes the number of instances: web=5, or a whole group by a factor: /product=x2.'),
    scaleChange,
  );
  add(
    program
      .command('restart <app...>')
      .description('Replaces all instances of an app by its strategy, though nothing changed.'),
    (app) => ({ restart: { id: absolute(app) } }),
  );
  add(
    program.command('delete <app|group...>').description('Ends all instances and forgets the app or group.'),
    (id) => ({ delete: { id: absolute(id) } }),
  );
}

/** `web=5` or `/product=x1.5`. */
function scaleChange(argument: string): Change {
  const [, name, factor, count] = /^([^=]+)=(?:x(\d+(?:\.\d+)?)|(\d+))$/.exec(argument) ?? [];
  if (name === undefined) {
    throw usageError(`"${argument}" does not say how many: write web=5, or /product=x2 for a group.`);
  }
  const id = absolute(name);
  return { scale: factor === undefined ? { id, instances: Number(count) } : { id, factor: Number(factor) } };
}
