import type { Deployment } from '../model/deployment.js';
import type { Client } from './client.js';

/** A list of the native API: `next` is passed back as `before`. */
interface Page<T> {
  items: T[];
  next?: string;
}

type Filter = Record<string, string | number | boolean | undefined>;

const PAGE = 100;
/** Beyond this many items a list is not walked any further. */
const MOST = 10_000;

/** Every item of a list, page by page. */
export async function* pages<T>(client: Client, path: string, filter: Filter): AsyncGenerator<T> {
  let before: string | undefined;
  for (let seen = 0; seen < MOST; seen += PAGE) {
    const page: Page<T> = await client.get<Page<T>>(path, { ...filter, limit: PAGE, before });
    yield* page.items;
    if (page.next === undefined) return;
    before = page.next;
  }
}

/** All of a list at once, or its first so many. */
export async function all<T>(client: Client, path: string, filter: Filter, most = MOST): Promise<T[]> {
  const items: T[] = [];
  if (most === 0) return items;
  for await (const item of pages<T>(client, path, filter)) {
    items.push(item);
    if (items.length >= most) break;
  }
  return items;
}

export function deploymentsOf(client: Client, filter: Filter): Promise<Deployment[]> {
  return all<Deployment>(client, '/api/deployments', filter);
}
