import type { Route } from '../http/routing.js';

/** Routes below a prefix of the path. */
export interface Mount {
  prefix: string;
  /** Heading of its operations. */
  tag: { name: string; description: string };
  /** Name of the component that its refusals have. */
  error: 'Error' | 'MarathonError';
  routes: readonly Route[];
}

/** What the document tells of the service. */
export interface Facts {
  version: string;
  environment: string;
  /** A token is asked for. */
  secured: boolean;
}
