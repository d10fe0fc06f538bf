// Takes a home as the service would, says "held" or why not, and keeps it until SIGTERM or until its npm dies.
import { openHome } from '../../src/home.js';
import { onParentDeath } from '../../src/os/npm-parent.js';

const [path = '', at = '0'] = process.argv.slice(2);
while (Date.now() < Number(at)); // several starters begin in the same millisecond
try {
  const home = await openHome(path);
  console.log(`held ${process.pid}`);
  const stop = () => void home.release().then(() => process.exit(0));
  process.on('SIGTERM', stop);
  onParentDeath(stop);
  setInterval(() => {}, 1_000);
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : error}`);
}
