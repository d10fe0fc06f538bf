import { shellCommand } from '../reading/command.js';
import type { Fields } from '../reading/fields.js';
import { shown } from '../reading/values.js';
import { HTTP_GET } from './reasons.js';

/** What a probe or hook asks. */
export type Question =
  | { protocol: 'HTTP' | 'HTTPS'; path: string; port: number | string }
  | { protocol: 'TCP'; port: number | string }
  | { protocol: 'COMMAND'; command: string };

export function httpQuestion(fields: Fields): Extract<Question, { path: string }> | undefined {
  const http = fields.object('httpGet');
  if (!http) return undefined;
  const protocol = http.word('scheme', ['HTTP', 'HTTPS']) ?? 'HTTP';
  const question = { protocol, path: http.text('path') || '/', port: portIn(http) };
  http.rest(HTTP_GET);
  return question;
}

export function tcpQuestion(fields: Fields): Question | undefined {
  const tcp = fields.object('tcpSocket');
  if (!tcp) return undefined;
  const question: Question = { protocol: 'TCP', port: portIn(tcp) };
  tcp.rest(HTTP_GET);
  return question;
}

export function commandQuestion(fields: Fields): Extract<Question, { command: string }> | undefined {
  const exec = fields.object('exec');
  const command = shellCommand(exec?.texts('command') ?? []);
  exec?.rest();
  if (exec && command === '') exec.refuse('command', 'must be a list of words');
  return exec && { protocol: 'COMMAND', command };
}

function portIn(fields: Fields): number | string {
  const port = fields.any('port');
  if (typeof port === 'string' && port !== '') return port;
  if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  fields.refuse('port', `must be a port's name or a number from 1 to 65535, got ${shown(port)}`);
  return 1;
}
