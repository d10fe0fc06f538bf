import { parseApp } from '../src/formats/marathon/parse-app.js';
import type { App } from '../src/model/app.js';
import { complete } from '../src/model/defaults.js';
import type { Root } from '../src/model/root.js';
import { plan } from '../src/planning/plan.js';
import { elapsed } from './clock.js';
import type { Figure } from './figure.js';

const NOW = '2026-01-01T00:00:00.000Z';

/** P5: a plan in which all apps are new and each depends on the one ten before it. */
export async function planning(): Promise<Figure> {
  await timeOf(500);
  const perApp = { small: (await timeOf(500)) / 500, large: (await timeOf(50_000)) / 50_000 };
  const measured = await timeOf(5_000);
  return {
    id: 'P5',
    what: 'plan of 5,000 apps with dependencies (floor: the time per app at 500, times 5,000)',
    measured,
    unit: 'ms',
    floor: perApp.small * 5_000,
    ratio: perApp.large / perApp.small,
    target: '< 500 ms; time per app from 500 to 50,000 at most doubles',
    reached: measured < 500 && perApp.large <= 2 * perApp.small,
  };
}

function timeOf(count: number): Promise<number> {
  const empty: Root = { version: NOW, apps: new Map(), groups: new Map() };
  const target = rootOf(count);
  return elapsed(async () => plan(empty, target));
}

function rootOf(count: number): Root {
  const apps = new Map<string, App>();
  for (let i = 0; i < count; i++) {
    const dependencies = i < 10 ? [] : [`/app-${i - 10}`];
    const update = parseApp({ id: `/app-${i}`, cmd: 'true', dependencies, portDefinitions: [] });
    apps.set(update.id, {
      ...complete(update),
      version: NOW,
      versionInfo: { lastScalingAt: NOW, lastConfigChangeAt: NOW },
    });
  }
  return { version: NOW, apps, groups: new Map([['/', { id: '/', dependencies: [], version: NOW }]]) };
}
