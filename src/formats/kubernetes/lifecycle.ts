import type { App, Hook } from '../../model/app.js';
import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';
import type { Notes } from '../reading/notes.js';
import type { Ports } from '../reading/ports.js';
import { shown } from '../reading/values.js';
import { checkedPort } from '../reading/write-ports.js';
import { commandQuestion, httpQuestion } from './handlers.js';

type HookInput = NonNullable<NonNullable<AppInput['hooks']>['preStop']>;

const REASONS = {
  tcpSocket: 'does nothing in Kubernetes either',
  stopSignal: 'instances are told to end by SIGTERM',
};

/** The hooks of a container. */
export function hooks(container: Fields, ports: Ports): Pick<AppInput, 'hooks'> {
  const lifecycle = container.object('lifecycle');
  const postStart = lifecycle && hook(lifecycle, 'postStart', ports);
  const preStop = lifecycle && hook(lifecycle, 'preStop', ports);
  lifecycle?.rest(REASONS);
  if (!postStart && !preStop) return {};
  return { hooks: { ...(postStart && { postStart }), ...(preStop && { preStop }) } };
}

function hook(lifecycle: Fields, name: string, ports: Ports): HookInput | undefined {
  const fields = lifecycle.object(name);
  if (!fields) return undefined;
  const found = commandHook(fields) ?? httpHook(fields, ports) ?? sleepHook(fields);
  fields.rest(REASONS);
  if (!found && !('tcpSocket' in fields.value))
    fields.notes.refuse(fields.path, 'must have one of exec, httpGet and sleep');
  return found;
}

function commandHook(fields: Fields): HookInput | undefined {
  const question = commandQuestion(fields);
  return question && { command: question.command };
}

function httpHook(fields: Fields, ports: Ports): HookInput | undefined {
  const question = httpQuestion(fields);
  if (!question) return undefined;
  const target = ports.target(question.port);
  if (!target)
    fields.notes.refuse(fields.path, `no port of the container has the name ${shown(question.port)}`);
  return { http: { scheme: question.protocol, path: question.path, ...target } };
}

function sleepHook(fields: Fields): HookInput | undefined {
  const sleep = fields.object('sleep');
  const seconds = sleep?.number('seconds') ?? 0;
  sleep?.rest();
  return sleep && { command: `sleep ${seconds}` };
}

/** The same the other way. */
export function lifecycleJson(app: App, notes: Notes) {
  const { postStart, preStop } = app.hooks ?? {};
  if (postStart?.timeoutSeconds !== undefined)
    notes.leave('/hooks/postStart/timeoutSeconds', 'a hook may take as long as it likes');
  const written = {
    ...(postStart && handler(app, postStart, '/hooks/postStart', notes)),
    ...(preStop && handler(app, preStop, '/hooks/preStop', notes)),
  };
  return Object.keys(written).length > 0 ? { lifecycle: written } : {};
}

function handler(app: App, asked: Hook, path: string, notes: Notes): Record<string, object> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if ('command' in asked) return { [name]: { exec: { command: ['/bin/sh', '-c', asked.command] } } };
  const port = checkedPort(asked.http, app);
  if (port === undefined) {
    notes.leave(path, 'asks a port that is chosen at the start, which cannot be said');
    return {};
  }
  const { scheme, path: at } = asked.http;
  return { [name]: { httpGet: { path: at, port, ...(scheme === 'HTTPS' && { scheme }) } } };
}
