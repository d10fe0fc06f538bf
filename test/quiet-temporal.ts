import { DefaultLogger, Runtime } from '@temporalio/worker';

// Workers that come and go, and activities that fail on purpose, are what these tests are about.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});
