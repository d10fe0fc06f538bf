import { createAdmission } from '../../src/admission/admission.js';
import { openStore } from '../../src/store/connection.js';

/** Admits one app after another into the database of the folder and tells each once it is accepted, until it is killed. */
const [dir = '', seed = ''] = process.argv.slice(2);
const store = await openStore({ dir, seed });
const nothing = { cpus: 0, mem: 0, disk: 0, ports: 0 };
const admission = createAdmission({
  store,
  clock: Date.now,
  maxDeployments: 100_000,
  onAccepted: () => undefined,
  capacity: async () => ({ total: nothing, taken: nothing }),
});
for (let n = 0; ; n++) {
  const { deploymentId } = await admission.admit({
    environment: 'test',
    change: { kind: 'createApp', app: { id: `/app-${n}`, cmd: 'true' } },
    force: false,
    options: {},
    by: 'ada',
    reason: '',
    channel: 'api',
  });
  process.stdout.write(`/app-${n} ${deploymentId}\n`);
}
