#!/usr/bin/env node
// The `slipway` command of a checkout.
import { ensureBuilt } from './build.mjs';

await ensureBuilt((line) => console.error(line));
await import(new URL('../dist/src/cli/bin.js', import.meta.url).href);
