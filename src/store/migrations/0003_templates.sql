CREATE TABLE "templates" (
	"environment" text NOT NULL,
	"name" text NOT NULL,
	"app" jsonb NOT NULL,
	"description" text NOT NULL,
	"updated_at" text NOT NULL,
	"by" text NOT NULL,
	CONSTRAINT "templates_environment_name_pk" PRIMARY KEY("environment","name")
);
