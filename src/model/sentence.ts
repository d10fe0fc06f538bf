import type { Gate } from './deployment.js';

/** Why it does not move, in one sentence: what holds it, since when, until when and what happens then, who can open it. */
export function sentence({ description, since, until, then, who }: Gate): string {
  const end = until ? ` until ${until}${then ? `, when ${then}` : ''}` : '';
  return `${description} (since ${since}${end})${who ? `; ${who} can open it` : ''}`;
}
