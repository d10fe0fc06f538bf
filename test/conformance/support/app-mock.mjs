// An app whose health and readiness the test decides: `app-mock.mjs PORT APP VERSION CONTROL_URL [listen-late]`.
// It asks the control server at each check, and with `listen-late` before it listens at all.
import { createServer } from 'node:http';

const [port, app, version, control, late] = process.argv.slice(2);
const task = process.env.MESOS_TASK_ID;

async function ask(kind) {
  const query = new URLSearchParams({ app, version, task });
  try {
    const answer = await fetch(`${control}/${kind}?${query}`);
    await answer.text();
    return answer.status;
  } catch {
    return 503;
  }
}

async function serve(request, response) {
  const kind = request.url.slice(1);
  const status = kind === 'health' || kind === 'ready' ? await ask(kind) : 200;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(kind === 'ping' ? `Pong ${app}` : '{}');
}

process.on('SIGTERM', () => process.exit(0));
while (late && (await ask('listen')) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
createServer(serve).listen(Number(port), '127.0.0.1');
