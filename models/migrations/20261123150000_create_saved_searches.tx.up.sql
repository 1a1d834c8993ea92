CREATE TABLE saved_searches (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('search', 'profile')),
    name       text NOT NULL CHECK (kind = 'profile' OR name <> ''),
    words      text NOT NULL DEFAULT '',
    exact      boolean NOT NULL DEFAULT false,
    sort       text NOT NULL DEFAULT '',
    facets     jsonb NOT NULL DEFAULT '{}',
    at_once    boolean NOT NULL DEFAULT false,
    rhythm     text NOT NULL CHECK (rhythm IN ('none', 'instant', 'daily', 'weekly')),
    created_at timestamptz NOT NULL,
    looked_at  timestamptz NOT NULL,
    saved_on   date NOT NULL,
    known      pg_snapshot NOT NULL,
    beyond     integer NOT NULL DEFAULT 0 CHECK (beyond >= 0),
    beyond_mail integer NOT NULL DEFAULT 0 CHECK (beyond_mail >= 0),
    link_id    uuid REFERENCES links (id)
);
CREATE INDEX saved_searches_account ON saved_searches (account_id, created_at);
CREATE UNIQUE INDEX saved_searches_profile ON saved_searches (account_id) WHERE kind = 'profile';
COMMENT ON TABLE saved_searches IS 'recherches enregistrées (P4.7), and the alert of a profile on announcements (P4.6); never sent to an engine outside';
COMMENT ON COLUMN saved_searches.facets IS 'filters by name; specialite (ROME domains) and region for a profile';
COMMENT ON COLUMN saved_searches.at_once IS 'of a profile: specialities AND regions, else either (P4.6)';
COMMENT ON COLUMN saved_searches.known IS 'what was committed when the criteria were saved is no news';
COMMENT ON COLUMN saved_searches.saved_on IS 'civil date on which the criteria were saved: what the calendar opened until then is no news';
COMMENT ON COLUMN saved_searches.beyond IS 'news since the last look that are not listed one by one: too many at once';

CREATE TABLE alert_digests (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    rhythm     text NOT NULL CHECK (rhythm IN ('instant', 'daily', 'weekly')),
    made_at    timestamptz NOT NULL,
    link_id    uuid NOT NULL REFERENCES links (id)
);
CREATE INDEX alert_digests_account ON alert_digests (account_id, made_at);
COMMENT ON TABLE alert_digests IS 'courriels d''alerte: one groups what is new of all the searches of one person and rhythm';

CREATE TABLE alert_parts (
    digest_id uuid NOT NULL REFERENCES alert_digests (id) ON DELETE CASCADE,
    search_id uuid NOT NULL REFERENCES saved_searches (id) ON DELETE CASCADE,
    link_id   uuid NOT NULL REFERENCES links (id),
    beyond    integer NOT NULL DEFAULT 0,
    PRIMARY KEY (digest_id, search_id)
);
CREATE INDEX alert_parts_search ON alert_parts (search_id);
COMMENT ON TABLE alert_parts IS 'the searches that a mail tells about, each with the link that removes it';

CREATE TABLE saved_finds (
    search_id uuid NOT NULL REFERENCES saved_searches (id) ON DELETE CASCADE,
    object_id uuid NOT NULL,
    why       text NOT NULL CHECK (why IN ('new', 'open', 'fits')),
    found_at  timestamptz NOT NULL,
    seen      boolean NOT NULL DEFAULT false,
    mail      boolean NOT NULL,
    told_at   timestamptz,
    digest_id uuid REFERENCES alert_digests (id) ON DELETE SET NULL,
    PRIMARY KEY (search_id, object_id)
);
CREATE INDEX saved_finds_waiting ON saved_finds (search_id, found_at) WHERE mail AND told_at IS NULL;
CREATE INDEX saved_finds_unseen ON saved_finds (search_id, found_at) WHERE NOT seen;
CREATE INDEX saved_finds_digest ON saved_finds (digest_id) WHERE digest_id IS NOT NULL;
COMMENT ON TABLE saved_finds IS 'nouveautés of a saved search: a document is one once, whatever happens to it later';
COMMENT ON COLUMN saved_finds.seen IS 'the person has looked since (dernière consultation)';
COMMENT ON COLUMN saved_finds.mail IS 'is to be told by mail, by the digest that takes it';

CREATE TABLE alert_clock (
    one bool PRIMARY KEY DEFAULT true CHECK (one),
    day date NOT NULL
);
COMMENT ON TABLE alert_clock IS 'the last civil date of which everything that the calendar opens has been looked at';

-- What changed since saved searches were last compared: documents that
-- appeared, many in a line, or one that changed, as it stood before. A text
-- that is merely rewritten is no news, so that texts are not kept twice.
CREATE TABLE search_news (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid         xid8 NOT NULL,
    numbers     integer[] NOT NULL,
    card        bytea,
    occurrences bytea,
    CHECK ((card IS NULL) = (occurrences IS NULL))
);
COMMENT ON TABLE search_news IS 'documents (search_documents.no) to be compared with saved searches, written in the transaction that changes them';
COMMENT ON COLUMN search_news.card IS 'the document''s card before the change; NULL when it was none';

CREATE FUNCTION search_documents_appeared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_news (xid, numbers) SELECT pg_current_xact_id(), array_agg(no) FROM after_rows HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER search_documents_told_insert AFTER INSERT ON search_documents REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION search_documents_appeared();

CREATE FUNCTION search_documents_altered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_news (xid, numbers, card, occurrences)
    SELECT pg_current_xact_id(), ARRAY[b.no], b.card, b.occurrences FROM before_rows b JOIN after_rows a ON a.no = b.no
    WHERE a.card <> b.card OR a.occurrences <> b.occurrences;
    RETURN NULL;
END $$;
CREATE TRIGGER search_documents_told_update AFTER UPDATE ON search_documents REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION search_documents_altered();

ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('activate', 'reset', 'change_email', 'approve', 'opinion', 'stop_search', 'stop_alerts'));
