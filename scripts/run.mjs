// Runs a compiled entry, building first when a source changed: `node scripts/run.mjs src/main.js …`.
import { ensureBuilt } from './build.mjs';

const entry = process.argv.splice(2, 1)[0];
await ensureBuilt((line) => console.error(line));
await import(new URL(`../dist/${entry}`, import.meta.url).href);
