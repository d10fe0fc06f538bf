import { METHODS, type Method, type Route } from '../http/routing.js';
import { Components } from './components.js';
import type { Facts, Mount } from './mount.js';
import { type Described, describeOperation, PARAMETERS, refusalComponents } from './operations.js';

type Json = Record<string, unknown>;

const DESCRIPTION = `Slipway carries a running system to the state that you want, step by step.
\`/v2\` is Marathon's API, to the letter; \`/api\` is Slipway's own. Every change is a deployment, whose id is in the header
\`Marathon-Deployment-Id\`. Ids of apps and groups are paths, and stand in the URL as they are.`;

/** The OpenAPI 3.1 document of all routes, made from what they declare beside their handlers. */
export function openapiDocument(mounts: readonly Mount[], facts: Facts): Json {
  const components = new Components();
  const paths = Object.fromEntries(mounts.flatMap((mount) => pathsOf(mount, components, facts)));
  return {
    openapi: '3.1.1',
    info: {
      title: 'Slipway',
      version: facts.version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: '/', description: 'The default environment.' },
      { url: `/environments/${facts.environment}`, description: 'The environment by its name.' },
    ],
    ...(facts.secured ? { security: [{ bearer: [] }, { basic: [] }] } : {}),
    tags: mounts.map(({ tag }) => tag),
    paths,
    components: {
      schemas: components.schemas(),
      parameters: PARAMETERS,
      responses: { ...refusalComponents('Error'), ...refusalComponents('MarathonError') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token.' },
        basic: { type: 'http', scheme: 'basic', description: 'Any name, and the token as the password.' },
      },
    },
  };
}

function pathsOf(mount: Mount, components: Components, facts: Facts): [string, Json][] {
  return mount.routes.flatMap((route) =>
    route.at.map((template, index): [string, Json] => [
      mount.prefix + template,
      pathItem({ mount, route, template, components, facts, again: index > 0 }),
    ]),
  );
}

interface Place extends Omit<Described, 'operation'> {
  route: Route;
}

function pathItem({ route, ...place }: Place): Json {
  const methods = METHODS.flatMap((method: Method) => {
    const operation = route[method];
    if (operation === undefined) return [];
    return [[method.toLowerCase(), describeOperation({ ...place, route, operation: operation.description })]];
  });
  return Object.fromEntries(methods);
}
