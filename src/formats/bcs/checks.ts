import type { AppInput } from '../reading/app-input.js';
import type { Fields } from '../reading/fields.js';
import type { Ports } from '../reading/ports.js';
import { defined } from '../reading/values.js';

type HealthCheckInput = NonNullable<AppInput['healthChecks']>[number];

const TYPES = ['HTTP', 'TCP', 'COMMAND', 'REMOTE_HTTP', 'REMOTE_TCP'] as const;

/** Health checks. Whether the scheduler or the agent asks makes no difference here. */
export function healthChecks(container: Fields, ports: Ports): HealthCheckInput[] {
  return container.objects('healthChecks').flatMap((check) => {
    const type = check.word('type', TYPES);
    if (type === undefined) {
      check.refuse('type', `must be one of (${TYPES.join(', ')})`);
      return [];
    }
    const question = asked(check, type, ports);
    const found = { ...question, ...pace(check) };
    check.rest();
    return [found];
  });
}

function asked(check: Fields, type: (typeof TYPES)[number], ports: Ports): HealthCheckInput {
  switch (type) {
    case 'COMMAND': {
      const command = check.object('command')?.text('value');
      if (!command) check.refuse('command/value', 'is missing');
      return { protocol: 'COMMAND', command: command || 'true' };
    }
    case 'HTTP':
    case 'REMOTE_HTTP': {
      const http = check.object('http');
      const protocol = http?.text('scheme')?.toLowerCase() === 'https' ? 'HTTPS' : 'HTTP';
      const path = http?.text('path') || '/';
      const target = targetOf(check, http, ports);
      http?.rest({ headers: 'checks send no headers of their own' });
      return { protocol, path, ...target };
    }
    case 'TCP':
    case 'REMOTE_TCP': {
      const tcp = check.object('tcp');
      const target = targetOf(check, tcp, ports);
      tcp?.rest();
      return { protocol: 'TCP', ...target };
    }
  }
}

/** A port by its name or number; the first one where neither is stated. */
function targetOf(check: Fields, where: Fields | undefined, ports: Ports) {
  const name = where?.text('portName');
  const number = where?.number('port', { max: 65_535 });
  if (!name && !number) return { portIndex: 0 };
  const found = ports.target(name || number || 0);
  if (!found) check.refuse('portName', `no port of the container has the name '${name ?? ''}'`);
  return found ?? {};
}

function pace(check: Fields): Partial<HealthCheckInput> {
  return defined({
    delaySeconds: check.number('delaySeconds'),
    gracePeriodSeconds: check.number('gracePeriodSeconds'),
    intervalSeconds: check.number('intervalSeconds'),
    timeoutSeconds: check.number('timeoutSeconds'),
    maxConsecutiveFailures: check.number('consecutiveFailures', { max: 100_000 }),
  });
}
