import { Option } from 'commander';
import type { Exported } from '../../formats/export.js';
import { FORMS } from '../../formats/manifest.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode } from '../exit.js';
import { paintFor } from '../io.js';
import type { Registry } from '../registry.js';
import { absolute } from '../resolve.js';

/** `export`: an app as a file. What the form cannot say goes to stderr, so that stdout is the file alone. */
export function registerExport({ program, act }: Registry): void {
  program
    .command('export <app>')
    .summary('write an app as a file')
    .description(
      'Writes an app as a file that "apply" takes: Marathon JSON, Kubernetes YAML or BCS JSON.\nWhat the form cannot say is listed on stderr.',
    )
    .addOption(new Option('--form <form>', 'of the file').choices([...FORMS]).default('marathon'))
    .action((app: string, { form }: { form: string }) => act((cli) => exportTo(cli, app, form)));
}

async function exportTo(cli: Cli, app: string, form: string): Promise<ExitCode> {
  const path = `/api/apps${encodeURI(absolute(app))}/export`;
  const exported = await cli.client.get<Exported>(path, { form });
  if (cli.json) {
    cli.document(exported);
    return EXIT.done;
  }
  cli.io.out.write(exported.text);
  const paint = paintFor(cli.io.err, cli.io.env);
  for (const { path: at, why } of exported.notCarriedOver) {
    cli.io.err.write(`${paint.yellow('not carried over:')} ${at}: ${why}\n`);
  }
  return EXIT.done;
}
