import { TerminalError } from '../errors.js';
import { isPortFree } from '../os/ports.js';

/** Found out before anything is started: a service that cannot listen is none. `setting` is what changes the port. */
export async function requireFreePort(host: string, port: number, setting: string): Promise<void> {
  if (port === 0 || (await isPortFree(host, port))) return;
  const text = `Port ${port} of ${host} is in use. End what listens there, or set ${setting} to another port.`;
  throw new TerminalError('bad_request', text);
}
