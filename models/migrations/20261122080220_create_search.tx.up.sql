CREATE TABLE search_documents (
    no          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    object_id   uuid NOT NULL,
    reference   text NOT NULL,
    title       text NOT NULL,
    subtitle    text NOT NULL DEFAULT '',
    body        text NOT NULL DEFAULT '',
    words       tsvector NOT NULL,
    card        bytea NOT NULL,
    occurrences bytea NOT NULL DEFAULT '\x0000',
    updated_at  timestamptz NOT NULL,
    UNIQUE (kind, reference),
    UNIQUE (object_id)
) WITH (fillfactor = 85);
CREATE INDEX search_documents_words ON search_documents USING gin (words);
COMMENT ON TABLE search_documents IS 'what the public search knows: public data only (P4.8), written in the transaction that changes the object';
COMMENT ON COLUMN search_documents.words IS 'stems without accents, weights A title, B acronym and type, C place and theme, D text';
COMMENT ON COLUMN search_documents.card IS 'facets and title words, packed, so that one scan brings what ranking and counts need';
COMMENT ON COLUMN search_documents.occurrences IS 'their number in two bytes, then twelve bytes per session or place: region, department, flags, start, opening, closing (P18.17)';

CREATE TABLE search_lexemes (
    lexeme  text COLLATE "C" PRIMARY KEY,
    surface text NOT NULL,
    docs    integer NOT NULL CHECK (docs >= 0)
);
CREATE INDEX search_lexemes_trgm ON search_lexemes USING gin (lexeme gin_trgm_ops);
COMMENT ON TABLE search_lexemes IS 'vocabulary of the search: how rare a word is, and how to mend a misspelt one';
COMMENT ON COLUMN search_lexemes.surface IS 'the word as written, shown in "recherche faite pour…"';

CREATE TABLE search_synonyms (
    id     uuid PRIMARY KEY,
    kind   text NOT NULL CHECK (kind IN ('equivalent', 'one_way')),
    terms  text[] NOT NULL CHECK (cardinality(terms) >= 2),
    keys   text[] NOT NULL CHECK (cardinality(keys) = cardinality(terms)),
    source text NOT NULL DEFAULT ''
);
CREATE INDEX search_synonyms_keys ON search_synonyms USING gin (keys);
CREATE UNIQUE INDEX search_synonyms_once ON search_synonyms (keys);
COMMENT ON TABLE search_synonyms IS 'synonymes, set by administrators (P4.3); one_way: the first term also finds the others';
COMMENT ON COLUMN search_synonyms.keys IS 'the terms as the search compares them';

-- Twelve bytes per session, so that "open now" is computed from dates and
-- seats when asked, on one and the same session (P18.17).
CREATE FUNCTION search_day(d date) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT int2send(least(greatest(coalesce(d - date '2000-01-01', 0), 0), 32767)::int2) $$;

CREATE VIEW search_sessions AS
    SELECT s.course_id, int2send(count(*)::int2) || string_agg(
        int2send(coalesce(r.no, 0::int2)) || int2send(coalesce(d.no, 0::int2)) ||
        int2send((CASE s.modality WHEN 'on_site' THEN 1 WHEN 'remote' THEN 2 ELSE 3 END
            + CASE WHEN s.seats_taken + s.seats_elsewhere >= s.capacity THEN 4 ELSE 0 END
            + CASE WHEN s.waiting_list THEN 8 ELSE 0 END
            + CASE WHEN s.cancelled_at IS NOT NULL THEN 16 ELSE 0 END)::int2) ||
        search_day(s.starts_on) || search_day(s.opens_on) || search_day(s.closes_on), ''::bytea ORDER BY s.starts_on, s.id) AS packed
    FROM sessions s
    LEFT JOIN regions r ON r.code = s.region_code
    LEFT JOIN departments d ON d.code = s.department_code
    GROUP BY s.course_id;
COMMENT ON VIEW search_sessions IS 'sessions of each course as search cards carry them';

CREATE FUNCTION search_occurrences(course uuid) RETURNS bytea LANGUAGE sql STABLE AS
$$ SELECT coalesce((SELECT packed FROM search_sessions WHERE course_id = course), '\x0000'::bytea) $$;
COMMENT ON FUNCTION search_occurrences(uuid) IS 'sessions of one course as its card carries them';

-- Whatever verb changes a session, the search follows in the same transaction
-- and listening page caches hear which course changed.
CREATE FUNCTION sessions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT course_id) INTO changed FROM after_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT course_id) INTO changed FROM before_rows;
    ELSE
        SELECT array_agg(DISTINCT c) INTO changed
        FROM before_rows b JOIN after_rows a ON a.id = b.id CROSS JOIN LATERAL (VALUES (a.course_id), (b.course_id)) v (c)
        WHERE (a.course_id, a.starts_on, a.ends_on, a.place, a.department_code, a.region_code, a.modality, a.capacity,
               a.seats_elsewhere, a.seats_taken, a.waiting_list, a.opens_on, a.closes_on, a.cancelled_at, a.cancel_reason, a.decision_on)
            IS DISTINCT FROM
              (b.course_id, b.starts_on, b.ends_on, b.place, b.department_code, b.region_code, b.modality, b.capacity,
               b.seats_elsewhere, b.seats_taken, b.waiting_list, b.opens_on, b.closes_on, b.cancelled_at, b.cancel_reason, b.decision_on);
    END IF;
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
    IF cardinality(changed) > 50 THEN
        UPDATE search_documents d SET occurrences = coalesce(s.packed, '\x0000')
        FROM unnest(changed) c LEFT JOIN search_sessions s ON s.course_id = c
        WHERE d.object_id = c AND d.occurrences <> coalesce(s.packed, '\x0000');
        PERFORM pg_notify('catalogue_changed', '*');
    ELSE
        UPDATE search_documents d SET occurrences = o.occurrences
        FROM (SELECT c AS id, search_occurrences(c) AS occurrences FROM unnest(changed) c) o
        WHERE d.object_id = o.id AND d.occurrences <> o.occurrences;
        PERFORM pg_notify('catalogue_changed', reference) FROM courses WHERE id = ANY (changed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_inserted AFTER INSERT ON sessions REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sessions_changed();
CREATE TRIGGER sessions_updated AFTER UPDATE ON sessions REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sessions_changed();
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sessions_changed();
