import type { Client } from '@temporalio/client';
import {
  SEARCH_APP,
  SEARCH_ENVIRONMENT,
  SEARCH_GATE,
  SEARCH_STEP,
} from '../../workflows/search-attributes.js';
import { TerminalError } from '../errors.js';

/** Indexed value types of the operator service: keyword, list of keywords. */
const KEYWORD = 2;
const KEYWORD_LIST = 7;

const WANTED: Record<string, number> = {
  [SEARCH_APP.name]: KEYWORD_LIST,
  [SEARCH_ENVIRONMENT.name]: KEYWORD,
  [SEARCH_STEP.name]: KEYWORD,
  [SEARCH_GATE.name]: KEYWORD,
};

/** Registers what the namespace lacks. Throws a sentence with the command to run where the service may not. */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const missing = await missingAttributes(client);
  if (missing.length === 0) return;
  const { namespace } = client.options;
  const searchAttributes = Object.fromEntries(missing);
  try {
    await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    // Another process may have been faster.
    if ((await missingAttributes(client)).length === 0) return;
    const why = error instanceof Error ? error.message : error;
    throw new TerminalError('forbidden', `${howTo(namespace, missing)} (${why})`);
  }
}

async function missingAttributes(client: Client): Promise<[string, number][]> {
  const { namespace } = client.options;
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(WANTED).filter(([name]) => customAttributes?.[name] === undefined);
}

function howTo(namespace: string, missing: [string, number][]): string {
  const flags = missing.map(
    ([name, type]) => `--name ${name} --type ${type === KEYWORD ? 'Keyword' : 'KeywordList'}`,
  );
  return `Temporal's namespace "${namespace}" lacks search attributes that this service may not register. Run: temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`;
}
