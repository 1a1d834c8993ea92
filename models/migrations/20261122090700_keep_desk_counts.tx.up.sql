-- The officers' list reads its first lines from an index in every order but that of
-- titles, instead of sorting 100,000 applications (P9.1).
CREATE INDEX applications_in_session ON applications (session_id, number) WHERE submitted_at IS NOT NULL;
CREATE INDEX applications_by_name ON applications (split_part(applicant_name, ' ', -1) COLLATE "fr-x-icu", applicant_name COLLATE "fr-x-icu", number)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX applications_since ON applications (state_since, number) WHERE submitted_at IS NOT NULL;

-- Counting them all takes longer than all the rest of the page, and they change
-- far less often than they are counted. Each change leaves a line here, seen by
-- others when they see the change: counts made of the same lines are the same.
CREATE TABLE desk_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL
);
COMMENT ON TABLE desk_changes IS 'changes of what the desk counts (compteurs du bureau), of the last minutes; lines are taken away by those who write new ones';

-- One line a transaction, however much it changes. The mark is local to the
-- transaction, and goes with a savepoint that takes the line back.
CREATE FUNCTION note_desk_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('passerelle.desk_noted', true) = pg_current_xact_id()::text THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('passerelle.desk_noted', pg_current_xact_id()::text, true);
    INSERT INTO desk_changes (at) VALUES (clock_timestamp());
    -- Taking any line away is harmless: counts are made again. Those that another
    -- transaction is taking away are left to it.
    DELETE FROM desk_changes WHERE id IN (SELECT id FROM desk_changes WHERE at < clock_timestamp() - interval '1 minute'
        ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED);
    RETURN NULL;
END $$;
CREATE TRIGGER applications_counted AFTER INSERT ON applications FOR EACH ROW
    WHEN (NEW.submitted_at IS NOT NULL) EXECUTE FUNCTION note_desk_change();
CREATE TRIGGER applications_uncounted AFTER DELETE ON applications FOR EACH ROW
    WHEN (OLD.submitted_at IS NOT NULL) EXECUTE FUNCTION note_desk_change();
CREATE TRIGGER applications_recounted AFTER UPDATE ON applications FOR EACH ROW
    WHEN ((OLD.submitted_at IS NULL, OLD.session_id, OLD.state, OLD.verdict, OLD.state_since, OLD.confirm_by, OLD.officer_id)
        IS DISTINCT FROM (NEW.submitted_at IS NULL, NEW.session_id, NEW.state, NEW.verdict, NEW.state_since, NEW.confirm_by, NEW.officer_id))
    EXECUTE FUNCTION note_desk_change();
CREATE TRIGGER approvals_stuck_counted AFTER INSERT OR UPDATE OF state OR DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION note_desk_change();
