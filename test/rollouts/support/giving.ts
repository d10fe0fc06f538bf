import { expect } from 'vitest';
import { COMMAND_TABLE, type Situation } from '../../../src/model/command-table.js';
import { COMMANDS, type Command, type CommandBody } from '../../../src/model/deployment.js';
import { until } from '../../helpers/until.js';
import type { Acting } from './effects.js';
import { PATIENCE, type Release } from './release.js';
import type { Scene } from './scenes.js';

export const ALL = Object.keys(COMMANDS) as Command[];

/** Commands that the table has no effect for. */
const refusedIn = (situation: Situation) => ALL.filter((command) => !COMMAND_TABLE[command][situation]);

/** A body with which a command is refused for nothing but the situation. */
function bodyOf(command: Command): CommandBody {
  if (command === 'setPauseMode') return { by: 'eva', mode: 'each' };
  return command === 'edit' ? { by: 'eva', options: { holdSeconds: 1 } } : { by: 'eva' };
}

/** All that is shown, but for how far the actions are. */
async function shown(release: Release): Promise<object> {
  const { steps: _, ...rest } = await release.deployment();
  return rest;
}

/** Each is a 409 that names the state, and changes nothing. */
export async function refusesOthers(release: Release, situation: Situation): Promise<void> {
  const before = await shown(release);
  for (const command of refusedIn(situation)) {
    const { status, body } = await release.post(command, bodyOf(command));
    expect([command, status, body.code]).toEqual([command, 409, 'not_applicable']);
    expect(body.state).toBe((await release.deployment()).state);
    expect(body.message.length).toBeGreaterThan(20);
  }
  expect(await shown(release)).toEqual(before);
}

/** Each is in the ledger as refused, and changes nothing. */
export async function refusesSignals(release: Release, situation: Situation): Promise<void> {
  const before = await shown(release);
  for (const command of refusedIn(situation)) await release.signal(command, bodyOf(command));
  for (const command of refusedIn(situation)) {
    const refused = async () =>
      (await release.ledger(command)).find(({ channel, by }) => channel === 'signal' && by === 'eva');
    const { description } = await until(refused, { what: `${command} in the ledger`, ...PATIENCE });
    expect(description).toMatch(/^refused: /);
  }
  expect(await shown(release)).toEqual(before);
}

export function byApi(release: Release, scene: Pick<Scene, 'open'>): Acting {
  return {
    release,
    give: async (command, body) => {
      const reply = await release.post(command, body);
      expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('"id"')]);
    },
    refusedWithoutReason: async (command) => {
      const { status, body } = await release.post(command, { reason: ' ' });
      expect([status, body.code]).toEqual([422, 'reason_required']);
    },
    open: () => scene.open(release),
  };
}

export function bySignal(release: Release, scene: Pick<Scene, 'open'>): Acting {
  return {
    release,
    give: (command, body) => release.signal(command, body),
    refusedWithoutReason: async (command) => {
      await release.signal(command, { reason: ' ' });
      const told = async () => (await release.ledger(command)).at(-1)?.description ?? '';
      await until(async () => /^refused: .* only with a reason$/.test(await told()), {
        what: 'the refusal',
        ...PATIENCE,
      });
    },
    open: () => scene.open(release),
  };
}
