-- Ids of events are given in the order of commits: a reader that has seen id n never finds a smaller one later.
CREATE FUNCTION events_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('slipway.events'));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER events_in_order BEFORE INSERT ON "events" FOR EACH STATEMENT EXECUTE FUNCTION events_in_order();
--> statement-breakpoint
CREATE FUNCTION events_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('events', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER events_told AFTER INSERT ON "events" FOR EACH STATEMENT EXECUTE FUNCTION events_told();
--> statement-breakpoint
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % is refused', TG_OP;
END $$;
--> statement-breakpoint
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger" FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
--> statement-breakpoint
CREATE FUNCTION deployment_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('deployments', NEW.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER deployment_accepted AFTER INSERT ON "deployments" FOR EACH ROW EXECUTE FUNCTION deployment_told();
--> statement-breakpoint
CREATE TRIGGER deployment_ended AFTER UPDATE ON "deployments" FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION deployment_told();
