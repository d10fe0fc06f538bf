import { runtimeContract } from './contract.js';
import { Host } from './support.js';

runtimeContract('processes', async () => {
  const host = await Host.open();
  return {
    runtime: host.runtime,
    runnable: (app) => app,
    restart: async () => {
      await host.stop();
      await host.start();
      return host.runtime;
    },
    declared: async () => [...host.targets.kept.keys()],
    close: () => host.close(),
  };
});
