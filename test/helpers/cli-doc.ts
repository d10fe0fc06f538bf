import { type Command, Help, type Option } from 'commander';
import { OPTION_GROUPS } from '../../src/cli/release-options.js';

const help = new Help();
const SHARED: readonly string[] = Object.values(OPTION_GROUPS);

/** The reference of docs/cli.md, from commander's own data; a test keeps the two the same. */
export function cliReference(program: Command): string {
  const commands = leaves(program);
  return [
    '## Options of every command',
    optionTable(help.visibleOptions(program).filter(isOwn)),
    ...SHARED.map((heading) => `## ${titleOf(heading)}\n\n${sharedTable(heading, commands)}`),
    ...headingsOf(program).map((heading) => section(program, heading)),
  ].join('\n\n');
}

/** Commands that do something, those below others included. */
export function leaves(command: Command): Command[] {
  const below = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  return below.length === 0 ? [command] : below.flatMap(leaves);
}

function headingsOf(program: Command): string[] {
  return [...new Set(program.commands.map((command) => command.helpGroup()))];
}

function section(program: Command, heading: string): string {
  const commands = program.commands.filter((command) => command.helpGroup() === heading).flatMap(leaves);
  return [`## ${titleOf(heading)}`, ...commands.map(commandText)].join('\n\n');
}

function commandText(command: Command): string {
  const options = help.visibleOptions(command).filter(isOwn);
  const own = options.filter((option) => !isShared(option));
  const groups = SHARED.filter((heading) => options.some((option) => option.helpGroupHeading === heading));
  const links = groups.map((heading) => `[${titleOf(heading)}](#${anchorOf(heading)})`);
  return [
    `### \`${usageOf(command, options)}\``,
    command.description().replaceAll('\n', ' '),
    ...(own.length > 0 ? [optionTable(own)] : []),
    ...(links.length > 0 ? [`Options of a release: ${links.join(', ')}.`] : []),
  ].join('\n\n');
}

/** The option that asks for help is no reason to write `[options]`. */
function usageOf(command: Command, options: Option[]): string {
  const usage = help.commandUsage(command);
  return options.length > 0 ? usage : usage.replace(' [options]', '');
}

/** @throws Error where two commands have different options under one heading: the page says them once */
function sharedTable(heading: string, commands: Command[]): string {
  const tables = commands
    .map((command) => help.visibleOptions(command).filter((option) => option.helpGroupHeading === heading))
    .filter((options) => options.length > 0)
    .map(optionTable);
  const [one = '', ...others] = [...new Set(tables)];
  if (others.length > 0) throw new Error(`commands differ in their options under "${heading}"`);
  return one;
}

function optionTable(options: Option[]): string {
  const rows = options.map(
    (option) => `| \`${escaped(option.flags)}\` | ${escaped(help.optionDescription(option))} |`,
  );
  return ['| option | meaning |', '|---|---|', ...rows].join('\n');
}

/** A bar would end the cell. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

function isOwn(option: Option): boolean {
  return option.long !== '--help';
}

function isShared({ helpGroupHeading }: Option): boolean {
  return helpGroupHeading !== undefined && SHARED.includes(helpGroupHeading);
}

function titleOf(heading: string): string {
  return heading.replace(/:$/, '');
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return titleOf(heading).toLowerCase().replaceAll(' ', '-');
}
