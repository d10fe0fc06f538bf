import type { DeploymentInput } from '../../workflows/types.js';
import type { Command, CommandBody } from '../model/deployment.js';

/** What the rest of the service asks of Temporal. Throws RetryableError while Temporal is away. */
export interface DeploymentWorkflows {
  /**
   * Starts the workflow whose id is the deployment's; nothing happens where it was started before. `trace` is the
   * `traceparent` of what asked for it.
   */
  start(input: DeploymentInput, trace?: string): Promise<void>;
  /** Tells a running workflow that a newer deployment took its apps over; nothing happens where it has ended. */
  supersede(id: string, by: string): Promise<void>;
  /**
   * Carries out a command as an update and waits for its answer.
   * Throws TerminalError `not_applicable` or `stale` (409), `forbidden`, `invalid`, `reason_required` where the validator refuses, `not_found` where no workflow runs.
   */
  command(id: string, command: Command, body: CommandBody): Promise<void>;
  /** Tells running workflows that freezes or windows changed; nothing happens to those that have ended. */
  calendarChanged(ids: string[]): Promise<void>;
  /** Tells a release over several environments that the deployment of a wave came further; nothing happens where it has ended. */
  waveChanged(id: string): Promise<void>;
  /** Of these deployments, those whose workflow was started and has ended, each with how. */
  ended(ids: string[]): Promise<{ id: string; how: string }[]>;
}
