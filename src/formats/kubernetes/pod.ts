import type { AppInput } from '../reading/app-input.js';
import { noteEntrypoint, programOf } from '../reading/command.js';
import type { Fields } from '../reading/fields.js';
import { portNameOf } from '../reading/names.js';
import { type Image, networking, Ports } from '../reading/ports.js';
import { hooks } from './lifecycle.js';
import { checks } from './probes.js';
import { CONTAINER, ENV_FROM, ONE_CONTAINER, POD } from './reasons.js';
import { resources } from './resources.js';
import { type Claims, mounts } from './volumes.js';

/** Kubernetes' default of terminationGracePeriodSeconds. */
const GRACE_SECONDS = 30;
/** A reference that Kubernetes replaces by the value of a variable. */
const REFERENCE = /\$\([A-Za-z_][\w.-]*\)/;

/** What a pod runs, as the fields of an app: its first container. */
export function pod(spec: Fields | undefined, template: Fields, claimed: Claims): Partial<AppInput> {
  const [container, ...others] = spec?.objects('containers') ?? [];
  if (!spec || !container) {
    template.refuse('spec/containers', 'must have a container');
    return {};
  }
  for (const other of others) spec.notes.leave(other.path, ONE_CONTAINER);
  const app = {
    ...program(container),
    ...resources(container),
    ...surroundings(spec, container, claimed),
    taskKillGracePeriodSeconds: spec.number('terminationGracePeriodSeconds') ?? GRACE_SECONDS,
  };
  const policy = spec.word('restartPolicy', ['Always', 'OnFailure', 'Never']) ?? 'Always';
  if (policy !== 'Always') spec.leave('restartPolicy', 'an instance that ends is always replaced');
  container.rest(CONTAINER);
  spec.rest(POD);
  return app;
}

function program(container: Fields): Partial<AppInput> {
  const program = programOf(container.texts('command') ?? [], container.texts('args') ?? []);
  noteEntrypoint(container, program, container.text('image'));
  for (const name of ['command', 'args']) noteReference(container, name, container.any(name));
  // What a container is called is of no use beside the app's id.
  container.text('name');
  return { ...program, env: env(container) };
}

function env(container: Fields): Record<string, string> {
  const found: [string, string][] = container.objects('env').flatMap((variable): [string, string][] => {
    const name = variable.text('name');
    const value = variable.text('value') ?? '';
    if (!name) variable.refuse('name', 'is missing');
    if (variable.any('valueFrom') !== undefined) {
      variable.leave('valueFrom', ENV_FROM);
      variable.rest();
      return [];
    }
    noteReference(variable, 'value', value);
    variable.rest();
    return name ? [[name, value]] : [];
  });
  return Object.fromEntries(found);
}

function noteReference(fields: Fields, name: string, value: unknown): void {
  const [found] = REFERENCE.exec(JSON.stringify(value) ?? '') ?? [];
  if (found)
    fields.notes.leave(
      `${fields.path}/${name}`,
      `${found} is taken as it stands; only a cluster replaces it`,
    );
}

/** Ports, checks and volumes: they name each other. */
function surroundings(spec: Fields, container: Fields, claimed: Claims): Partial<AppInput> {
  const host = spec.flag('hostNetwork') ?? false;
  const ports = portsOf(container);
  const asked = { ...checks(container, ports), ...hooks(container, ports) };
  const volumes = mounts(spec, container, claimed);
  const image = imageOf(container);
  return { ...networking(ports, { image, host, exact: host, volumes }), ...asked };
}

function portsOf(container: Fields): Ports {
  const ports = new Ports();
  for (const each of container.objects('ports')) {
    const containerPort = each.number('containerPort', { min: 1, max: 65_535 });
    const hostPort = each.number('hostPort', { max: 65_535 });
    const name = each.text('name');
    const protocol = each.word('protocol', ['TCP', 'UDP', 'SCTP']) ?? 'TCP';
    if (containerPort === undefined) each.refuse('containerPort', 'must be a number from 1 to 65535');
    if (protocol === 'SCTP') each.leave('protocol', 'ports are TCP or UDP; this one is left out');
    each.rest({ hostIP: 'a port is bound on all addresses of the host' });
    if (containerPort === undefined || protocol === 'SCTP') continue;
    ports.add({
      containerPort,
      ...(hostPort ? { hostPort } : {}),
      ...(name ? { name: portNameOf(name) } : {}),
      protocol: protocol === 'UDP' ? 'udp' : 'tcp',
    });
  }
  return ports;
}

function imageOf(container: Fields): Image | undefined {
  const image = container.text('image');
  const policy = container.word('imagePullPolicy', ['Always', 'IfNotPresent', 'Never']);
  if (policy === 'Never') container.leave('imagePullPolicy', 'an image that is not there is always pulled');
  const security = container.object('securityContext');
  const privileged = security?.flag('privileged') ?? false;
  security?.rest(
    Object.fromEntries(Object.keys(security.value).map((name) => [name, CONTAINER.securityContext ?? ''])),
  );
  if (!image) return undefined;
  const forcePullImage = policy === undefined ? isLatest(image) : policy === 'Always';
  return { type: 'DOCKER', image, forcePullImage, privileged, parameters: [] };
}

/** Kubernetes pulls an image without a tag, or with the tag `latest`, at every start. */
function isLatest(image: string): boolean {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.endsWith(':latest') || !/[:@]/.test(last);
}
