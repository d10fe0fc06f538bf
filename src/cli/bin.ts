#!/usr/bin/env node
import { processIo } from './io.js';
import { run } from './main.js';

// `slipway ps | head`: whoever reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), processIo(new AbortController().signal));
