import { randomUUID } from 'node:crypto';
import { type Admission, createAdmission } from '../../src/admission/admission.js';
import type { AdmissionRequest } from '../../src/admission/types.js';
import type { App, PathId } from '../../src/model/app.js';
import type { AppUpdate } from '../../src/model/change.js';
import type { Deployment } from '../../src/model/deployment.js';
import { deploymentById } from '../../src/store/deployments.js';
import { eventsSince } from '../../src/store/events.js';
import { loadRoot } from '../../src/store/roots.js';
import type { Store } from '../../src/store/store.js';

/** Admission into an environment of its own. */
export class Desk {
  readonly accepted: string[] = [];
  readonly admission: Admission;

  constructor(
    readonly store: Store,
    maxDeployments = 1000,
    production = false,
    readonly environment = `test-${randomUUID()}`,
  ) {
    const nothing = { cpus: 0, mem: 0, disk: 0, ports: 0 };
    this.admission = createAdmission({
      store,
      clock: Date.now,
      maxDeployments,
      isProduction: () => production,
      onAccepted: (id) => this.accepted.push(id),
      capacity: async () => ({ total: nothing, taken: nothing }),
    });
  }

  request(fields: Partial<AdmissionRequest> & Pick<AdmissionRequest, 'change'>): AdmissionRequest {
    return {
      environment: this.environment,
      force: false,
      options: {},
      by: 'ada',
      reason: '',
      channel: 'api',
      ...fields,
    };
  }

  /** Creates or changes apps; gives the deployment's id. */
  async put(apps: AppUpdate | AppUpdate[], fields: Partial<AdmissionRequest> = {}): Promise<string> {
    const change = { kind: 'updateApps', apps: [apps].flat(), partial: true, create: true } as const;
    return (await this.admission.admit(this.request({ change, ...fields }))).deploymentId;
  }

  async revert(deployment: string): Promise<string> {
    const request = this.request({
      change: { kind: 'revert', deployment },
      force: true,
      rollbackOf: deployment,
    });
    return (await this.admission.admit(request)).deploymentId;
  }

  async deployment(id: string): Promise<Deployment> {
    const found = await deploymentById(this.store.db, this.environment, id);
    if (!found) throw new Error(`no deployment ${id}`);
    return found;
  }

  async app(id: PathId): Promise<App | undefined> {
    return (await loadRoot(this.store, this.environment)).apps.get(id);
  }

  async events(): Promise<string[]> {
    return (await eventsSince(this.store.db, this.environment, 0)).map(({ event }) => event.eventType);
  }
}
