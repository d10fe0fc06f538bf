import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What the demo relies on in its product: ids, wanted counts, and the bounds that follow from them. */
export const PRODUCT = {
  group: '/product',
  /** Takes the requests. */
  front: '/product/service/app',
  apps: {
    // 10 at 0.6: never fewer than 6 healthy, never more than 6 + 6 (Marathon's rolling restart).
    '/product/database/db': { instances: 10, fewestHealthy: 6, peak: 12 },
    // 20 at 0.8: never fewer than 16 healthy, never more than 16 + 16.
    '/product/service/app': { instances: 20, fewestHealthy: 16, peak: 32 },
  },
} as const;
export type ProductApp = keyof typeof PRODUCT.apps;
export const PRODUCT_APPS = Object.keys(PRODUCT.apps) as ProductApp[];

/** Environment variable of every instance of one run of the demo: tells them from those of another run on this machine. */
export const RUN_VARIABLE = 'SLIPWAY_DEMO_RUN';

const EXAMPLES = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../examples' : '../../examples', import.meta.url),
);

/** Text of examples/product.json for a run, with the place of its program filled in. */
export async function productText(run: string, release: string): Promise<string> {
  const text = await readFile(`${EXAMPLES}/product.json`, 'utf8');
  return fillIn(text, { examples: EXAMPLES, run, release });
}

/** Puts the folder of the program, the run and the release into the definition. */
function fillIn(text: string, place: { examples: string; run: string; release: string }): string {
  return text
    .replaceAll('{{examples}}', encodeURI(place.examples))
    .replaceAll('"RELEASE": "1"', `"RELEASE": "${place.release}", "${RUN_VARIABLE}": "${place.run}"`);
}
