import type { RequestHandler } from 'express';
import type { Admission } from '../admission/admission.js';
import type { Runtime } from '../runtimes/runtime.js';
import type { Store } from '../store/store.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { DeploymentWorkflows } from '../temporal/gateway.js';
import type { ErrorLog } from './errors.js';
import type { EventStreams } from './events/stream.js';
import type { DefinitionTexts } from './marathon/definition-texts.js';

/** What the API asks of the runtime. */
export type InstanceControl = Pick<Runtime, 'kill' | 'resetDelay' | 'logs' | 'capacity'>;

/** An environment as the API serves it. */
export interface ServedEnvironment {
  name: string;
  /** Name of the runtime, for `/api/environments`. */
  runtime: string;
  production: boolean;
  instances: InstanceControl;
  /** Ends all instances of an embedded runtime and tells how many; absent where the runtime is elsewhere. */
  stopInstances?: () => Promise<number>;
}

export interface ApiConfig {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Asked of every request but `/ping` where set. */
  token?: string;
  /** Bytes. */
  bodyLimit: number;
}

interface ApiInfo {
  version: string;
  temporalAddress: string;
  /** Of the Temporal UI, where there is one. */
  uiUrl?: string;
}

export interface ApiDeps {
  store: Store;
  admission: Admission;
  workflows: Pick<DeploymentWorkflows, 'command' | 'calendarChanged'>;
  /** At least one; the first is the default one. */
  environments: readonly ServedEnvironment[];
  config: ApiConfig;
  info: ApiInfo;
  log: ErrorLog;
  telemetry: {
    /** Of this process. */
    metrics: Metrics;
    /** Sees every request first; where requests are traced. */
    requests?: RequestHandler;
  };
  health(): { database: boolean; temporal: boolean };
  /** For tests; the system's clock otherwise. */
  now?: () => Date;
}

/** What the handlers of one environment are made of. */
export interface Context extends ApiDeps, Pick<ServedEnvironment, 'instances' | 'stopInstances'> {
  config: ApiConfig & { environment: string };
  now: () => Date;
  streams: EventStreams;
  definitions: DefinitionTexts;
  /** The same for another environment; undefined where there is none of that name. */
  of(environment: string): Context | undefined;
  /** Where the server listens; the port is known once it does. */
  address(): { host: string; port: number };
}
