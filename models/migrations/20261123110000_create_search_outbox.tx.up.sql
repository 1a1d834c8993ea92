CREATE TABLE search_indexes (
    uid        text PRIMARY KEY CHECK (uid ~ '^[A-Za-z0-9_-]{1,100}$'),
    state      text NOT NULL CHECK (state IN ('building', 'live')),
    created_at timestamptz NOT NULL,
    live_at    timestamptz,
    snapshot   text NOT NULL DEFAULT '',
    filled_to  integer NOT NULL DEFAULT 0,
    filled     integer NOT NULL DEFAULT 0,
    total      integer NOT NULL DEFAULT 0,
    error      text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX search_indexes_once ON search_indexes (state);
COMMENT ON TABLE search_indexes IS 'copies of search_documents in an engine outside the database: the one that answers (live) and the one being rebuilt (building)';
COMMENT ON COLUMN search_indexes.snapshot IS 'writers older than this do not know the index: filling waits for them';
COMMENT ON COLUMN search_indexes.filled_to IS 'number of the last document copied: a rebuild that was cut goes on from here';

CREATE TABLE search_outbox (
    uid        text NOT NULL,
    document   integer NOT NULL,
    version    bigint NOT NULL DEFAULT 1,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason     text NOT NULL DEFAULT '',
    PRIMARY KEY (uid, document)
);
CREATE INDEX search_outbox_oldest ON search_outbox (uid, since, document) WHERE reason = '';
COMMENT ON TABLE search_outbox IS 'documents changed since an index had them, one row each, written in the transaction that changes the document (P4.9)';
COMMENT ON COLUMN search_outbox.version IS 'grows with each change: a row is done with only if it stood still while its document was sent';
COMMENT ON COLUMN search_outbox.since IS 'the oldest change that the index does not have';
COMMENT ON COLUMN search_outbox.reason IS 'why the engine refused this document; it is tried again when it changes';

CREATE TABLE search_checks (
    id        uuid PRIMARY KEY,
    uid       text NOT NULL,
    began_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    documents integer NOT NULL DEFAULT 0,
    indexed   integer NOT NULL DEFAULT 0,
    waiting   integer NOT NULL DEFAULT 0,
    missing   integer[] NOT NULL DEFAULT '{}',
    extra     integer[] NOT NULL DEFAULT '{}',
    differing integer[] NOT NULL DEFAULT '{}',
    missed    integer NOT NULL DEFAULT 0,
    added     integer NOT NULL DEFAULT 0,
    differed  integer NOT NULL DEFAULT 0,
    error     text NOT NULL DEFAULT ''
);
CREATE INDEX search_checks_last ON search_checks (began_at DESC);
COMMENT ON TABLE search_checks IS 'contrôles de dérive: the database against an index, document by document (P17.23)';
COMMENT ON COLUMN search_checks.missing IS 'numbers of the first documents that the index lacks; missed counts them all';

-- Two documents are the same for an engine when this is the same. The
-- occurrences are left out: sessions are filtered by the portal itself.
CREATE FUNCTION search_version(d search_documents) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT md5(concat_ws(E'\x1f', d.kind, d.reference, d.title, d.subtitle, d.body, d.acronyms::text, d.others::text)) $$;
COMMENT ON FUNCTION search_version(search_documents) IS 'what tells a document''s content from another one''s, kept beside the document by the engine';

CREATE FUNCTION search_documents_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_outbox (uid, document)
    SELECT i.uid, a.no FROM after_rows a CROSS JOIN search_indexes i ORDER BY i.uid, a.no
    ON CONFLICT (uid, document) DO UPDATE SET version = search_outbox.version + 1, changed_at = clock_timestamp(), reason = '';
    PERFORM pg_notify('search_outbox', '');
    RETURN NULL;
END $$;

-- A session that gains or loses a place is none of the engine's business.
CREATE FUNCTION search_documents_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_outbox (uid, document)
    SELECT i.uid, c.no FROM (
        SELECT a.no FROM after_rows a JOIN before_rows b ON b.no = a.no
        WHERE (a.kind, a.reference, a.title, a.subtitle, a.body, a.acronyms, a.others)
            IS DISTINCT FROM (b.kind, b.reference, b.title, b.subtitle, b.body, b.acronyms, b.others)) c CROSS JOIN search_indexes i ORDER BY i.uid, c.no
    ON CONFLICT (uid, document) DO UPDATE SET version = search_outbox.version + 1, changed_at = clock_timestamp(), reason = '';
    IF FOUND THEN
        PERFORM pg_notify('search_outbox', '');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_documents_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_outbox (uid, document)
    SELECT i.uid, b.no FROM before_rows b CROSS JOIN search_indexes i ORDER BY i.uid, b.no
    ON CONFLICT (uid, document) DO UPDATE SET version = search_outbox.version + 1, changed_at = clock_timestamp(), reason = '';
    PERFORM pg_notify('search_outbox', '');
    RETURN NULL;
END $$;

-- A portal without such an engine pays nothing for it: the triggers exist
-- while an index does.
CREATE FUNCTION search_feed(wanted boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fed boolean := EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'search_documents'::regclass AND tgname = 'search_documents_fed_insert');
BEGIN
    IF wanted AND NOT fed THEN
        CREATE TRIGGER search_documents_fed_insert AFTER INSERT ON search_documents REFERENCING NEW TABLE AS after_rows
            FOR EACH STATEMENT EXECUTE FUNCTION search_documents_written();
        CREATE TRIGGER search_documents_fed_update AFTER UPDATE ON search_documents REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
            FOR EACH STATEMENT EXECUTE FUNCTION search_documents_rewritten();
        CREATE TRIGGER search_documents_fed_delete AFTER DELETE ON search_documents REFERENCING OLD TABLE AS before_rows
            FOR EACH STATEMENT EXECUTE FUNCTION search_documents_removed();
    ELSIF fed AND NOT wanted THEN
        DROP TRIGGER search_documents_fed_insert ON search_documents;
        DROP TRIGGER search_documents_fed_update ON search_documents;
        DROP TRIGGER search_documents_fed_delete ON search_documents;
    END IF;
END $$;
COMMENT ON FUNCTION search_feed(boolean) IS 'begins or ends the noting of changes in search_outbox';
