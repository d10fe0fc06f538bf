import type { Client } from '@temporalio/client';
import { TerminalError } from '../errors.js';
import { SEARCH_APP, SEARCH_ENVIRONMENT, SEARCH_GATE, SEARCH_STEP } from './search-attributes.js';

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
  const { operatorService } = client.connection;
  const { namespace } = client.options;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(WANTED).filter(([name]) => customAttributes?.[name] === undefined);
  if (missing.length === 0) return;
  try {
    await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
  } catch (error) {
    throw new TerminalError(
      'forbidden',
      `${howTo(namespace, missing)} (${error instanceof Error ? error.message : error})`,
    );
  }
}

function howTo(namespace: string, missing: [string, number][]): string {
  const flags = missing.map(
    ([name, type]) => `--name ${name} --type ${type === KEYWORD ? 'Keyword' : 'KeywordList'}`,
  );
  return `Temporal's namespace "${namespace}" lacks search attributes that this service may not register. Run: temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`;
}
