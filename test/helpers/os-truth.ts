import { readdir, readFile } from 'node:fs/promises';

/** Processes of an app as the operating system knows them: leaders of their groups, found by their environment. */
export async function processesOf(app: string, home: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (Number.isInteger(pid) && (await belongs(pid, app, home))) found.push(pid);
  }
  return found.sort((a, b) => a - b);
}

async function belongs(pid: number, app: string, home: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const variables = environment.split('\0');
  if (!variables.includes(`MARATHON_APP_ID=${app}`)) return false;
  if (!variables.some((variable) => variable.startsWith('MESOS_SANDBOX=') && variable.includes(home)))
    return false;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state !== 'Z' && Number(group) === pid;
}
