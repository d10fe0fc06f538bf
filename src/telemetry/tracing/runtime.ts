import type { Runtime } from '../../runtimes/runtime.js';
import type { Attributes, Tracing } from './tracing.js';

/** The same runtime; what a traced activity asks of it is in its trace. What only looks is not. */
export function tracedRuntime(runtime: Runtime, tracing: Tracing): Runtime {
  const within = <T>(name: string, attributes: Attributes, work: () => Promise<T>) =>
    tracing.span({ name: `runtime ${name}`, attributes }, work);
  return {
    observe: (app) => runtime.observe(app),
    watch: (app, listener) => runtime.watch(app, listener),
    logs: (instance, query) => runtime.logs(instance, query),
    capacity: () => runtime.capacity(),
    resolve: (app, signal) =>
      within('resolve', { 'slipway.app': app.id }, () => runtime.resolve(app, signal)),
    apply: (app, declaration, fence) => {
      const wanted = Object.values(declaration.split).reduce((sum, count) => sum + count, 0);
      const attributes = {
        'slipway.app': app.id,
        'slipway.deployment': fence.deployment,
        'slipway.instances': wanted,
      };
      return within('apply', attributes, () => runtime.apply(app, declaration, fence));
    },
    flush: () => within('flush', {}, () => runtime.flush()),
    kill: (ids, options) => within('kill', { 'slipway.instance': ids }, () => runtime.kill(ids, options)),
    resetDelay: (app) => within('resetDelay', { 'slipway.app': app }, () => runtime.resetDelay(app)),
  };
}
