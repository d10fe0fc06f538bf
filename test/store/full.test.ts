import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetryableError } from '../../src/errors.js';
import { openStore } from '../../src/store/connection.js';
import { loadRoot } from '../../src/store/roots.js';
import type { Store } from '../../src/store/store.js';
import { Desk } from '../admission/desk.js';
import { emptyDatabase } from '../helpers/open-store.js';
import { NO_SMALL_DISK, SmallDisk } from '../helpers/small-disk.js';

describe.skipIf(NO_SMALL_DISK)(`PGlite on a disk that is full${NO_SMALL_DISK}`, () => {
  let disk: SmallDisk;
  let store: Store;
  const told: boolean[] = [];

  beforeAll(async () => {
    disk = SmallDisk.make(200);
    const dir = `${disk.path}/database`;
    store = await openStore({
      dir,
      seed: await emptyDatabase(),
      onSpace: ({ full }) => told.push(full),
    });
  });
  afterAll(async () => {
    await store?.close();
    disk?.dispose();
  });

  it.each([0, 20])(
    'with %d MiB left it refuses to write with a sentence, reads, and goes on when there is room',
    async (left) => {
      const desk = new Desk(store);
      await desk.put({ id: '/before', cmd: 'true' });
      disk.fill(left);
      const refused = await desk.put({ id: '/full', cmd: 'true' }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(RetryableError);
      expect(refused).toMatchObject({
        away: 'the disk of the database',
        message:
          'Nothing can be stored now: the disk of the database is nearly full, or its server only follows another',
      });
      expect([...(await loadRoot({ ...store, roots: new Map() }, desk.environment)).apps.keys()]).toEqual([
        '/before',
      ]);
      disk.clear();
      await desk.put({ id: '/after', cmd: 'true' });
      expect([...(await loadRoot({ ...store, roots: new Map() }, desk.environment)).apps.keys()]).toEqual([
        '/before',
        '/after',
      ]);
    },
  );

  it('is not opened there: a sentence says how much room it needs', async () => {
    disk.fill();
    const opening = openStore({ dir: `${disk.path}/another`, seed: await emptyDatabase() });
    await expect(opening).rejects.toThrow(
      `The disk of ${disk.path} is full: 0 MiB are left, and 64 are needed. Make room on it`,
    );
    disk.clear();
  });

  it('tells when it stops writing and when it goes on', () => {
    expect(told).toEqual([true, false, true, false]);
  });

  it('never writes so much that its log finds no room, however long it goes on', async () => {
    const desk = new Desk(store);
    // Less than the next segments of its log would take.
    disk.fill(66);
    let accepted = 0;
    const env = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`NAME_${n}`, 'x'.repeat(5_000)]));
    const write = () => desk.put({ id: '/large', cmd: `sleep ${accepted}`, env }, { force: true });
    let refusal: unknown;
    while (refusal === undefined && accepted < 2_000)
      await write().then(
        () => accepted++,
        (error: unknown) => {
          refusal = error;
        },
      );
    expect(refusal).toBeInstanceOf(RetryableError);
    disk.clear();
    await write();
    expect(await desk.app('/large')).toMatchObject({ cmd: `sleep ${accepted}` });
  });
});
