import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';

/** Sends the SDK's log to ours; its INFO is about pollers and nothing that an operator asks for. Once per process, first. */
export function quietTemporal(log: Logger): void {
  const logger = new DefaultLogger('WARN', (entry) => write(log, entry));
  Runtime.install({
    logger,
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
}

/** A worker for activities alone is what we want, and nothing to warn of. */
function write(log: Logger, { level, message, meta }: LogEntry): void {
  const fields = { ...meta };
  if (message.startsWith('No workflows registered')) return;
  if (level === 'ERROR') log.error(fields, message);
  else if (level === 'WARN') log.warn(fields, message);
  else log.debug(fields, message);
}
