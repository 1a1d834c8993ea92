CREATE TABLE search_upkeeps (
    id       uuid PRIMARY KEY,
    kind     text NOT NULL CHECK (kind IN ('rebuild', 'check')),
    state    text NOT NULL CHECK (state IN ('asked', 'running', 'done', 'stopped', 'failed')),
    asked_at timestamptz NOT NULL,
    asked_by uuid REFERENCES accounts (id),
    beat_at  timestamptz NOT NULL,
    ended_at timestamptz,
    place    text NOT NULL DEFAULT '',
    done     integer NOT NULL DEFAULT 0,
    total    integer NOT NULL DEFAULT 0,
    result   jsonb NOT NULL DEFAULT '{}',
    error    text NOT NULL DEFAULT '',
    CHECK ((state IN ('asked', 'running')) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX search_upkeeps_once ON search_upkeeps (kind) WHERE ended_at IS NULL;
CREATE INDEX search_upkeeps_last ON search_upkeeps (kind, asked_at DESC);
COMMENT ON TABLE search_upkeeps IS 'entretien of the portal''s own index: reconstructions of its documents, and contrôles of what a process holds against them (P14.1, P17.23)';
COMMENT ON COLUMN search_upkeeps.asked_by IS 'NULL: the command line';
COMMENT ON COLUMN search_upkeeps.beat_at IS 'last sign of life, real time: one that gives none any more was cut';
COMMENT ON COLUMN search_upkeeps.place IS 'kind and id of the last object made again: what was cut goes on from here';
COMMENT ON COLUMN search_upkeeps.result IS 'of a check: how many documents are missing, too many, or other than in the database';
