/** What a plan changes, as a rollback needs it. */
export { changeSet } from '../model/change-set.js';
