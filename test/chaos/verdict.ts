import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, isEnded } from '../../src/model/deployment.js';
import type { Client } from './client.js';
import type { Ends } from './ends.js';
import type { Apps, Model } from './model.js';
import { instancesIn } from './os.js';
import { MARK } from './program.js';

const SETTLE_MS = 120_000;
const LOOK_MS = 300;

/** What must be true when all is calm again: promises 3, 4 and 6. */
export async function finalBreaches(
  home: string,
  models: readonly Model[],
  client: Client,
  ends: Ends,
): Promise<string[]> {
  const wanted: Apps = new Map(models.flatMap(({ now }) => [...now]));
  return [
    ...(await settled(() => wrongInstances(home, wanted))),
    ...(await wrongDefinitions(client, wanted)),
    ...(await withoutOneEnd(models, client, ends)),
  ];
}

/** Promise 4, by the operating system: exactly the wanted instances of the wanted definition, and nothing else. */
function wrongInstances(home: string, wanted: Apps): string[] {
  const found = new Map<string, string[]>();
  for (const { app, mark } of instancesIn(home)) found.set(app, [...(found.get(app) ?? []), mark]);
  const apps = new Set([...found.keys(), ...wanted.keys()]);
  return [...apps].flatMap((app) => {
    const { mark = 'none', instances = 0 } = wanted.get(app) ?? {};
    const runs = (found.get(app) ?? []).sort().join(', ');
    const right = Array.from({ length: instances }, () => mark).join(', ');
    return runs === right ? [] : [`${app} runs ${runs || 'nothing'}; ${right || 'nothing'} is wanted`];
  });
}

/** Promises 3 and 6: the definitions are those of the last accepted changes, rollbacks included. */
async function wrongDefinitions(client: Client, wanted: Apps): Promise<string[]> {
  type Shown = { id: string; instances: number; env: Record<string, string> };
  const { body } = await client.get<{ apps: Shown[] }>('/v2/apps');
  const shown = new Map(body.apps.map(({ id, instances, env }) => [id, `${env[MARK]} × ${instances}`]));
  const right = new Map([...wanted].map(([app, { mark, instances }]) => [app, `${mark} × ${instances}`]));
  return [...new Set([...shown.keys(), ...right.keys()])].flatMap((app) =>
    shown.get(app) === right.get(app)
      ? []
      : [
          `${app} is defined as ${shown.get(app) ?? 'nothing'}; ${right.get(app) ?? 'nothing'} was accepted last`,
        ],
  );
}

/** Promise 3: every accepted change has ended, and said so once. */
async function withoutOneEnd(models: readonly Model[], client: Client, ends: Ends): Promise<string[]> {
  const ids = new Set(models.flatMap(({ accepted }) => accepted.map(({ id }) => id)));
  const breaches: string[] = [];
  for (const id of ids) {
    const { status, body } = await client.get<Deployment>(`/api/deployments/${id}`);
    if (status !== 200) breaches.push(`deployment ${id} was accepted and is answered ${status}`);
    else if (!isEnded(body.state))
      breaches.push(`deployment ${id} is still ${body.state}: ${body.description}`);
  }
  const unsaid = () =>
    [...ids].flatMap((id) => {
      const said = ends.said.get(id) ?? 0;
      return said === 1 ? [] : [`deployment ${id} said ${said} times that it has ended`];
    });
  return [...breaches, ...(await settled(unsaid))];
}

/** What is still wrong after a while. */
async function settled(look: () => string[]): Promise<string[]> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const wrong = look();
    if (wrong.length === 0 || Date.now() > deadline) return wrong;
    await sleep(LOOK_MS);
  }
}
