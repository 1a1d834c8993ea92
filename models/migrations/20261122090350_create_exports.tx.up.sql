CREATE TABLE exports (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    filter     text NOT NULL,
    columns    text[] NOT NULL CHECK (cardinality(columns) > 0),
    format     text NOT NULL CHECK (format IN ('xlsx', 'csv')),
    lang       text NOT NULL DEFAULT 'fr' CHECK (lang IN ('fr', 'en')),
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    written    integer NOT NULL DEFAULT 0,
    total      integer NOT NULL DEFAULT 0,
    file_id    uuid REFERENCES files (id),
    asked_at   timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK ((state = 'done') = (file_id IS NOT NULL))
);
CREATE UNIQUE INDEX exports_one_waiting ON exports (account_id) WHERE state = 'waiting';
CREATE INDEX exports_expiry ON exports (expires_at);
COMMENT ON TABLE exports IS 'exports de listes (P9.7): made by a job, kept encrypted until they expire, read by who asked alone';
