import type { PathParameter } from './routing.js';

const FORM = 'As it is in the path, `/product/db`, or with its slashes encoded, `product%2Fdb`.';

export const appId: PathParameter = { description: `Id of an app. ${FORM}`, example: 'product/web' };

export const groupId: PathParameter = { description: `Id of a group. ${FORM}`, example: 'product' };

export const version: PathParameter = {
  description: 'The timestamp that names a version.',
  example: '2026-01-31T09:30:00.000Z',
};
