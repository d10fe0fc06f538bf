import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Answered {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
  /** The JSON of the body; undefined where it is none. */
  body: unknown;
}

interface Described {
  $ref?: string;
  content?: Record<string, { schema: object }>;
  headers?: Record<string, { required?: boolean }>;
}

interface DocumentOperation {
  operationId: string;
  responses: Record<string, Described>;
}

/** As much of an OpenAPI document as the checks need. */
export interface OpenapiDocument {
  paths: Record<string, Record<string, DocumentOperation>>;
  components: { responses: Record<string, Described> };
}

/** Compares answers with the OpenAPI document that the same server gives out. */
export class OpenapiCheck {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #paths: { pattern: RegExp; methods: Record<string, DocumentOperation> }[];

  constructor(readonly document: OpenapiDocument) {
    formats.default(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: 'openapi:document' });
    this.#paths = Object.entries(document.paths)
      .sort(([a], [b]) => specificity(b) - specificity(a))
      .map(([template, methods]) => ({ pattern: patternOf(template), methods }));
  }

  /** The operation that a request is for; undefined where the document has none. */
  operationOf(method: string, url: string): DocumentOperation | undefined {
    const path = pathOf(url);
    const found = this.#paths.find(({ pattern }) => pattern.test(path));
    return found?.methods[method.toLowerCase()];
  }

  /** What is wrong with an answer; empty where the document describes it as it is. */
  problems(operation: DocumentOperation, answer: Answered): string[] {
    const stated = operation.responses[answer.status];
    if (stated === undefined) return [`status ${answer.status} is not described: ${answer.text}`];
    const described = this.#resolved(stated);
    return [...this.#bodyProblems(described, answer), ...headerProblems(described, answer)];
  }

  #resolved(described: Described): Described {
    const name = described.$ref?.split('/').at(-1);
    return name === undefined ? described : (this.document.components.responses[name] ?? {});
  }

  #bodyProblems({ content }: Described, answer: Answered): string[] {
    if (content === undefined) return answer.text === '' ? [] : ['a body is not described'];
    const type = (answer.headers.get('content-type') ?? '').replace(/;.*/, '');
    const media = content[type] ?? content[type.replace(/\/.*/, '/*')];
    if (media === undefined) return [`the type '${type}' is not described`];
    if (type !== 'application/json') return [];
    const validate = this.#validator(media.schema);
    if (validate(answer.body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  #validator(schema: object): ValidateFunction {
    const key = JSON.stringify(schema);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const made = this.#ajv.compile(JSON.parse(key.replaceAll('"#/', '"openapi:document#/')));
    this.#compiled.set(key, made);
    return made;
  }
}

function headerProblems({ headers = {} }: Described, answer: Answered): string[] {
  return Object.entries(headers)
    .filter(([name, { required }]) => required === true && answer.headers.get(name) === null)
    .map(([name]) => `the header ${name} is missing`);
}

function pathOf(url: string): string {
  const path = url.replace(/\?.*$/s, '').replace(/\/{2,}/g, '/');
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}

/** Ids of apps and groups may hold slashes, so that a parameter matches more than one segment there. */
function patternOf(template: string): RegExp {
  const several = /\/(apps|groups|queue)\//.test(template);
  const parts = template
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith('{') ? (several && part === '{id}' ? '.+' : '[^/]+') : part.replace(/[.*]/g, '\\$&'),
    );
  return new RegExp(`^${parts.join('')}$`);
}

/** Templates with more that is fixed are looked at first. */
function specificity(template: string): number {
  return template.replace(/\{\w+\}/g, '').length * 10 - (template.match(/\{/g)?.length ?? 0);
}
