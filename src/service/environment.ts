/** The environment that a service shows and runs. */
export const ENVIRONMENT = 'default';
