import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conclude } from '../../src/admission/conclusion.js';
import { loadWorkAt } from '../../src/admission/work.js';
import { journalOver } from '../../src/service/journal.js';
import { DATABASES, NO_SERVER, openTestStore, type TestStore } from '../helpers/open-store.js';
import { Desk } from './desk.js';

const app = (id: string) => ({ id, cmd: 'sleep 1', instances: 2 });

describe.each(DATABASES)('the journal on %s', (database) => {
  const away = database === 'PostgreSQL' && NO_SERVER !== '';
  describe.skipIf(away)(`tells that a step begins${away ? NO_SERVER : ''}`, () => {
    let opened: TestStore;
    beforeAll(async () => {
      opened = await openTestStore(database);
    });
    afterAll(() => opened?.close());

    /** Types of the events about deployments, in their order. */
    const told = async (desk: Desk) => (await desk.events()).filter((type) => type.startsWith('deployment_'));

    it('once, whoever calls how often, and that the one before it is done', async () => {
      const desk = new Desk(opened.store);
      const deployment = await desk.put(app('/web'));
      const journal = journalOver(opened.store);
      const begin = (step: number) => journal.begin({ deployment, step, app: '/web' });
      const works = await Promise.all([
        begin(1),
        begin(1),
        journalOver(opened.store).begin({ deployment, step: 1, app: '/web' }),
      ]);
      for (const { target } of works) expect(target).toMatchObject(app('/web'));
      expect(await told(desk)).toEqual(['deployment_info']);
      await begin(2);
      await begin(1);
      expect(await told(desk)).toEqual(['deployment_info', 'deployment_step_success', 'deployment_info']);
      expect(await desk.deployment(deployment)).toMatchObject({ state: 'running', currentStep: 2 });
    });

    it('of a plan that is too large to be read beside the work, too', async () => {
      const desk = new Desk(opened.store);
      const many = Array.from({ length: 400 }, (_, i) => app(`/many/app-${i}-${'x'.repeat(40)}`));
      const deployment = await desk.put(many);
      const id = many[0]?.id ?? '';
      expect((await loadWorkAt(opened.store, deployment, id, 1)).behind).toBeUndefined();
      const journal = journalOver(opened.store);
      await Promise.all([1, 2, 3].map(() => journal.begin({ deployment, step: 1, app: id })));
      expect(await told(desk)).toEqual(['deployment_info']);
    });

    it('not of one that has ended', async () => {
      const desk = new Desk(opened.store);
      const deployment = await desk.put(app('/web'));
      await conclude(opened.store, { deployment, outcome: 'cancelled', description: 'not wanted any more' });
      const before = await told(desk);
      await journalOver(opened.store).begin({ deployment, step: 1, app: '/web' });
      expect(await told(desk)).toEqual(before);
      expect(await desk.deployment(deployment)).toMatchObject({ state: 'cancelled', currentStep: 0 });
    });
  });
});
