ALTER TABLE import_runs
    ADD bytes     bigint NOT NULL DEFAULT 0,
    ADD rows_read integer NOT NULL DEFAULT 0,
    ADD phase_at  timestamptz,
    ADD aside     boolean NOT NULL DEFAULT false;
ALTER TABLE import_runs DROP CONSTRAINT import_runs_state_check;
ALTER TABLE import_runs ADD CONSTRAINT import_runs_state_check CHECK (state IN ('received', 'rehearsing', 'rehearsed', 'importing', 'done', 'refused', 'failed',
    'undoing', 'undone', 'dropped'));
CREATE INDEX import_runs_file ON import_runs (file_id) WHERE file_id IS NOT NULL;
COMMENT ON COLUMN import_runs.file_id IS 'NULL: given up, or erased after its time (import_file_days)';
COMMENT ON COLUMN import_runs.aside IS 'lines that are refused are left aside: chosen by who imports, the report read';
COMMENT ON COLUMN import_runs.phase_at IS 'when the phase began: what is left of it is reckoned from there';

CREATE TABLE import_lines (
    run_id    uuid NOT NULL REFERENCES import_runs (id) ON DELETE CASCADE,
    verdict   text NOT NULL CHECK (verdict IN ('refused', 'left', 'changed', 'created', 'same', 'absent')),
    no        integer NOT NULL,
    line      integer NOT NULL,
    reference text NOT NULL DEFAULT '',
    title     text NOT NULL DEFAULT '',
    field     text NOT NULL DEFAULT '',
    key       text NOT NULL DEFAULT '',
    args      text[] NOT NULL DEFAULT '{}',
    fields    text[] NOT NULL DEFAULT '{}',
    was       text[] NOT NULL DEFAULT '{}',
    becomes   text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (run_id, verdict, no)
);
COMMENT ON TABLE import_lines IS 'rapport par ligne of the last rehearsal or import of a file, erased with it';
COMMENT ON COLUMN import_lines.no IS 'order within a verdict, from 1';
COMMENT ON COLUMN import_lines.key IS 'message of a refusal or of a note, with its args';
