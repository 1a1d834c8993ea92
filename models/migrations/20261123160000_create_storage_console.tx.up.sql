CREATE TABLE storage_passes (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('audit', 'daily', 'move')),
    target        text NOT NULL DEFAULT '' CHECK (target IN ('', 'disk', 's3')),
    despite       boolean NOT NULL DEFAULT false,
    emptying      boolean NOT NULL DEFAULT false,
    state         text NOT NULL CHECK (state IN ('running', 'paused', 'done', 'failed', 'stopped')),
    phase         text NOT NULL CHECK (phase IN ('files', 'objects', 'empty')),
    place         text NOT NULL DEFAULT '',
    turn          integer NOT NULL DEFAULT 0,
    objects       bigint NOT NULL DEFAULT 0,
    total_objects bigint NOT NULL DEFAULT 0,
    bytes         bigint NOT NULL DEFAULT 0,
    total_bytes   bigint NOT NULL DEFAULT 0,
    copied        bigint NOT NULL DEFAULT 0,
    wrong         bigint NOT NULL DEFAULT 0,
    orphans       bigint NOT NULL DEFAULT 0,
    trouble       text NOT NULL DEFAULT '',
    worked_ms     bigint NOT NULL DEFAULT 0,
    started_at    timestamptz NOT NULL,
    started_by    uuid REFERENCES accounts (id),
    moved_at      timestamptz NOT NULL,
    ended_at      timestamptz,
    CHECK ((kind = 'move') = (target <> '')),
    CHECK ((state IN ('done', 'failed', 'stopped')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX storage_passes_open ON storage_passes ((kind = 'move')) WHERE state IN ('running', 'paused');
CREATE INDEX storage_passes_latest ON storage_passes (started_at DESC);
COMMENT ON TABLE storage_passes IS 'vérifications du stockage et déplacements (P14.2, P17.24): long works over every object, which go on where they stopped';
COMMENT ON COLUMN storage_passes.kind IS 'audit: every byte is read; daily: presence and lengths, and a thirtieth of the contents; move: to the other store';
COMMENT ON COLUMN storage_passes.place IS 'how far: last file of the phase, or prefix of keys';
COMMENT ON COLUMN storage_passes.turn IS 'of the job that works on it: one that finds another turn stops';
COMMENT ON COLUMN storage_passes.trouble IS 'why it waits or failed, a key of the messages';
COMMENT ON COLUMN storage_passes.started_by IS 'NULL: the portal''s clock or the command line';

CREATE TABLE storage_findings (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('altered', 'missing', 'orphan')),
    object_key text NOT NULL,
    file_id    uuid REFERENCES files (id),
    bytes      bigint NOT NULL DEFAULT 0,
    detail     text NOT NULL DEFAULT '',
    elsewhere  text NOT NULL DEFAULT '' CHECK (elsewhere IN ('', 'disk', 's3')),
    found_at   timestamptz NOT NULL,
    pass_id    uuid NOT NULL REFERENCES storage_passes (id),
    asked      text NOT NULL DEFAULT '' CHECK (asked IN ('', 'restore', 'lose', 'erase')),
    asked_at   timestamptz,
    asked_by   uuid REFERENCES accounts (id),
    trouble    text NOT NULL DEFAULT '',
    outcome    text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'restored', 'lost', 'erased', 'gone')),
    closed_at  timestamptz,
    CHECK ((kind = 'orphan') = (file_id IS NULL)),
    CHECK ((asked = '') = (asked_at IS NULL)),
    CHECK ((outcome = '') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX storage_findings_open ON storage_findings (object_key) WHERE closed_at IS NULL;
CREATE INDEX storage_findings_kind ON storage_findings (kind, found_at) WHERE closed_at IS NULL;
CREATE INDEX storage_findings_asked ON storage_findings (asked_at) WHERE closed_at IS NULL AND asked <> '';
CREATE INDEX storage_findings_file ON storage_findings (file_id) WHERE closed_at IS NULL;
COMMENT ON TABLE storage_findings IS 'constats (P17.24): a row whose object is missing or altered, an object that no row names, until it is mended';
COMMENT ON COLUMN storage_findings.elsewhere IS 'store that holds a sound copy';
COMMENT ON COLUMN storage_findings.asked IS 'what an administrator asked for: put back the sound copy, give the content up and tell its owner, delete the object';
COMMENT ON COLUMN storage_findings.outcome IS 'gone: a later pass found nothing wrong any more';

CREATE VIEW stored_files AS
    SELECT f.id, f.created_at, f.purged_at, jsonb_array_length(f.segments) AS objects,
        (SELECT coalesce(sum((s ->> 'cipher')::bigint), 0)::bigint FROM jsonb_array_elements(f.segments) s) AS bytes,
        CASE WHEN f.scan = 'infected' THEN 'quarantine' ELSE f.purpose END AS kind
    FROM files f;
COMMENT ON VIEW stored_files IS 'what each file takes in the store, and as what it counts; purged ones took it until they were';
