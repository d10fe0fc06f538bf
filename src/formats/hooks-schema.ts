import { z } from 'zod';
import { object } from './parse.js';

const command = z.string().min(1);
const http = object({
  scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP'),
  path: z.string().default('/'),
  portIndex: z.int().min(0).exactOptional(),
  portName: z.string().min(1).exactOptional(),
  port: z.int().min(1).max(65_535).exactOptional(),
}).refine(
  ({ portIndex, portName, port }) =>
    [portIndex, portName, port].filter((each) => each !== undefined).length < 2,
  { error: 'may only have one of port, portIndex and portName' },
);
const timeoutSeconds = z.number().gt(0).max(86_400).exactOptional();

/** `hooks` of an app: what is done beside an instance after its start and before its end (docs/api.md). */
export const hooksSchema = object({
  postStart: z.union([object({ command, timeoutSeconds }), object({ http, timeoutSeconds })]).exactOptional(),
  preStop: z.union([object({ command }), object({ http })]).exactOptional(),
});
