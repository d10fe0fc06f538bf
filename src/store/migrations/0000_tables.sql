CREATE TABLE "app_versions" (
	"environment" text NOT NULL,
	"app_id" text NOT NULL,
	"at" text NOT NULL,
	"version" text,
	"definition" jsonb,
	"deployment_id" text NOT NULL,
	CONSTRAINT "app_versions_environment_app_id_at_pk" PRIMARY KEY("environment","app_id","at")
);
--> statement-breakpoint
CREATE TABLE "apps" (
	"environment" text NOT NULL,
	"id" text NOT NULL,
	"definition" jsonb NOT NULL,
	CONSTRAINT "apps_environment_id_pk" PRIMARY KEY("environment","id")
);
--> statement-breakpoint
CREATE TABLE "deployment_actions" (
	"deployment_id" text NOT NULL,
	"step" integer NOT NULL,
	"position" integer NOT NULL,
	"progress" jsonb NOT NULL,
	CONSTRAINT "deployment_actions_deployment_id_step_position_pk" PRIMARY KEY("deployment_id","step","position")
);
--> statement-breakpoint
CREATE TABLE "deployments" (
	"id" text PRIMARY KEY NOT NULL,
	"sequence" bigserial NOT NULL,
	"environment" text NOT NULL,
	"version" text NOT NULL,
	"state" text NOT NULL,
	"description" text NOT NULL,
	"affected_apps" text[] NOT NULL,
	"steps" jsonb NOT NULL,
	"warnings" jsonb NOT NULL,
	"changes" jsonb NOT NULL,
	"options" jsonb NOT NULL,
	"current_step" integer DEFAULT 0 NOT NULL,
	"total_steps" integer NOT NULL,
	"gate" jsonb,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	"channel" text NOT NULL,
	"accepted_at" text NOT NULL,
	"started_at" text,
	"ended_at" text,
	"outcome" text,
	"supersedes" text[] NOT NULL,
	"superseded_by" text,
	"rollback_of" text,
	"rolled_back_by" text,
	"waits_for" text[] NOT NULL,
	"tried_at" text,
	"dispatched_at" text
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"name" text PRIMARY KEY NOT NULL,
	"root_version" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"environment" text NOT NULL,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	"at" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "failures" (
	"environment" text NOT NULL,
	"app_id" text NOT NULL,
	"failure" jsonb NOT NULL,
	CONSTRAINT "failures_environment_app_id_pk" PRIMARY KEY("environment","app_id")
);
--> statement-breakpoint
CREATE TABLE "group_versions" (
	"environment" text NOT NULL,
	"group_id" text NOT NULL,
	"at" text NOT NULL,
	"version" text,
	"dependencies" jsonb,
	"deployment_id" text NOT NULL,
	CONSTRAINT "group_versions_environment_group_id_at_pk" PRIMARY KEY("environment","group_id","at")
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"environment" text NOT NULL,
	"id" text NOT NULL,
	"dependencies" jsonb NOT NULL,
	"version" text NOT NULL,
	CONSTRAINT "groups_environment_id_pk" PRIMARY KEY("environment","id")
);
--> statement-breakpoint
CREATE TABLE "idempotency" (
	"environment" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"deployment_id" text NOT NULL,
	"at" text NOT NULL,
	CONSTRAINT "idempotency_environment_key_pk" PRIMARY KEY("environment","key")
);
--> statement-breakpoint
CREATE TABLE "instances" (
	"environment" text NOT NULL,
	"id" text NOT NULL,
	"app_id" text NOT NULL,
	"state" text NOT NULL,
	"healthy" boolean,
	"instance" jsonb NOT NULL,
	CONSTRAINT "instances_environment_id_pk" PRIMARY KEY("environment","id")
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"environment" text NOT NULL,
	"at" text NOT NULL,
	"deployment_id" text NOT NULL,
	"app" text,
	"by" text NOT NULL,
	"channel" text NOT NULL,
	"command" text NOT NULL,
	"reason" text,
	"description" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "locks" (
	"environment" text NOT NULL,
	"app_id" text NOT NULL,
	"deployment_id" text NOT NULL,
	CONSTRAINT "locks_environment_app_id_pk" PRIMARY KEY("environment","app_id")
);
--> statement-breakpoint
CREATE TABLE "targets" (
	"environment" text NOT NULL,
	"app_id" text NOT NULL,
	"app" jsonb NOT NULL,
	"declaration" jsonb NOT NULL,
	"deployment_id" text NOT NULL,
	CONSTRAINT "targets_environment_app_id_pk" PRIMARY KEY("environment","app_id")
);
--> statement-breakpoint
CREATE TABLE "waiting" (
	"environment" text NOT NULL,
	"app_id" text NOT NULL,
	"waiting" jsonb NOT NULL,
	CONSTRAINT "waiting_environment_app_id_pk" PRIMARY KEY("environment","app_id")
);
--> statement-breakpoint
CREATE INDEX "app_versions_by_version" ON "app_versions" USING btree ("environment","app_id","version");--> statement-breakpoint
CREATE INDEX "app_versions_by_time" ON "app_versions" USING btree ("environment","at");--> statement-breakpoint
CREATE UNIQUE INDEX "deployments_by_sequence" ON "deployments" USING btree ("environment","sequence");--> statement-breakpoint
CREATE INDEX "deployments_active" ON "deployments" USING btree ("environment","sequence") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "deployments_by_app" ON "deployments" USING gin ("affected_apps");--> statement-breakpoint
CREATE INDEX "events_by_environment" ON "events" USING btree ("environment","id");--> statement-breakpoint
CREATE INDEX "group_versions_by_time" ON "group_versions" USING btree ("environment","at");--> statement-breakpoint
CREATE INDEX "instances_by_app" ON "instances" USING btree ("environment","app_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_once" ON "ledger" USING btree ("deployment_id","at","by","channel","command");--> statement-breakpoint
CREATE INDEX "ledger_by_environment" ON "ledger" USING btree ("environment","id");--> statement-breakpoint
CREATE INDEX "locks_by_deployment" ON "locks" USING btree ("deployment_id");