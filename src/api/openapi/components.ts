import { z } from 'zod';
import { groupChangeSchema } from '../../formats/marathon/parse-change.js';
import { appSchema, groupSchema } from '../../formats/marathon/schema.js';
import { releaseFields } from '../../formats/release-schema.js';
import {
  commandRequest,
  deploymentRequest,
  editRequest,
  freezeRequest,
  templateRequest,
  windowRequest,
} from '../native/schemas.js';
import { timestamp } from './answers.js';
import * as ofApps from './answers-app.js';
import { freeze, releaseWindow } from './answers-calendar.js';
import * as marathon from './answers-marathon.js';
import * as native from './answers-native.js';

type Json = Record<string, unknown>;

/** Whose names a reader of the document should see; the others are named after their operation. */
const TAKEN = {
  App: appSchema,
  Group: groupSchema,
  GroupChange: groupChangeSchema,
  Strategy: releaseFields.strategy,
  DeploymentRequest: deploymentRequest,
  CommandRequest: commandRequest,
  EditRequest: editRequest,
  TemplateRequest: templateRequest,
  FreezeRequest: freezeRequest,
  WindowRequest: windowRequest,
};

const GIVEN = {
  Timestamp: timestamp,
  AppInfo: ofApps.appInfo,
  AppDefinition: ofApps.appDefinition,
  Task: ofApps.task,
  GroupInfo: marathon.group,
  DeploymentResult: marathon.deploymentResult,
  RunningDeployment: marathon.marathonDeployment,
  MarathonError: marathon.marathonError,
  Deployment: native.deployment,
  Instance: native.instance,
  Plan: native.planPreview,
  LedgerEntry: native.ledgerEntry,
  Template: native.template,
  Explanation: native.explanation,
  Freeze: freeze,
  Window: releaseWindow,
  Error: native.nativeError,
};

/**
 * Collects the schemas of the document. Those of bodies and those of answers are apart: the same zod schema means
 * another JSON where it has defaults.
 */
export class Components {
  readonly #taken = new Named(TAKEN, 'input');
  readonly #given = new Named(GIVEN, 'output');

  /** A reference to the schema of a body. */
  taken(schema: z.ZodType, name: string): Json {
    return this.#taken.reference(schema, name);
  }

  /** A reference to the schema of an answer. */
  given(schema: z.ZodType, name: string): Json {
    return this.#given.reference(schema, name);
  }

  /** All of them, once everything has been referred to. */
  schemas(): Json {
    return { ...this.#taken.schemas(), ...this.#given.schemas() };
  }
}

class Named {
  readonly #registry = z.registry<{ id: string }>();

  constructor(
    known: Record<string, z.ZodType>,
    readonly io: 'input' | 'output',
  ) {
    for (const [id, schema] of Object.entries(known)) this.#registry.add(schema, { id });
  }

  reference(schema: z.ZodType, name: string): Json {
    const known = this.#registry.get(schema)?.id;
    if (known === undefined) this.#registry.add(schema, { id: name });
    return { $ref: refTo(known ?? name) };
  }

  schemas(): Json {
    const { schemas } = z.toJSONSchema(this.#registry, { io: this.io, uri: refTo });
    return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, bare(schema)]));
  }
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

/** Without the keys that belong to a document of its own. */
function bare(schema: object): Json {
  const { $schema: _schema, $id: _id, ...rest } = schema as Json;
  return rest;
}

/** JSON Schema of one value, without names. */
export function inline(schema: z.ZodType): Json {
  return bare(z.toJSONSchema(schema, { io: 'output' }));
}
