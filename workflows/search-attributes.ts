import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Search attributes of the workflow type `deployment`; also used inside the workflow. */
export const SEARCH_APP = defineSearchAttributeKey('SlipwayApp', SearchAttributeType.KEYWORD_LIST);
export const SEARCH_ENVIRONMENT = defineSearchAttributeKey('SlipwayEnvironment', SearchAttributeType.KEYWORD);
/** `2/5 RestartApplication`. */
export const SEARCH_STEP = defineSearchAttributeKey('SlipwayStep', SearchAttributeType.KEYWORD);
/** Kind of the gate that holds it; `none` otherwise. */
export const SEARCH_GATE = defineSearchAttributeKey('SlipwayGate', SearchAttributeType.KEYWORD);
