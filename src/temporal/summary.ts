import type { DeploymentInput } from '../../workflows/types.js';

/** So many steps and apps are written out; the server takes 200 bytes of summary and 20 KB of details. */
const STEPS_SHOWN = 50;
const APPS_SHOWN = 10;
const SUMMARY_BYTES = 200;

/** One line for the list of workflows: "RestartApplication /product/db, /product/app (by ana: new logo)". */
export function summaryOf({ steps, by, reason }: DeploymentInput): string {
  const actions = steps.flatMap((step) => step.actions).filter(({ action }) => action !== 'StartApplication');
  const names = [...new Set(actions.map((action) => action.action))].join(', ');
  const apps = listed([...new Set(actions.map((action) => action.app))]);
  const line = `${names} ${apps} (by ${by}${reason ? `: ${reason}` : ''})`;
  return line.length <= SUMMARY_BYTES / 2 ? line : `${line.slice(0, SUMMARY_BYTES / 2)}…`;
}

/** The plan as markdown, for the workflow's page. */
export function detailsOf({ steps, by, reason }: DeploymentInput): string {
  const lines = steps.slice(0, STEPS_SHOWN).map((step, index) => {
    const actions = step.actions.slice(0, APPS_SHOWN).map(({ action, app }) => `${action} ${app}`);
    const more = step.actions.length - actions.length;
    return `${index + 1}. ${actions.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  });
  const more = steps.length > STEPS_SHOWN ? [`… ${steps.length - STEPS_SHOWN} more steps`] : [];
  return [`By **${by}**${reason ? `: ${reason}` : ''}`, '', ...lines, ...more].join('\n').slice(0, 15_000);
}

function listed(apps: string[]): string {
  const shown = apps.slice(0, APPS_SHOWN).join(', ');
  return apps.length > APPS_SHOWN ? `${shown} and ${apps.length - APPS_SHOWN} more` : shown;
}
