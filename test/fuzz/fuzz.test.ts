import { expect, test } from 'vitest';
import { serve, sharedStore } from '../api/harness.js';
import { instanceOf, running, succeed, tell } from '../api/steps.js';
import { tempDir } from '../helpers/temp-dir.js';
import { fuzz, schemathesis } from './schemathesis.js';

const store = sharedStore();
const SECONDS = 30;
/** Fewer say little. A busy machine needs more than one round for them. */
const FEWEST_ACCEPTED = 11;
const MOST_ROUNDS = 4;

/** Streams do not end, so that they are looked at in test/api/events.test.ts only. */
const STREAMS = ['streamEvents', 'streamMarathonEvents'];

test('no request that is made from the document brings a 500, or an answer that it does not describe', async ({
  skip,
}) => {
  const found = await schemathesis();
  if ('missing' in found) return skip(`the fuzzer cannot be installed: ${found.missing}`);
  const served = await serve(store(), { stopInstances: async () => 0 });
  served.ports.followable = false;
  await fill(served);

  const settling = settleAll(served);
  for (let round = 1; round <= MOST_ROUNDS && served.accepted.length < FEWEST_ACCEPTED; round++) {
    const { code, output } = await fuzz(found.program, {
      url: served.url,
      folder: await tempDir(),
      examples: 5,
      seconds: SECONDS,
      without: STREAMS,
    });
    expect(code, output).toBe(0);
  }
  await settling.stop();

  expect(served.ports.errors).toEqual([]);
  expect(served.accepted.length).toBeGreaterThanOrEqual(FEWEST_ACCEPTED);
}, 240_000);

type Served = Awaited<ReturnType<typeof serve>>;

/** What the examples of the document name. */
async function fill(served: Served): Promise<void> {
  const version = await running(served, { id: '/product/web', instances: 2 });
  await tell(served, [instanceOf('/product/web', version), instanceOf('/product/web', version)]);
  await served.call('PUT', '/api/templates/web', { app: { id: '/product/api', cmd: 'sleep 1000' } });
}

/** Deployments end soon after they are accepted, as if a workflow ran: their apps can be changed again. */
function settleAll(served: Served): { stop(): Promise<void> } {
  let settled = 0;
  let work = Promise.resolve();
  const timer = setInterval(() => {
    const ids = served.accepted.slice(settled);
    settled += ids.length;
    for (const id of ids) work = work.then(() => succeed(served, id).catch(() => undefined));
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return work;
    },
  };
}
