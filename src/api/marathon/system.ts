import { operation } from '../http/operation.js';
import type { Answer, Call, Route } from '../http/routing.js';
import { json } from '../openapi/answers.js';
import { infoAnswer, leaderAnswer, messageAnswer } from '../openapi/answers-marathon.js';

/** What `/v2/info` and `/v2/leader` tell of this server. */
export interface SystemFacts {
  version: string;
  environment: string;
  /** `host:port` under which it listens. */
  address(): { host: string; port: number };
}

/** `/v2/info` and `/v2/leader`. */
export function systemRoutes(facts: SystemFacts): Route[] {
  return [
    {
      path: /^\/info\/*$/,
      at: ['/info'],
      GET: operation(
        {
          id: 'getInfo',
          summary: 'What Marathon tells of itself',
          answers: { 200: json('The service as Marathon.', infoAnswer) },
        },
        () => ({ status: 200, body: infoJson(facts) }),
      ),
    },
    {
      path: /^\/leader\/*$/,
      at: ['/leader'],
      GET: operation(
        {
          id: 'getLeader',
          summary: 'Where the leader is: this server',
          answers: { 200: json('Host and port.', leaderAnswer) },
        },
        () => ({ status: 200, body: { leader: leader(facts) } }),
      ),
      DELETE: operation(
        {
          id: 'abdicate',
          summary: 'Taken for the sake of clients',
          description: 'Servers share the work by the database; there is no leadership to hand over.',
          answers: { 200: json('A message.', messageAnswer) },
        },
        () => ({ status: 200, body: { message: 'Leadership abdicated' } }),
      ),
    },
  ];
}

function leader(facts: SystemFacts): string {
  const { host, port } = facts.address();
  return `${host}:${port}`;
}

/** Only keys that Marathon's Python client knows: it fails on others, and on any of the three objects missing. */
function infoJson(facts: SystemFacts): object {
  const { host, port } = facts.address();
  return {
    name: 'marathon',
    version: facts.version,
    buildref: 'slipway',
    elected: true,
    leader: leader(facts),
    frameworkId: `slipway-${facts.environment}`,
    marathon_config: {
      framework_name: 'slipway',
      ha: true,
      hostname: host,
      local_port_min: 10_000,
      local_port_max: 20_000,
      webui_url: `http://${host}:${port}/`,
    },
    zookeeper_config: {},
    http_config: { http_port: port },
  };
}

/** `/ping`: the form follows Accept, as Marathon's SystemResource does. */
export function ping(call: Call): Answer {
  const accept = call.req.get('accept') ?? '*/*';
  if (/\*\/\*|text\/(plain|html|\*)/i.test(accept)) return { status: 200, body: 'pong' };
  if (/application\/json/i.test(accept)) {
    return { status: 200, body: Buffer.from('"pong"'), headers: { 'Content-Type': 'application/json' } };
  }
  return { status: 204 };
}
