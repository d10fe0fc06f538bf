import { Option } from 'commander';
import type { Io } from '../io.js';
import { readManifests } from '../manifests.js';
import type { Registry } from '../registry.js';
import { type StartFlags, showPlans, startReleases, type Wanted } from '../release.js';
import { addLockOptions, addReleaseOptions, addStartOptions } from '../release-options.js';

/** `apply` and `plan`: hand in files as they are; the service finds out the form. */
export function registerApply({ program, act }: Registry): void {
  const apply = program
    .command('apply')
    .summary('release what files describe')
    .description(
      'Releases what files describe: Marathon app or group JSON, Kubernetes Deployment or StatefulSet YAML,\nBCS deployment JSON. Each file is a deployment of its own.',
    )
    .addOption(fileOption());
  addStartOptions(apply).option('--no-wait', 'return when it is accepted (default)');
  addReleaseOptions(addLockOptions(apply)).action((flags: StartFlags & { file: string[] }) =>
    act(async (cli) =>
      startReleases(cli, await fromFiles(flags.file, cli.io), { ...flags, wait: flags.wait === true }),
    ),
  );

  const plan = program
    .command('plan')
    .summary('show what applying files would do')
    .description(
      'Shows steps, batches, peak instances and fewest healthy ones. Exit 1 where something would not fit.',
    )
    .addOption(fileOption());
  addReleaseOptions(plan).action((flags: StartFlags & { file: string[] }) =>
    act(async (cli) => showPlans(cli, await fromFiles(flags.file, cli.io), flags)),
  );
}

function fileOption(): Option {
  return new Option('-f, --file <file|dir|->', 'file, directory, or - for standard input; may be repeated')
    .argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
    .makeOptionMandatory();
}

async function fromFiles(files: string[], io: Io): Promise<Wanted[]> {
  const manifests = await readManifests(files, io);
  return manifests.map(({ source, text }) => ({ source, change: { manifest: text } }));
}
