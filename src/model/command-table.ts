import type { Command } from './deployment.js';

/** Every situation that a command can meet a deployment in, each with a sentence. */
export const SITUATIONS = {
  accepted: 'its workflow has not started yet',
  queued: 'waits for its turn on a lock',
  approval: 'waits for approvals',
  startTime: 'waits for its start time',
  window: 'waits for a window, or for the end of a freeze',
  running: 'a batch or step runs',
  pausing: 'a batch or step runs, and it pauses after that',
  paused: 'held at a pause',
  between: 'waits between two batches, as its strategy says',
  held: 'held by a failure',
  ending: 'a command ended it, and it is finishing',
  ended: 'succeeded, failed, cancelled or superseded',
} as const;
export type Situation = keyof typeof SITUATIONS;

type Effects = Partial<Record<Situation, string>>;

const same = (situations: Situation[], effect: string): Effects =>
  Object.fromEntries(situations.map((situation) => [situation, effect]));

const BEFORE: Situation[] = ['approval', 'startTime', 'window'];
const MIDST: Situation[] = ['running', 'pausing', 'paused', 'between', 'held'];
const LIVE: Situation[] = ['accepted', 'queued', ...BEFORE, ...MIDST];

/**
 * What a command does where; an absent cell is refused with 409. The one source of what is refused and of the table in
 * docs/operating.md.
 */
export const COMMAND_TABLE: Record<Command, Effects> = {
  pause: {
    ...same(BEFORE, 'pauses before the next step'),
    ...same(['running', 'held'], 'pauses after the batch'),
    between: 'pauses; the end of the wait does not open it',
  },
  resume: { pausing: 'does not pause after all', ...same(['paused', 'between'], 'goes on') },
  advance: same(['paused', 'between'], 'lets one batch go'),
  cancel: {
    ...same(['accepted', 'queued', ...BEFORE], 'ends; nothing was touched'),
    ...same(MIDST, 'restores the old state'),
  },
  close: same(LIVE, 'ends as failed, leaves things as they are'),
  force: {
    queued: 'takes the apps over',
    approval: 'begins without (reason needed)',
    startTime: 'begins now',
    window: 'goes on all the same (reason needed)',
    ...same(['running', 'pausing'], 'takes the batch as good'),
    ...same(['paused', 'between'], 'goes on'),
    held: 'takes the batch as good',
  },
  retry: {
    ...same([...BEFORE, 'running', 'pausing', 'paused', 'between'], 'changes nothing'),
    held: 'replaces what failed',
  },
  rollback: same([...LIVE, 'ending', 'ended'], 'a new deployment reverts it'),
  setPauseMode: same([...BEFORE, ...MIDST], 'holds from the next batch on'),
  approve: { approval: 'counts the approval' },
  reject: { approval: 'ends as cancelled; nothing was touched' },
  edit: same([...BEFORE, ...MIDST], 'holds from the next batch on'),
};

/** Whether a command does anything in one of the situations that a deployment is in. */
export function applies(command: Command, situations: readonly Situation[]): boolean {
  return situations.some((situation) => COMMAND_TABLE[command][situation] !== undefined);
}

/** Commands that apply in the situation, in the table's order. */
export function possibleCommands(situation: Situation): Command[] {
  return (Object.keys(COMMAND_TABLE) as Command[]).filter((command) => applies(command, [situation]));
}

/** The situation that a Deployment shows; what it only intends (`pausing`) is not told by it. */
export function situationOf(state: string, gate?: { kind: string }): Situation {
  switch (state) {
    case 'accepted':
    case 'queued':
    case 'held':
    case 'paused':
      return state;
    case 'waiting':
      return gate && (gate.kind === 'approval' || gate.kind === 'startTime') ? gate.kind : 'window';
    case 'running':
      return gate?.kind === 'readiness' ? 'ending' : 'running';
    default:
      return 'ended';
  }
}
