ALTER TABLE import_runs ADD edition integer NOT NULL DEFAULT 0;
ALTER TABLE import_lines ADD edition integer NOT NULL DEFAULT 0;
ALTER TABLE import_lines DROP CONSTRAINT import_lines_pkey;
ALTER TABLE import_lines ADD PRIMARY KEY (run_id, edition, verdict, no);
COMMENT ON COLUMN import_runs.edition IS 'which of its reports by line (import_lines.edition) is in force';
COMMENT ON COLUMN import_lines.edition IS 'a report is written beside the one in force and takes its place when what it tells is so';
