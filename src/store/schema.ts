import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { Freeze, ReleaseWindow } from '../gates/types.js';
import type { App, PathId } from '../model/app.js';
import type { WaveChange } from '../model/change.js';
import type {
  ActionProgress,
  ChangeSet,
  Channel,
  DeploymentOptions,
  DeploymentState,
  Gate,
  Outcome,
  Plan,
} from '../model/deployment.js';
import type { Failure, Instance, InstanceState, Waiting } from '../model/instance.js';
import type { Capacity, Declaration } from '../runtimes/runtime.js';
import type { EventRecord } from '../runtimes/supervisor/ports.js';

/*
 * Times and versions are kept as text in the one form `2026-01-31T09:30:00.000Z`, which sorts as it reads.
 * `at` of a definition is the version of the root in which it came into force.
 */

/** One row an environment. Admission locks it: changes of an environment come one after another. */
export const environments = pgTable('environments', {
  name: text().primaryKey(),
  rootVersion: text('root_version').notNull(),
  /** Ids of events up to this one may have been removed. */
  eventsGone: bigint('events_gone', { mode: 'number' }).notNull().default(0),
  /** That an app or group was removed then or before may not be told by its versions any more. */
  removalsGone: text('removals_gone').notNull().default(''),
});

/** The definitions in force. */
export const apps = pgTable(
  'apps',
  {
    environment: text().notNull(),
    id: text().$type<PathId>().notNull(),
    definition: jsonb().$type<App>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.id] })],
);

/** The groups in force. */
export const groups = pgTable(
  'groups',
  {
    environment: text().notNull(),
    id: text().$type<PathId>().notNull(),
    dependencies: jsonb().$type<PathId[]>().notNull(),
    version: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.id] })],
);

/** Every definition an app ever had, by when it came into force; no definition = the app was removed then. */
export const appVersions = pgTable(
  'app_versions',
  {
    environment: text().notNull(),
    appId: text('app_id').$type<PathId>().notNull(),
    at: text().notNull(),
    version: text(),
    definition: jsonb().$type<App>(),
    deploymentId: text('deployment_id').notNull(),
    /** Counts the definitions of the app from 1, also when older ones have been removed; a trigger gives it. */
    revision: integer().notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.appId, t.at] }),
    index('app_versions_by_version').on(t.environment, t.appId, t.version),
    index('app_versions_by_time').on(t.environment, t.at),
    index('app_versions_by_deployment').on(t.deploymentId),
  ],
);

/** Every form a group ever had, by when it came into force; no dependencies = the group was removed then. */
export const groupVersions = pgTable(
  'group_versions',
  {
    environment: text().notNull(),
    groupId: text('group_id').$type<PathId>().notNull(),
    at: text().notNull(),
    version: text(),
    dependencies: jsonb().$type<PathId[]>(),
    deploymentId: text('deployment_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.groupId, t.at] }),
    index('group_versions_by_time').on(t.environment, t.at),
  ],
);

/** Every deployment, live or ended. */
export const deployments = pgTable(
  'deployments',
  {
    id: text().primaryKey(),
    /** Order of acceptance. */
    sequence: bigserial({ mode: 'number' }).notNull(),
    environment: text().notNull(),
    version: text().notNull(),
    state: text().$type<DeploymentState>().notNull(),
    description: text().notNull(),
    affectedApps: text('affected_apps').array().$type<PathId[]>().notNull(),
    steps: jsonb().$type<Plan['steps']>().notNull(),
    warnings: jsonb().$type<string[]>().notNull(),
    changes: jsonb().$type<ChangeSet>().notNull(),
    options: jsonb().$type<DeploymentOptions>().notNull(),
    currentStep: integer('current_step').notNull().default(0),
    totalSteps: integer('total_steps').notNull(),
    gate: jsonb().$type<Gate>(),
    by: text().notNull(),
    reason: text().notNull(),
    channel: text().$type<Channel>().notNull(),
    acceptedAt: text('accepted_at').notNull(),
    startedAt: text('started_at'),
    endedAt: text('ended_at'),
    outcome: text().$type<Outcome>(),
    supersedes: text().array().notNull(),
    supersededBy: text('superseded_by'),
    rollbackOf: text('rollback_of'),
    rolledBackBy: text('rolled_back_by'),
    /** Of a release over several environments: what each wave changes. */
    waves: jsonb().$type<WaveChange[]>(),
    /** The release over several environments that started this one. */
    parent: text(),
    /** Which wave of it this is, from 1; null where it undoes one. */
    wave: integer(),
    /** W3C's `traceparent` of what asked for it, where that was traced. */
    trace: text(),
    /** Deployments that must have ended before this one may act. */
    waitsFor: text('waits_for').array().notNull(),
    /** When its start was tried first: from then on a workflow may exist. */
    triedAt: text('tried_at'),
    /** When Temporal confirmed the start. */
    dispatchedAt: text('dispatched_at'),
  },
  (t) => [
    uniqueIndex('deployments_by_sequence').on(t.environment, t.sequence),
    index('deployments_active').on(t.environment, t.sequence).where(sql`ended_at is null`),
    index('deployments_by_app').using('gin', t.affectedApps),
    index('deployments_by_parent').on(t.parent, t.sequence).where(sql`parent is not null`),
    index('deployments_by_end').on(t.endedAt, t.id).where(sql`ended_at is not null and parent is null`),
  ],
);

/** How far each action of a deployment is. */
export const deploymentActions = pgTable(
  'deployment_actions',
  {
    deploymentId: text('deployment_id').notNull(),
    /** Counts from 1. */
    step: integer().notNull(),
    /** Index within the step. */
    position: integer().notNull(),
    progress: jsonb().$type<ActionProgress>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.deploymentId, t.step, t.position] })],
);

/** Who may act on an app: at most one live deployment. The fence of every declaration. */
export const locks = pgTable(
  'locks',
  {
    environment: text().notNull(),
    appId: text('app_id').$type<PathId>().notNull(),
    deploymentId: text('deployment_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.appId] }), index('locks_by_deployment').on(t.deploymentId)],
);

/** What the supervisor keeps up: one declaration per app. */
export const targets = pgTable(
  'targets',
  {
    environment: text().notNull(),
    appId: text('app_id').$type<PathId>().notNull(),
    app: jsonb().$type<App>().notNull(),
    declaration: jsonb().$type<Declaration>().notNull(),
    deploymentId: text('deployment_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.appId] })],
);

/** What the runtime last said of its instances. */
export const instances = pgTable(
  'instances',
  {
    environment: text().notNull(),
    id: text().notNull(),
    appId: text('app_id').$type<PathId>().notNull(),
    state: text().$type<InstanceState>().notNull(),
    healthy: boolean(),
    instance: jsonb().$type<Instance>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.id] }),
    index('instances_by_app').on(t.environment, t.appId),
  ],
);

/** What the runtime last said of instances that are wanted but not launched. */
export const waiting = pgTable(
  'waiting',
  {
    environment: text().notNull(),
    appId: text('app_id').$type<PathId>().notNull(),
    waiting: jsonb().$type<Waiting[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.appId] })],
);

/** The last failed instance of each app. */
export const failures = pgTable(
  'failures',
  {
    environment: text().notNull(),
    appId: text('app_id').$type<PathId>().notNull(),
    failure: jsonb().$type<Failure>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.appId] })],
);

/** The event stream. A trigger keeps ids in the order of commits and tells listeners. */
export const events = pgTable(
  'events',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    environment: text().notNull(),
    type: text().notNull(),
    data: jsonb().$type<EventRecord>().notNull(),
    at: text().notNull(),
  },
  (t) => [index('events_by_environment').on(t.environment, t.id)],
);

/** Every decision. A trigger refuses changes: rows are only ever added. */
export const ledger = pgTable(
  'ledger',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    environment: text().notNull(),
    at: text().notNull(),
    deploymentId: text('deployment_id').notNull(),
    app: text().$type<PathId>(),
    by: text().notNull(),
    channel: text().$type<Channel>().notNull(),
    command: text().notNull(),
    reason: text(),
    description: text().notNull(),
  },
  (t) => [
    // Activities run at least once: the same decision written again is the same row.
    uniqueIndex('ledger_once').on(t.deploymentId, t.at, t.by, t.channel, t.command),
    index('ledger_by_environment').on(t.environment, t.id),
  ],
);

/** Requests that came with an Idempotency-Key, and what they started. */
export const idempotency = pgTable(
  'idempotency',
  {
    environment: text().notNull(),
    key: text().notNull(),
    fingerprint: text().notNull(),
    deploymentId: text('deployment_id').notNull(),
    at: text().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.key] }),
    index('idempotency_by_time').on(t.at),
    index('idempotency_by_deployment').on(t.deploymentId),
  ],
);

/** Who runs the instances of an environment: one agent, of one home. It alone writes its row. */
export const agents = pgTable('agents', {
  environment: text().primaryKey(),
  /** Of the home that holds the instances; another home is refused. */
  homeId: text('home_id').notNull(),
  /** Where its control endpoint listens. */
  url: text().notNull(),
  /** Asked of every call to that endpoint; made anew at each start. */
  token: text().notNull(),
  capacity: jsonb().$type<{ total: Capacity; taken: Capacity }>().notNull(),
  startedAt: text('started_at').notNull(),
  seenAt: text('seen_at').notNull(),
});

/** What one process at a time does, and until when it is that process's. */
export const leases = pgTable('leases', {
  name: text().primaryKey(),
  /** Made up by the process. */
  holder: text().notNull(),
  until: timestamp({ withTimezone: true, mode: 'string' }).notNull(),
});

/** Times in which nothing is released. */
export const freezes = pgTable(
  'freezes',
  {
    environment: text().notNull(),
    name: text().notNull(),
    definition: jsonb().$type<Omit<Freeze, 'name'>>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.name] })],
);

/** Times in which releases may run. */
export const windows = pgTable(
  'windows',
  {
    environment: text().notNull(),
    name: text().notNull(),
    definition: jsonb().$type<Omit<ReleaseWindow, 'name'>>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.name] })],
);

/** Templates of app configuration: app JSON with `{{parameter}}` places. */
export const templates = pgTable(
  'templates',
  {
    environment: text().notNull(),
    name: text().notNull(),
    app: jsonb().$type<Record<string, unknown>>().notNull(),
    description: text().notNull(),
    updatedAt: text('updated_at').notNull(),
    by: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.name] })],
);
