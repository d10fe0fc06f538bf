import { and, eq } from 'drizzle-orm';
import { TerminalError } from '../errors.js';
import type { Timestamp } from '../model/app.js';
import type { Db } from '../store/db.js';
import { deployments, idempotency } from '../store/schema.js';
import type { Entry } from './entry.js';
import type { Accepted, AdmissionRequest } from './types.js';

/** The first answer to a request that came before under the same key; throws 422 where that was another request. */
export async function repeatedAnswer(tx: Db, request: AdmissionRequest): Promise<Accepted | undefined> {
  if (request.idempotency === undefined) return undefined;
  const { key, fingerprint } = request.idempotency;
  const [found] = await tx
    .select({
      fingerprint: idempotency.fingerprint,
      id: deployments.id,
      version: deployments.version,
      affectedApps: deployments.affectedApps,
      warnings: deployments.warnings,
      steps: deployments.steps,
    })
    .from(idempotency)
    .innerJoin(deployments, eq(deployments.id, idempotency.deploymentId))
    .where(and(eq(idempotency.environment, request.environment), eq(idempotency.key, key)));
  if (found === undefined) return undefined;
  if (found.fingerprint !== fingerprint) throw otherRequest(key, found.id);
  const { id, version, affectedApps, warnings, steps } = found;
  const plan = { steps, affectedApps, warnings };
  return { deploymentId: id, version, affectedApps, warnings, plan, repeated: true };
}

function otherRequest(key: string, deployment: string): TerminalError {
  return new TerminalError(
    'invalid',
    `The Idempotency-Key '${key}' was used for another request, which started deployment ${deployment}. Use a new key.`,
  );
}

export async function keepAnswer(tx: Db, { id, at, request }: Entry): Promise<void> {
  if (request.idempotency === undefined) return;
  const { key, fingerprint } = request.idempotency;
  await tx
    .insert(idempotency)
    .values({ environment: request.environment, key, fingerprint, deploymentId: id, at });
}

/** A command that a deployment took under a request id. */
export interface TakenCommand {
  deployment: string;
  command: string;
  requestId: string;
}

/** So that a repetition is known also when the workflow has ended, or never was. */
export async function keepCommand(
  tx: Db,
  environment: string,
  { at, ...taken }: TakenCommand & { at: Timestamp },
): Promise<void> {
  const { deployment: deploymentId, command: fingerprint } = taken;
  await tx
    .insert(idempotency)
    .values({ environment, key: keyOf(taken), fingerprint, deploymentId, at })
    .onConflictDoNothing();
}

/** Whether the deployment took this command under this request id before. */
export async function wasTaken(db: Db, environment: string, taken: TakenCommand): Promise<boolean> {
  const known = and(
    eq(idempotency.environment, environment),
    eq(idempotency.key, keyOf(taken)),
    eq(idempotency.fingerprint, taken.command),
  );
  return (await db.$count(idempotency, known)) > 0;
}

/** Request ids are of a deployment, keys of changes of the environment. */
function keyOf({ deployment, requestId }: TakenCommand): string {
  return `command ${deployment} ${requestId}`;
}
