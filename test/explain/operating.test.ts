import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { COMMAND_TABLE, SITUATIONS, type Situation } from '../../src/model/command-table.js';
import type { Command, Gate } from '../../src/model/deployment.js';
import { refusal } from '../../workflows/commands.js';
import { initialState, type State } from '../../workflows/state.js';
import { commandTable } from '../helpers/command-doc.js';

const FILE = new URL('../../docs/operating.md', import.meta.url);
const [BEGIN, END] = ['<!-- commands: begin -->', '<!-- commands: end -->'];

/** `RECORD_DOCS=1 npx vitest run test/explain` writes the section anew. */
test('docs/operating.md says which command does what when, as the source does', async () => {
  const text = await readFile(FILE, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const [section, after] = rest.split(END);
  if (process.env.RECORD_DOCS === '1')
    await writeFile(FILE, `${before}${BEGIN}\n${commandTable()}\n${END}${after}`);
  else expect(section?.trim()).toBe(commandTable());
});

const LATER = '2030-01-01T00:00:00.000Z';
const gate = (kind: Gate['kind']): Gate => ({ kind, since: LATER, description: kind });

/** A deployment in the situation; those without a workflow, or with an ended one, have none. */
const IN: Partial<Record<Situation, (state: State) => void>> = {
  approval: (state) => state.waits.push({ gate: gate('approval') }),
  startTime: (state) => state.waits.push({ gate: gate('startTime') }),
  window: (state) => state.waits.push({ gate: gate('window') }),
  running: () => undefined,
  pausing: (state) => {
    state.paused = true;
  },
  paused: (state) => {
    state.paused = true;
    state.waits.push({ gate: gate('pause') });
  },
  between: (state) => state.waits.push({ gate: gate('pause') }),
  held: (state) => state.waits.push({ gate: gate('failure') }),
  ending: (state) => {
    state.ending = { kind: 'cancel', by: 'ana', reason: '' };
  },
};

const BODY = {
  by: 'eva',
  reason: 'known',
  mode: 'each',
  options: { holdSeconds: 1 },
} as const;

describe('each cell of the table', () => {
  const cells = (Object.keys(COMMAND_TABLE) as Command[]).flatMap((command) =>
    (Object.keys(IN) as Situation[]).map((situation) => [command, situation] as const),
  );
  test.each(cells)('%s, %s', (command, situation) => {
    const options = { approval: { required: 2, from: ['eva'] } };
    const state = initialState({
      id: '1',
      environment: 'test',
      steps: [],
      options,
      by: 'ana',
      reason: '',
    });
    IN[situation]?.(state);
    const refused = refusal(state, command, BODY);
    if (COMMAND_TABLE[command][situation] === undefined) expect(refused?.code).toBe('not_applicable');
    else expect(refused).toBeUndefined();
  });

  test('every situation with a workflow is tried', () => {
    const without: Situation[] = ['accepted', 'queued', 'ended'];
    expect([...Object.keys(IN), ...without].sort()).toEqual(Object.keys(SITUATIONS).sort());
  });
});
