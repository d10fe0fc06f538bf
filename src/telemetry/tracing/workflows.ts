import type { DeploymentWorkflows } from '../../temporal/gateway.js';
import type { Tracing } from './tracing.js';

/** The same workflows; what is asked of Temporal is in the trace of who asks, a start in that of its deployment. */
export function tracedWorkflows(workflows: DeploymentWorkflows, tracing: Tracing): DeploymentWorkflows {
  const call = <T>(name: string, deployment: string, work: () => Promise<T>, parent?: string) => {
    const attributes = { 'slipway.deployment': deployment };
    return tracing.span({ name: `temporal ${name}`, kind: 'client', attributes, parent }, work);
  };
  return {
    ...workflows,
    start: (input, trace) => call('start', input.id, () => workflows.start(input, trace), trace),
    command: (id, command, body) => call(command, id, () => workflows.command(id, command, body)),
  };
}
