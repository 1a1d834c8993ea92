CREATE TABLE faculties (
    id              uuid PRIMARY KEY,
    code            text NOT NULL UNIQUE CHECK (code ~ '^[A-Za-z0-9._-]{1,64}$'),
    name            text NOT NULL CHECK (name <> '') COLLATE "fr-x-icu",
    usual_name      text NOT NULL DEFAULT '' COLLATE "fr-x-icu",
    town            text NOT NULL DEFAULT '' COLLATE "fr-x-icu",
    department_code text REFERENCES departments (code),
    region_code     text REFERENCES regions (code)
);
COMMENT ON TABLE faculties IS 'composantes: who offers degree programmes, first level of their tree (P3.3)';
COMMENT ON COLUMN faculties.code IS 'external id (UAI of an institution), in addresses: /diplomes/composantes/{code}';
COMMENT ON COLUMN faculties.usual_name IS 'shown instead of the name where there is one';

ALTER TABLE programmes ADD COLUMN faculty_id uuid REFERENCES faculties (id);
ALTER TABLE programmes ADD COLUMN vet text NOT NULL DEFAULT '';
CREATE INDEX programmes_faculty ON programmes (faculty_id);
COMMENT ON COLUMN programmes.faculty_id IS 'composante; NULL where the source names no institution';
COMMENT ON COLUMN programmes.vet IS 'code de version d''étape (VET) of the registry; empty where the source gives none';

CREATE FUNCTION faculty_id(code text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT md5('faculty/' || code)::uuid $$;
COMMENT ON FUNCTION faculty_id(text) IS 'the same component has the same id on every import';

INSERT INTO faculties (id, code, name, usual_name, town, department_code, region_code)
SELECT DISTINCT ON (institution_code) faculty_id(institution_code), institution_code, coalesce(nullif(institution, ''), institution_code),
    institution_usual, town, department_code, region_code
FROM programmes WHERE institution_code ~ '^[A-Za-z0-9._-]{1,64}$' ORDER BY institution_code, reference;
UPDATE programmes SET faculty_id = f.id FROM faculties f WHERE f.code = institution_code;

-- A campaign is a session whose course is a programme: dates, seats, waiting
-- list and decisions are the same rows, under the same locks (P6.2).
ALTER TABLE sessions ALTER COLUMN course_id DROP NOT NULL;
ALTER TABLE sessions ADD COLUMN programme_id uuid REFERENCES programmes (id);
ALTER TABLE sessions ADD COLUMN offering_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(course_id, programme_id)) STORED;
ALTER TABLE sessions ADD CONSTRAINT sessions_offering CHECK (num_nonnulls(course_id, programme_id) = 1);
ALTER TABLE sessions DROP CONSTRAINT sessions_check3;
ALTER TABLE sessions ADD CONSTRAINT sessions_place CHECK (programme_id IS NOT NULL OR (modality = 'remote') = (region_code IS NULL));
DROP INDEX sessions_course;
CREATE INDEX sessions_by_offering ON sessions (offering_id, starts_on);
CREATE INDEX sessions_campaigns ON sessions (programme_id) WHERE programme_id IS NOT NULL;
COMMENT ON TABLE sessions IS 'sessions d''une formation et campagnes d''admission d''un diplôme; their state is computed from dates and seats, never stored (P18.17)';
COMMENT ON COLUMN sessions.programme_id IS 'of a campaign (campagne): opens_on and closes_on are its dates, starts_on the start of the academic year (rentrée), capacity the intake, decision_on the day of the commission';
COMMENT ON COLUMN sessions.offering_id IS 'the course or the programme';

DROP FUNCTION search_occurrences(uuid);
DROP VIEW search_sessions;
CREATE VIEW search_sessions AS
    SELECT s.offering_id, int2send(count(*)::int2) || string_agg(
        int2send(coalesce(r.no, 0::int2)) || int2send(coalesce(d.no, 0::int2)) ||
        int2send((CASE s.modality WHEN 'on_site' THEN 1 WHEN 'remote' THEN 2 ELSE 3 END
            + CASE WHEN s.seats_taken + s.seats_elsewhere >= s.capacity THEN 4 ELSE 0 END
            + CASE WHEN s.waiting_list THEN 8 ELSE 0 END
            + CASE WHEN s.cancelled_at IS NOT NULL THEN 16 ELSE 0 END)::int2) ||
        search_day(s.starts_on) || search_day(s.opens_on) || search_day(s.closes_on), ''::bytea ORDER BY s.starts_on, s.id) AS packed
    FROM sessions s
    LEFT JOIN regions r ON r.code = s.region_code
    LEFT JOIN departments d ON d.code = s.department_code
    GROUP BY s.offering_id;
COMMENT ON VIEW search_sessions IS 'sessions of each course and campaigns of each programme as search cards carry them';

CREATE FUNCTION search_place(programme uuid) RETURNS bytea LANGUAGE sql STABLE AS
$$ SELECT coalesce((
    SELECT int2send(1::int2) || int2send(coalesce(r.no, 0::int2)) || int2send(coalesce(d.no, 0::int2)) || '\x0000000000000000'::bytea
    FROM programmes p LEFT JOIN regions r ON r.code = p.region_code LEFT JOIN departments d ON d.code = p.department_code
    WHERE p.id = programme), '\x0000'::bytea) $$;
COMMENT ON FUNCTION search_place(uuid) IS 'a programme without campaign: its place, without dates';

CREATE FUNCTION search_occurrences(offering uuid) RETURNS bytea LANGUAGE sql STABLE AS
$$ SELECT coalesce((SELECT packed FROM search_sessions WHERE offering_id = offering), search_place(offering)) $$;
COMMENT ON FUNCTION search_occurrences(uuid) IS 'sessions of one course, or campaigns of one programme, as its card carries them';

CREATE OR REPLACE FUNCTION sessions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT offering_id) INTO changed FROM after_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT offering_id) INTO changed FROM before_rows;
    ELSE
        SELECT array_agg(DISTINCT c) INTO changed
        FROM before_rows b JOIN after_rows a ON a.id = b.id CROSS JOIN LATERAL (VALUES (a.offering_id), (b.offering_id)) v (c)
        WHERE (a.offering_id, a.starts_on, a.ends_on, a.place, a.department_code, a.region_code, a.modality, a.capacity,
               a.seats_elsewhere, a.seats_taken, a.waiting_list, a.opens_on, a.closes_on, a.cancelled_at, a.cancel_reason, a.decision_on)
            IS DISTINCT FROM
              (b.offering_id, b.starts_on, b.ends_on, b.place, b.department_code, b.region_code, b.modality, b.capacity,
               b.seats_elsewhere, b.seats_taken, b.waiting_list, b.opens_on, b.closes_on, b.cancelled_at, b.cancel_reason, b.decision_on);
    END IF;
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    IF cardinality(changed) > 50 THEN
        UPDATE search_documents d SET occurrences = coalesce(s.packed, search_place(c))
        FROM unnest(changed) c LEFT JOIN search_sessions s ON s.offering_id = c
        WHERE d.object_id = c AND d.occurrences <> coalesce(s.packed, search_place(c));
        PERFORM pg_notify('catalogue_changed', '*');
    ELSE
        UPDATE search_documents d SET occurrences = o.occurrences
        FROM (SELECT c AS id, search_occurrences(c) AS occurrences FROM unnest(changed) c) o
        WHERE d.object_id = o.id AND d.occurrences <> o.occurrences;
        PERFORM pg_notify('catalogue_changed', reference) FROM courses WHERE id = ANY (changed);
        PERFORM pg_notify('catalogue_changed', reference) FROM programmes WHERE id = ANY (changed);
    END IF;
    RETURN NULL;
END $$;

ALTER TABLE applications DROP CONSTRAINT applications_kind_check;
ALTER TABLE applications ADD CONSTRAINT applications_kind_check CHECK (kind IN ('registration', 'admission'));
COMMENT ON COLUMN applications.kind IS 'registration: pré-inscription à une session; admission: candidature à un diplôme (P6.2)';

ALTER TABLE grants DROP CONSTRAINT grants_scope_kind_check;
ALTER TABLE grants ADD CONSTRAINT grants_scope_kind_check CHECK (scope_kind IN ('portal', 'theme', 'course', 'programme', 'faculty'));

-- An admission has no line manager: it goes straight to the desk.
CREATE OR REPLACE FUNCTION check_application_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
        'draft>submitted', 'draft>closed', 'draft>expired', 'submitted>awaiting_approval', 'submitted>under_review',
        'submitted>withdrawn', 'submitted>closed',
        'awaiting_approval>under_review', 'awaiting_approval>approval_refused', 'awaiting_approval>withdrawn', 'awaiting_approval>closed',
        'under_review>information_requested', 'under_review>accepted', 'under_review>waitlisted', 'under_review>refused',
        'under_review>withdrawn', 'under_review>closed', 'information_requested>under_review', 'information_requested>withdrawn',
        'information_requested>closed', 'accepted>confirmed', 'accepted>declined', 'accepted>closed',
        'accepted>withdrawn', 'waitlisted>accepted', 'waitlisted>withdrawn', 'waitlisted>closed',
        'confirmed>withdrawn', 'confirmed>closed'])) THEN
        RAISE EXCEPTION 'an application does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'applications_transition';
    END IF;
    RETURN NEW;
END $$;
