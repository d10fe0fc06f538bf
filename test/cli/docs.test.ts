import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { EXIT_HELP } from '../../src/cli/exit.js';
import { buildProgram } from '../../src/cli/main.js';
import { cliReference, leaves } from '../helpers/cli-doc.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = `${ROOT}docs/cli.md`;
const [BEGIN, END] = ['<!-- commands: begin -->', '<!-- commands: end -->'];
const silent = { write: () => undefined };

/** The command line, which tells of a chosen command instead of carrying it out. */
function program(chosen: () => void = () => undefined): Command {
  return buildProgram(
    {
      out: silent,
      err: silent,
      stdin: (async function* () {})(),
      env: {},
      signal: new AbortController().signal,
      now: Date.now,
      sleep: async () => undefined,
    },
    chosen,
  );
}

/** `RECORD_DOCS=1 npx vitest run test/cli/docs` writes the section anew. */
test('docs/cli.md has every command with its options, as the program has them', () => {
  const text = readFileSync(PAGE, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const [section, after] = rest.split(END);
  const reference = cliReference(program());
  if (process.env.RECORD_DOCS === '1') writeFileSync(PAGE, `${before}${BEGIN}\n${reference}\n${END}${after}`);
  else expect(section?.trim()).toBe(reference);
});

test('every command says what it does', () => {
  const commands = leaves(program());
  expect(commands.length).toBeGreaterThan(40);
  expect(commands.filter((command) => command.description() === '').map((command) => command.name())).toEqual(
    [],
  );
});

test('docs/cli.md has the exit codes of --help', () => {
  for (const line of EXIT_HELP.split('\n').slice(1)) {
    const [, code, meaning] = /^ +(\d) +(.*)$/.exec(line) ?? [];
    expect(readFileSync(PAGE, 'utf8')).toContain(`| ${code} | ${meaning} |`);
  }
});

/** Lines of shell blocks that call the program, without their comments. */
function linesOf(page: string): string[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)];
  const lines = blocks.flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'));
  return lines
    .map((line) => line.replace(/\s#.*$/, '').trim())
    .filter((line) => /^(npx )?slipway /.test(line));
}

const examples = ['README.md', ...readdirSync(`${ROOT}docs`).map((file) => `docs/${file}`)]
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) => linesOf(ROOT + page).map((line) => [line, page] as const));

test.each(examples)('%s of %s is a command', async (line) => {
  let chosen = false;
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  const argv = words.slice(words.indexOf('slipway') + 1);
  await program(() => {
    chosen = true;
  }).parseAsync(argv, { from: 'user' });
  expect(chosen).toBe(true);
});
