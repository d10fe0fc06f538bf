import type { AppInput } from '../reading/app-input.js';
import { noteEntrypoint, programOf } from '../reading/command.js';
import type { Fields } from '../reading/fields.js';
import { portNameOf } from '../reading/names.js';
import { type Image, networking, Ports, type VolumeInput } from '../reading/ports.js';
import { healthChecks } from './checks.js';
import { CONTAINER, TASKGROUP } from './reasons.js';
import { resources } from './resources.js';

/** What a taskgroup runs, as the fields of an app: its first container. */
export function taskgroup(template: Fields): Partial<AppInput> {
  const spec = template.object('spec');
  const [container, ...others] = spec?.objects('containers') ?? [];
  if (!spec || !container) {
    template.refuse('spec/containers', 'must have a container');
    return {};
  }
  for (const other of others) spec.notes.leave(other.path, 'an app is one container');
  const host = spec.text('networkMode')?.toUpperCase() === 'HOST';
  const ports = portsOf(container);
  const checks = healthChecks(container, ports);
  const volumes = container.objects('volumes').flatMap((volume) => mounted(volume) ?? []);
  const app = {
    ...program(container),
    ...resources(container),
    ...networking(ports, { image: imageOf(container), host, exact: host, volumes }),
    healthChecks: checks,
  };
  noteNetwork(spec);
  container.rest(CONTAINER);
  spec.rest(TASKGROUP);
  return app;
}

function noteNetwork(spec: Fields): void {
  const mode = spec.text('networkMode');
  if (mode === undefined || ['HOST', 'BRIDGE'].includes(mode.toUpperCase())) return;
  spec.leave('networkMode', `'${mode}' is neither HOST nor BRIDGE; BRIDGE is taken`);
}

function program(container: Fields): Partial<AppInput> {
  const command = container.text('command');
  const program = programOf(command ? [command] : [], container.texts('args') ?? []);
  noteEntrypoint(container, program, container.text('image'));
  container.text('name');
  const env = container.objects('env').map((variable): [string, string] => {
    const name = variable.text('name');
    if (!name) variable.refuse('name', 'is missing');
    const value = variable.text('value') ?? '';
    variable.rest();
    return [name ?? '', value];
  });
  return { ...program, env: Object.fromEntries(env.filter(([name]) => name !== '')) };
}

function portsOf(container: Fields): Ports {
  const ports = new Ports();
  for (const each of container.objects('ports')) {
    const containerPort = each.number('containerPort', { max: 65_535 });
    const hostPort = each.number('hostPort', { max: 65_535 });
    const name = each.text('name');
    const protocol = (each.text('protocol') || 'TCP').toUpperCase();
    if (containerPort === undefined) each.refuse('containerPort', 'must be a number from 0 to 65535');
    if (protocol !== 'TCP' && protocol !== 'UDP')
      each.leave('protocol', `${protocol} is carried by TCP, which is taken`);
    each.rest({ hostIP: 'a port is bound on all addresses of the host' });
    ports.add({
      containerPort: containerPort ?? 0,
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
  const privileged = container.flag('privileged') ?? false;
  const parameters = container.objects('parameters').map((each) => ({
    key: each.text('key') ?? '',
    value: each.text('value') ?? '',
  }));
  const type = container.text('type')?.toUpperCase() === 'MESOS' ? ('MESOS' as const) : ('DOCKER' as const);
  return image ? { type, image, forcePullImage: policy === 'Always', privileged, parameters } : undefined;
}

function mounted(unit: Fields): VolumeInput | undefined {
  unit.text('name');
  const volume = unit.object('volume');
  const hostPath = volume?.text('hostPath');
  const containerPath = volume?.text('mountPath');
  const mode = volume?.flag('readOnly') ? ('RO' as const) : ('RW' as const);
  volume?.rest({ subPath: 'the whole folder is mounted' });
  unit.rest();
  if (hostPath && containerPath) return { containerPath, hostPath, mode };
  unit.notes.leave(unit.path, 'a volume without a folder of the host has no counterpart');
  return undefined;
}
