import { type Admission, type AdmissionDeps, createAdmission } from '../admission/admission.js';
import type { Config } from '../config.js';
import { type EnvironmentConfig, isProduction } from '../environments.js';
import type { Telemetry } from './telemetry.js';

/** The door for changes, as every process that has one makes it. */
export function admissionOf(
  parts: Pick<AdmissionDeps, 'store' | 'onAccepted' | 'capacity'>,
  {
    config,
    environments,
    telemetry,
  }: { config: Config; environments: EnvironmentConfig[]; telemetry: Telemetry },
): Admission {
  const { maxDeployments } = config;
  const production = (name: string) => isProduction(environments, name);
  return telemetry.admission(
    createAdmission({ ...parts, clock: Date.now, maxDeployments, isProduction: production }),
  );
}
