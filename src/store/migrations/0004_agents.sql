CREATE TABLE "agents" (
	"environment" text PRIMARY KEY NOT NULL,
	"home_id" text NOT NULL,
	"url" text NOT NULL,
	"token" text NOT NULL,
	"capacity" jsonb NOT NULL,
	"started_at" text NOT NULL,
	"seen_at" text NOT NULL
);
