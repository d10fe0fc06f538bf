CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "app_versions" ADD COLUMN "revision" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "events_gone" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "environments" ADD COLUMN "removals_gone" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "app_versions_by_deployment" ON "app_versions" USING btree ("deployment_id");--> statement-breakpoint
CREATE INDEX "deployments_by_end" ON "deployments" USING btree ("ended_at","id") WHERE ended_at is not null and parent is null;--> statement-breakpoint
CREATE INDEX "idempotency_by_time" ON "idempotency" USING btree ("at");--> statement-breakpoint
CREATE INDEX "idempotency_by_deployment" ON "idempotency" USING btree ("deployment_id");--> statement-breakpoint
UPDATE "app_versions" v SET "revision" = n.revision FROM (
  SELECT environment, app_id, at, count(version) OVER (PARTITION BY environment, app_id ORDER BY at)::int AS revision FROM "app_versions"
) n WHERE v.environment = n.environment AND v.app_id = n.app_id AND v.at = n.at;
--> statement-breakpoint
-- Given here, so that processes of the version before count on beside the new ones. The removal of an app has the number of its last definition.
CREATE FUNCTION app_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.revision := (NEW.version IS NOT NULL)::int + coalesce((
    SELECT revision FROM app_versions WHERE environment = NEW.environment AND app_id = NEW.app_id ORDER BY at DESC LIMIT 1
  ), 0);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER app_revision BEFORE INSERT ON "app_versions" FOR EACH ROW EXECUTE FUNCTION app_revision();
