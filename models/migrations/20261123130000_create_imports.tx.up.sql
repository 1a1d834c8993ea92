CREATE TABLE import_runs (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('course', 'programme', 'announcement')),
    source      text NOT NULL DEFAULT '',
    file_name   text NOT NULL DEFAULT '',
    file_id     uuid REFERENCES files (id),
    mapping     text NOT NULL DEFAULT '',
    state       text NOT NULL CHECK (state IN ('received', 'rehearsing', 'rehearsed', 'importing', 'done', 'refused', 'failed', 'undone', 'dropped')),
    phase       text NOT NULL DEFAULT '',
    done        bigint NOT NULL DEFAULT 0,
    total       bigint NOT NULL DEFAULT 0,
    report      jsonb NOT NULL DEFAULT '{}',
    themes      text[] NOT NULL DEFAULT '{}',
    made_at     timestamptz NOT NULL,
    made_by     uuid REFERENCES accounts (id),
    imported_at timestamptz,
    undone_at   timestamptz,
    undone_by   uuid REFERENCES accounts (id),
    CHECK ((state = 'undone') = (undone_at IS NOT NULL))
);
CREATE INDEX import_runs_latest ON import_runs (made_at DESC);
COMMENT ON TABLE import_runs IS 'imports de fichiers (P3.6): one row per file, rehearsed or imported, with what it did';
COMMENT ON COLUMN import_runs.mapping IS 'how the file is read (réglage), as its TOML';
COMMENT ON COLUMN import_runs.made_by IS 'NULL: the command line';
COMMENT ON COLUMN import_runs.themes IS 'slugs of the themes that this import brought, for its undo';
COMMENT ON COLUMN import_runs.done IS 'of total, in the unit of the phase: bytes read, then rows';

CREATE TABLE import_changes (
    run_id    uuid NOT NULL REFERENCES import_runs (id) ON DELETE CASCADE,
    kind      text NOT NULL,
    object_id uuid NOT NULL,
    before    jsonb,
    PRIMARY KEY (run_id, object_id)
);
COMMENT ON TABLE import_changes IS 'what the last import of each kind created (before is NULL) and changed, for its undo';

CREATE TABLE import_mappings (
    source     text NOT NULL CHECK (source <> ''),
    kind       text NOT NULL,
    mapping    text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid REFERENCES accounts (id),
    PRIMARY KEY (source, kind)
);
COMMENT ON TABLE import_mappings IS 'réglages d''import remembered per source, as their TOML';
ALTER TABLE files DROP CONSTRAINT files_purpose_check;
ALTER TABLE files ADD CONSTRAINT files_purpose_check CHECK (purpose IN ('deposit', 'rendition', 'template', 'export', 'import'));
