import type { ActionName, Gate } from './deployment.js';

/** Why it does not move, in one sentence: what holds it, since when, until when and what happens then, who can open it. */
export function sentence({ description, since, until, then, who }: Gate): string {
  const end = until ? ` until ${until}${then ? `, when ${then}` : ''}` : '';
  return `${description} (since ${since}${end})${who ? `; ${who} can open it` : ''}`;
}

/** An action that is not done. */
interface Open {
  action: ActionName;
  app: string;
  batch?: number;
  batches?: number;
  /** "0/2 ready", where that is known. */
  waitsFor?: string;
}

/** So many actions are named one by one. */
const NAMED = 5;

/** What is carried out where no gate holds it: "step 1/2: RestartApplication /a batch 1/3 waits: 0/2 ready". */
export function progressSentence<T>(
  { step, steps }: { step: number; steps: number },
  open: readonly T[],
  asOpen: (action: T) => Open,
): string {
  const named = open.slice(0, NAMED).map((action) => progress(asOpen(action)));
  const more = open.length > NAMED ? [`${open.length - NAMED} more`] : [];
  return `step ${step}/${steps}: ${[...named, ...more].join('; ')}`;
}

function progress({ action, app, batch, batches, waitsFor }: Open): string {
  const where = batch === undefined ? '' : ` batch ${batch}/${batches}`;
  return `${action} ${app}${where}${waitsFor === undefined ? '' : ` waits: ${waitsFor}`}`;
}
