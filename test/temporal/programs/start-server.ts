// Starts the development server as the service would, says its pid, and stays until it is killed.
import pino from 'pino';
import { startDevServer } from '../../../src/temporal/devserver.js';

const [binary = '', home = '', port, uiPort] = process.argv.slice(2);
const server = await startDevServer({
  binary,
  home,
  port: Number(port),
  uiPort: Number(uiPort),
  log: pino({ level: 'silent' }),
});
console.log(server.pid);
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
setInterval(() => {}, 1_000);
