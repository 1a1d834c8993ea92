-- What the officer's list needs to stay fluid at 100,000 applications (P18.16).
-- Facets are counted in one scan of the table: an index of their columns was
-- measured and gains nothing.
CREATE FUNCTION desk_key(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, words)) $$;
COMMENT ON FUNCTION desk_key(text) IS 'a name as the desk compares it: without case or accents';

CREATE INDEX applications_name ON applications USING gin (desk_key(applicant_name || ' ' || birth_name) gin_trgm_ops)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX applications_waitlist ON applications (session_id, waitlist_rank) WHERE waitlist_rank IS NOT NULL;
CREATE INDEX applications_confirm ON applications (confirm_by) WHERE confirm_by IS NOT NULL AND state = 'accepted';
CREATE INDEX applications_person ON applications (person_id, submitted_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX approvals_stuck ON approvals (application_id) WHERE state = 'stuck';

ALTER TABLE presences ADD COLUMN opened_at timestamptz NOT NULL;
COMMENT ON COLUMN presences.opened_at IS 'since when this visit lasts (P9.5)';

-- Whoever raises a capacity (an import, an officer), the seats gained go to the
-- waiting list, which lives in another package: they are noted here and given
-- by the sweep within a minute (P18.5).
CREATE TABLE seats_added (
    session_id uuid PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    seats      integer NOT NULL CHECK (seats > 0)
);
COMMENT ON TABLE seats_added IS 'places ajoutées à une session, encore à proposer à la liste complémentaire';

CREATE FUNCTION note_seats_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seats_added (session_id, seats)
    SELECT NEW.id, (NEW.capacity - NEW.seats_elsewhere) - (OLD.capacity - OLD.seats_elsewhere)
    WHERE EXISTS (SELECT 1 FROM applications WHERE session_id = NEW.id AND waitlist_rank IS NOT NULL)
    ON CONFLICT (session_id) DO UPDATE SET seats = seats_added.seats + excluded.seats;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_seats_added AFTER UPDATE OF capacity, seats_elsewhere ON sessions FOR EACH ROW
    WHEN (NEW.capacity - NEW.seats_elsewhere > OLD.capacity - OLD.seats_elsewhere) EXECUTE FUNCTION note_seats_added();
