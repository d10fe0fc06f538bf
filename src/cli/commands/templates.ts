import type { Command } from 'commander';
import { TerminalError } from '../../errors.js';
import { readDocuments } from '../../formats/reading/text.js';
import { isObject, type JsonObject } from '../../formats/reading/values.js';
import type { Cli } from '../context.js';
import { EXIT, type ExitCode, usageError } from '../exit.js';
import { readManifests } from '../manifests.js';
import { all } from '../pages.js';
import type { Registry } from '../registry.js';
import { type StartFlags, startReleases } from '../release.js';
import { addLockOptions, addReleaseOptions, addStartOptions } from '../release-options.js';
import { age, table } from '../render/table.js';

/** A template as the API shows it. */
interface Shown {
  name: string;
  app: JsonObject;
  description: string;
  parameters: string[];
  updatedAt: string;
  by: string;
}

/** `templates`: app configuration with `{{parameter}}` places, kept by the service. */
export function registerTemplates({ program, act }: Registry): void {
  const templates = program
    .command('templates')
    .summary('keep templates of apps, and release apps by them')
    .description('Templates of app configuration: an app with {{parameter}} places in its texts.');
  templates
    .command('list', { isDefault: true })
    .description('Lists the templates with their parameters.')
    .action(() => act(list));
  templates
    .command('show <name>')
    .description('Shows a template as JSON.')
    .action((name: string) => act((cli) => show(cli, name)));
  templates
    .command('put <name>')
    .description('Keeps an app as a template, in place of the one with that name.')
    .requiredOption(
      '-f, --file <file|->',
      'the app in JSON or YAML, or {app, description}; - for standard input',
    )
    .option('--description <text>', 'what it is for')
    .action((name: string, flags: { file: string; description?: string }) =>
      act((cli) => put(cli, name, flags)),
    );
  templates
    .command('delete <name>')
    .description('Forgets a template; apps that were made by it stay.')
    .action((name: string) => act((cli) => remove(cli, name)));
  registerApply(templates, act);
}

function registerApply(templates: Command, act: Registry['act']): void {
  const apply = templates
    .command('apply <name> [parameter=value...]')
    .description('Releases the app that the template gives with these parameters.');
  addReleaseOptions(addLockOptions(addStartOptions(apply))).action(
    (name: string, given: string[], flags: StartFlags) =>
      act((cli) => {
        const change = { template: { name, parameters: Object.fromEntries(given.map(parameter)) } };
        return startReleases(cli, [{ source: name, change }], flags);
      }),
  );
}

function parameter(text: string): [string, string] {
  const end = text.indexOf('=');
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw usageError(`"${text}" gives no parameter a value: write name=value.`);
}

async function list(cli: Cli): Promise<ExitCode> {
  const found = await all<Shown>(cli.client, '/api/templates', {});
  if (cli.json) cli.document(found);
  else if (found.length === 0) cli.say('There is no template.');
  else {
    const rows = found.map(({ name, parameters, updatedAt, by, description }) => [
      name,
      parameters.join(' '),
      age(updatedAt, cli.io.now()),
      by,
      description,
    ]);
    cli.say(...table(['NAME', 'PARAMETERS', 'AGE', 'BY', 'DESCRIPTION'], rows));
  }
  return EXIT.done;
}

async function show(cli: Cli, name: string): Promise<ExitCode> {
  cli.document(await cli.client.get<Shown>(pathOf(name)));
  return EXIT.done;
}

async function put(
  cli: Cli,
  name: string,
  { file, description }: { file: string; description?: string },
): Promise<ExitCode> {
  const stated = await fromFile(cli, file);
  const body = { ...stated, ...(description === undefined ? {} : { description }) };
  const kept = await cli.client.call<Shown>('PUT', pathOf(name), { body });
  if (cli.json) cli.document(kept);
  else cli.say(`template ${cli.paint.bold(name)} kept: ${kept.parameters.join(', ') || 'no parameters'}`);
  return EXIT.done;
}

/** The body of a PUT: an app alone is put under `app`. */
async function fromFile(cli: Cli, file: string): Promise<JsonObject> {
  const [manifest, ...others] = await readManifests([file], cli.io);
  if (!manifest || others.length > 0) throw usageError(`${file} must be one file.`);
  const [document, ...more] = documentsOf(manifest.text, file);
  if (!isObject(document) || more.length > 0) throw usageError(`${file} must hold one app.`);
  return isObject(document.app) ? document : { app: document };
}

function documentsOf(text: string, file: string): unknown[] {
  try {
    return readDocuments(text, file);
  } catch (error) {
    if (!(error instanceof TerminalError) || !Array.isArray(error.extra.details)) throw error;
    throw usageError(
      error.extra.details.map(({ path, errors }) => `${path} ${errors.join(', ')}`).join('; '),
    );
  }
}

async function remove(cli: Cli, name: string): Promise<ExitCode> {
  await cli.client.call('DELETE', pathOf(name));
  if (!cli.json) cli.say(`template ${name} forgotten`);
  return EXIT.done;
}

function pathOf(name: string): string {
  return `/api/templates/${encodeURIComponent(name)}`;
}
