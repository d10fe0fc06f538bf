import type { Fields } from './fields.js';

const SHELLS = ['sh', '/bin/sh'];

/** An argv as one shell command: what a shell is asked to do as it is, else each word quoted where it must be. */
export function shellCommand(argv: readonly string[]): string {
  return shellText(argv) ?? argv.map(quoted).join(' ');
}

/** The command of `sh -c '…'`; undefined for any other argv. */
function shellText(argv: readonly string[]): string | undefined {
  const [shell = '', flag, text, ...more] = argv;
  return SHELLS.includes(shell) && flag === '-c' && more.length === 0 ? text : undefined;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What an app runs by its program and arguments: `cmd` where that is a shell's command, else `args`. */
export function programOf(
  command: readonly string[],
  args: readonly string[],
): { cmd?: string; args?: string[] } {
  const argv = [...command, ...args];
  const text = shellText(command.length > 0 ? argv : []);
  if (text) return { cmd: text };
  return argv.length > 0 ? { args: argv } : {};
}

/** Tells where an image's ENTRYPOINT would be replaced: an app's `args` are given to it. */
export function noteEntrypoint(
  container: Fields,
  program: { args?: string[] },
  image: string | undefined,
): void {
  if (image === undefined || !program.args || !container.any('command')) return;
  const why = 'goes before args; an ENTRYPOINT of the image stays before both instead of being replaced';
  container.notes.leave(`${container.path}/command`, why);
}
