-- News beyond those that a search lists: which, so that none is counted twice,
-- and since when, so that a mail tells those of its time.
CREATE TABLE saved_beyond (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    search_id uuid NOT NULL REFERENCES saved_searches (id) ON DELETE CASCADE,
    n         integer NOT NULL CHECK (n > 0),
    numbers   integer[] NOT NULL,
    found_at  timestamptz NOT NULL,
    mail      boolean NOT NULL,
    told_at   timestamptz
);
CREATE INDEX saved_beyond_search ON saved_beyond (search_id);
COMMENT ON TABLE saved_beyond IS 'nouveautés of a saved search that are counted and not listed one by one: too many at once';
COMMENT ON COLUMN saved_beyond.numbers IS 'search_documents.no; empty for those counted before they were remembered';
INSERT INTO saved_beyond (search_id, n, numbers, found_at, mail) SELECT id, beyond_mail, '{}', looked_at, true FROM saved_searches WHERE beyond_mail > 0;
ALTER TABLE saved_searches DROP COLUMN beyond_mail;
