// A small program to deploy: answers on one port, can be late, unhealthy or short-lived on demand.
//   node server.js --name db --port $PORT0 [--version 1] [--ready-after ms] [--unhealthy] [--exit-after ms]
// Runs as it lies anywhere, as a module or not: hence no import statements.
void Promise.all([import('node:http'), import('node:util')]).then(([http, { parseArgs }]) => {
  const { values: options } = parseArgs({
    options: {
      name: { type: 'string', default: 'server' },
      port: { type: 'string', default: process.env.PORT0 ?? '8000' },
      version: { type: 'string', default: '1' },
      'ready-after': { type: 'string', default: '0' },
      unhealthy: { type: 'boolean', default: false },
      'exit-after': { type: 'string' },
    },
  });

  const readyAt = Date.now() + Number(options['ready-after']);

  function answer(request, response) {
    if (request.url !== '/health') return response.end(`${options.name} ${options.version}\n`);
    const healthy = !options.unhealthy && Date.now() >= readyAt;
    response.writeHead(healthy ? 200 : 503).end(healthy ? 'healthy\n' : 'not healthy\n');
  }

  const server = http.createServer(answer).listen(Number(options.port), () => {
    console.log(`${options.name} ${options.version} listens on port ${options.port}`);
  });

  server.on('error', (error) => {
    console.error(`cannot listen on port ${options.port}: ${error.message}`);
    process.exit(1);
  });

  // Stops listening, finishes open requests, and ends with status 0.
  process.on('SIGTERM', () => server.close(() => process.exit(0)));

  if (options['exit-after'] !== undefined) setTimeout(() => process.exit(1), Number(options['exit-after']));
});
