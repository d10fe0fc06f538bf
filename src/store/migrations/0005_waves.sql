ALTER TABLE "deployments" ADD COLUMN "waves" jsonb;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "parent" text;--> statement-breakpoint
ALTER TABLE "deployments" ADD COLUMN "wave" integer;--> statement-breakpoint
CREATE INDEX "deployments_by_parent" ON "deployments" USING btree ("parent","sequence") WHERE parent is not null;