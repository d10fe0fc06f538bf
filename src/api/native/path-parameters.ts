import { z } from 'zod';
import { COMMANDS } from '../../model/deployment.js';
import type { PathParameter } from '../http/routing.js';

export const deploymentId: PathParameter = { description: 'Id of a deployment.' };

export const instanceId: PathParameter = { description: 'Id of an instance.' };

export const templateName: PathParameter = { description: 'Name of a template.', example: 'web' };

export const calendarName: PathParameter = { description: 'Name of a freeze or window.', example: 'weekend' };

/** `edit` is a command of the workflow; here it is PATCH. */
const { edit: _, ...BY_NAME } = COMMANDS;

export const commandParameter: PathParameter = {
  description: Object.entries(BY_NAME)
    .map(([name, meaning]) => `\`${name}\`: ${meaning}`)
    .join('; '),
  schema: z.enum(Object.keys(BY_NAME)),
};
