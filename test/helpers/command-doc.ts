import { COMMAND_TABLE, SITUATIONS, type Situation } from '../../src/model/command-table.js';
import type { Command } from '../../src/model/deployment.js';

/** The section of docs/operating.md that says which command does what when; a test keeps the two the same. */
export function commandTable(): string {
  const situations = Object.keys(SITUATIONS) as Situation[];
  const commands = Object.keys(COMMAND_TABLE) as Command[];
  return [
    ...situations.map((situation) => `- **${situation}**: ${SITUATIONS[situation]}`),
    '',
    row(['', ...situations]),
    row(['---', ...situations.map(() => '---')]),
    ...commands.map((command) =>
      row([`\`${command}\``, ...situations.map((situation) => COMMAND_TABLE[command][situation] ?? '–')]),
    ),
  ].join('\n');
}

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}
