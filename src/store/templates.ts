import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db } from './db.js';
import { templates } from './schema.js';

/** A template of app configuration as it is kept. */
export interface Template {
  name: string;
  /** App JSON with `{{parameter}}` places. */
  app: Record<string, unknown>;
  description: string;
  updatedAt: string;
  by: string;
}

const COLUMNS = {
  name: templates.name,
  app: templates.app,
  description: templates.description,
  updatedAt: templates.updatedAt,
  by: templates.by,
};

/** All templates of an environment, by name. */
export function listTemplates(db: Db, environment: string): Promise<Template[]> {
  return db
    .select(COLUMNS)
    .from(templates)
    .where(eq(templates.environment, environment))
    .orderBy(asc(templates.name));
}

export async function templateByName(
  db: Db,
  environment: string,
  name: string,
): Promise<Template | undefined> {
  const [found] = await db.select(COLUMNS).from(templates).where(isNamed(environment, name));
  return found;
}

/** Keeps a template, in place of the one with that name; tells whether it is a new one. */
export async function saveTemplate(db: Db, environment: string, template: Template): Promise<boolean> {
  const [written] = await db
    .insert(templates)
    .values({ environment, ...template })
    .onConflictDoUpdate({ target: [templates.environment, templates.name], set: template })
    .returning({ created: sql<boolean>`xmax = 0` });
  return written?.created ?? false;
}

/** Tells whether there was one. */
export async function removeTemplate(db: Db, environment: string, name: string): Promise<boolean> {
  const removed = await db
    .delete(templates)
    .where(isNamed(environment, name))
    .returning({ name: templates.name });
  return removed.length > 0;
}

function isNamed(environment: string, name: string) {
  return and(eq(templates.environment, environment), eq(templates.name, name));
}
