import type { Admission } from '../admission/admission.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { Store } from '../store/store.js';
import type { DeploymentWorkflows } from '../temporal/gateway.js';
import type { ErrorLog } from './errors.js';
import type { EventStreams } from './events/stream.js';
import type { DefinitionTexts } from './marathon/definition-texts.js';

/** What the API asks of the runtime. */
export type InstanceControl = Pick<Runtime, 'kill' | 'resetDelay' | 'logs' | 'capacity'>;

export interface ApiConfig {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Asked of every request but `/ping` where set. */
  token?: string;
  /** Bytes. */
  bodyLimit: number;
  /** Name of the environment that this server shows. */
  environment: string;
}

interface ApiInfo {
  version: string;
  temporalAddress: string;
  /** Of the Temporal UI, where there is one. */
  uiUrl?: string;
  /** Name of the runtime, for `/api/environments`. */
  runtime?: string;
}

export interface ApiDeps {
  store: Store;
  admission: Admission;
  workflows: Pick<DeploymentWorkflows, 'command' | 'calendarChanged'>;
  instances: InstanceControl;
  /** Ends all instances of an embedded runtime and tells how many; absent where the runtime is elsewhere. */
  stopInstances?: () => Promise<number>;
  config: ApiConfig;
  info: ApiInfo;
  log: ErrorLog;
  health(): { database: boolean; temporal: boolean };
  /** For tests; the system's clock otherwise. */
  now?: () => Date;
}

/** What the handlers are made of. */
export interface Context extends ApiDeps {
  now: () => Date;
  streams: EventStreams;
  definitions: DefinitionTexts;
  /** Where the server listens; the port is known once it does. */
  address(): { host: string; port: number };
}
