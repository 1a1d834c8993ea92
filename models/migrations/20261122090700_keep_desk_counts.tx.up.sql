-- The officers' list reads its first lines from an index in every order,
-- instead of sorting 100,000 applications (P9.1).
CREATE INDEX applications_in_session ON applications (session_id, number) WHERE submitted_at IS NOT NULL;
CREATE INDEX applications_by_name ON applications (split_part(applicant_name, ' ', -1) COLLATE "fr-x-icu", applicant_name COLLATE "fr-x-icu", number)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX applications_since ON applications (state_since, number) WHERE submitted_at IS NOT NULL;

-- What words are looked for in, kept beside the names: PostgreSQL checks every line
-- that the index finds, and taking accents away is most of that work.
DROP INDEX applications_name;
ALTER TABLE applications ADD COLUMN found_by text NOT NULL GENERATED ALWAYS AS (desk_key(applicant_name || ' ' || birth_name)) STORED;
COMMENT ON COLUMN applications.found_by IS 'both names as the desk compares them';
CREATE INDEX applications_found_by ON applications USING gin (found_by gin_trgm_ops) WHERE submitted_at IS NOT NULL;

-- Counting them all takes longer than all the rest of the page, so that counts are
-- kept. Each transaction leaves the sessions whose counts it changes; whoever holds
-- counts of an earlier snapshot counts these sessions again. Snapshots, not numbers:
-- transactions do not end in the order in which they begin.
CREATE TABLE desk_changes (
    xid        xid8 NOT NULL,
    session_id uuid NOT NULL,
    noticed_at timestamptz,
    PRIMARY KEY (xid, session_id)
);
COMMENT ON TABLE desk_changes IS 'sessions of which something that the desk counts has changed (compteurs du bureau), in the last minutes';
COMMENT ON COLUMN desk_changes.noticed_at IS 'when a sweep first saw the line, thus after its transaction ended: its life is counted from here';

CREATE FUNCTION note_desk_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO desk_changes (xid, session_id)
        SELECT pg_current_xact_id(), s FROM unnest(ARRAY[OLD.session_id, NEW.session_id]) s WHERE s IS NOT NULL ON CONFLICT DO NOTHING;
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

-- An application taken away with its approvals is noted by its own trigger.
CREATE FUNCTION note_desk_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO desk_changes (xid, session_id)
        SELECT DISTINCT pg_current_xact_id(), session_id FROM applications WHERE id IN (OLD.application_id, NEW.application_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER approvals_stuck_counted AFTER INSERT OR UPDATE OF state, application_id OR DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION note_desk_approval();

-- A session's course is counted with it.
CREATE FUNCTION note_desk_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO desk_changes (xid, session_id) VALUES (pg_current_xact_id(), NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_moved AFTER UPDATE ON sessions FOR EACH ROW
    WHEN (OLD.offering_id IS DISTINCT FROM NEW.offering_id) EXECUTE FUNCTION note_desk_session();
