// Makes sure that a Temporal CLI is on this machine and prints its path. Needs a build: `npm run build` first.
import { findTemporal } from '../dist/src/temporal/binary/index.js';

const say = (line) => process.stderr.write(`${line}\n`);
try {
  process.stdout.write(`${await findTemporal({ env: process.env, say })}\n`);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
