CREATE TABLE requirement_lists (
    id         uuid PRIMARY KEY,
    key        text NOT NULL UNIQUE CHECK (key ~ '^[a-z0-9-]{1,64}$'),
    name_fr    text NOT NULL CHECK (name_fr <> ''),
    name_en    text NOT NULL DEFAULT '',
    specs      jsonb NOT NULL CHECK (jsonb_typeof(specs) = 'array'),
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE requirement_lists IS 'listes de pièces demandées (P6.2); a dossier copies its list when it begins, so that a later change touches nobody';

ALTER TABLE sessions ADD COLUMN requirement_list_id uuid REFERENCES requirement_lists (id);
COMMENT ON COLUMN sessions.requirement_list_id IS 'pièces demandées par cette campagne ou session; NULL: none but those of the form';

CREATE TABLE requirements (
    id                uuid PRIMARY KEY,
    application_id    uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    position          integer NOT NULL CHECK (position > 0),
    key               text NOT NULL CHECK (key ~ '^[a-z0-9_-]{1,64}$'),
    origin            text NOT NULL CHECK (origin IN ('list', 'form')),
    spec              jsonb NOT NULL,
    not_applicable_at timestamptz,
    UNIQUE (application_id, key),
    UNIQUE (application_id, position)
);
COMMENT ON TABLE requirements IS 'pièces demandées d''un dossier: the rules as they stood when it began (P7.1)';
COMMENT ON COLUMN requirements.not_applicable_at IS 'non concerné par cette pièce, said by the applicant (P6.2)';

CREATE TABLE data_keys (
    id             uuid PRIMARY KEY,
    person_id      uuid REFERENCES people (id) ON DELETE SET NULL,
    application_id uuid,
    class          text NOT NULL CHECK (class IN ('document', 'identity', 'portal')),
    wrapped        bytea,
    created_at     timestamptz NOT NULL,
    destroyed_at   timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE UNIQUE INDEX data_keys_person ON data_keys (person_id, class) WHERE person_id IS NOT NULL AND application_id IS NULL AND destroyed_at IS NULL;
CREATE UNIQUE INDEX data_keys_draft ON data_keys (application_id, class) WHERE application_id IS NOT NULL AND destroyed_at IS NULL;
CREATE UNIQUE INDEX data_keys_portal ON data_keys (class) WHERE class = 'portal' AND destroyed_at IS NULL;
COMMENT ON TABLE data_keys IS 'clés de chiffrement des fichiers, wrapped by the master key: one per person and class (P12.6); destroying one makes all its files unreadable';
COMMENT ON COLUMN data_keys.application_id IS 'of a draft begun before an account; kept beside person_id once claimed; no foreign key, so that the key of an erased draft is found and destroyed';

CREATE FUNCTION give_draft_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE data_keys SET person_id = NEW.person_id WHERE application_id = NEW.id AND person_id IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER applications_keys AFTER UPDATE OF person_id ON applications
    FOR EACH ROW WHEN (OLD.person_id IS NULL AND NEW.person_id IS NOT NULL) EXECUTE FUNCTION give_draft_keys();
COMMENT ON FUNCTION give_draft_keys IS 'the keys of a draft become the person''s when it is claimed (P18.1), so that destroying their keys (P12.4) destroys these too';

CREATE TABLE files (
    id         uuid PRIMARY KEY,
    key_id     uuid NOT NULL REFERENCES data_keys (id),
    purpose    text NOT NULL CHECK (purpose IN ('deposit', 'rendition', 'template', 'export')),
    name       text NOT NULL,
    type       text NOT NULL DEFAULT '',
    bytes      bigint NOT NULL CHECK (bytes >= 0),
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    segments   jsonb NOT NULL CHECK (jsonb_typeof(segments) = 'array'),
    pages      integer CHECK (pages >= 0),
    inspection text NOT NULL DEFAULT '' CHECK (inspection IN ('', 'accept', 'warn', 'refuse')),
    reason     text NOT NULL DEFAULT '',
    facts      jsonb NOT NULL DEFAULT '{}',
    scan       text NOT NULL DEFAULT 'pending' CHECK (scan IN ('pending', 'clean', 'infected', 'off')),
    scanned_at timestamptz,
    created_at timestamptz NOT NULL,
    purged_at  timestamptz
);
CREATE INDEX files_key ON files (key_id);
CREATE INDEX files_waiting ON files (created_at) WHERE purged_at IS NULL AND (inspection = '' OR scan = 'pending');
CREATE INDEX files_objects ON files USING gin (segments jsonb_path_ops) WHERE purged_at IS NULL;
COMMENT ON TABLE files IS 'fichiers: immutable content under opaque keys of the store, encrypted (P7.4)';
COMMENT ON COLUMN files.name IS 'as the person named it: data, never a path';
COMMENT ON COLUMN files.type IS 'what the content is, not what its name says (P7.3)';
COMMENT ON COLUMN files.segments IS 'objects of the store, in order: key, plain and cipher sizes, SHA-256 of the ciphertext';
COMMENT ON COLUMN files.scan IS 'antivirus: pending is never open to others, off means that none is configured';

CREATE TABLE renditions (
    file_id      uuid NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    kind         text NOT NULL CHECK (kind IN ('pdf', 'page', 'text', 'clean', 'flat')),
    page         integer NOT NULL DEFAULT 0,
    width        integer NOT NULL DEFAULT 0,
    rendered_id  uuid NOT NULL REFERENCES files (id),
    made_at      timestamptz NOT NULL,
    PRIMARY KEY (file_id, kind, page, width)
);
CREATE INDEX renditions_rendered ON renditions (rendered_id);
COMMENT ON TABLE renditions IS 'images de pages, textes et conversions: a cache that can be made again';

CREATE TABLE documents (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    requirement_id uuid NOT NULL REFERENCES requirements (id) ON DELETE CASCADE,
    place          integer NOT NULL CHECK (place > 0),
    version        integer NOT NULL CHECK (version > 0),
    file_id        uuid NOT NULL REFERENCES files (id),
    state          text NOT NULL CHECK (state IN ('checking', 'live', 'refused', 'replaced', 'removed')),
    state_since    timestamptz NOT NULL,
    deposited_at   timestamptz NOT NULL,
    deposited_by   uuid REFERENCES accounts (id),
    reused_from    uuid REFERENCES documents (id) ON DELETE SET NULL,
    UNIQUE (requirement_id, place, version)
);
CREATE UNIQUE INDEX documents_one_live ON documents (requirement_id, place) WHERE state = 'live';
CREATE INDEX documents_application ON documents (application_id, state);
CREATE INDEX documents_file ON documents (file_id);
COMMENT ON TABLE documents IS 'pièces déposées: one row per version at one place of a requirement; never changed, only replaced (P7.2)';
COMMENT ON COLUMN documents.place IS 'recto and verso, or one of several files, from 1';
COMMENT ON COLUMN documents.state IS 'checking: not shown to anybody else; live: the version in force; refused: by the inspection or the antivirus, the version before it stays';

CREATE TABLE uploads (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    requirement_id uuid NOT NULL REFERENCES requirements (id) ON DELETE CASCADE,
    place          integer NOT NULL CHECK (place > 0),
    key_id         uuid NOT NULL REFERENCES data_keys (id),
    name           text NOT NULL,
    declared_type  text NOT NULL DEFAULT '',
    length         bigint NOT NULL CHECK (length > 0),
    received       bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND length),
    hash_state     bytea NOT NULL DEFAULT '',
    segments       jsonb NOT NULL DEFAULT '[]',
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    document_id    uuid REFERENCES documents (id) ON DELETE SET NULL
);
CREATE INDEX uploads_application ON uploads (application_id);
CREATE INDEX uploads_expiry ON uploads (expires_at);
CREATE INDEX uploads_objects ON uploads USING gin (segments jsonb_path_ops);
COMMENT ON TABLE uploads IS 'envois en cours, reprenables (P7.2): what has been received so far and until when it is kept';

CREATE TABLE verdicts (
    id            uuid PRIMARY KEY,
    document_id   uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('valid', 'refused', 'to_complete')),
    reason        text NOT NULL DEFAULT '',
    message       text NOT NULL DEFAULT '' CHECK (length(message) <= 2000),
    valid_until   date,
    given_at      timestamptz NOT NULL,
    given_by      uuid REFERENCES accounts (id),
    superseded_at timestamptz,
    CHECK (kind = 'valid' OR valid_until IS NULL)
);
CREATE UNIQUE INDEX verdicts_current ON verdicts (document_id) WHERE superseded_at IS NULL;
COMMENT ON TABLE verdicts IS 'avis sur une pièce: belongs to one version, so a new version has none and untouched versions keep theirs (P17.8)';

CREATE TABLE remarks (
    id          uuid PRIMARY KEY,
    document_id uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    page        integer NOT NULL CHECK (page > 0),
    x           real NOT NULL CHECK (x BETWEEN 0 AND 1),
    y           real NOT NULL CHECK (y BETWEEN 0 AND 1),
    width       real NOT NULL DEFAULT 0 CHECK (width BETWEEN 0 AND 1),
    height      real NOT NULL DEFAULT 0 CHECK (height BETWEEN 0 AND 1),
    body        text NOT NULL CHECK (length(body) BETWEEN 1 AND 1000),
    visible     boolean NOT NULL DEFAULT true,
    made_at     timestamptz NOT NULL,
    made_by     uuid REFERENCES accounts (id),
    changed_at  timestamptz,
    removed_at  timestamptz
);
CREATE INDEX remarks_document ON remarks (document_id) WHERE removed_at IS NULL;
COMMENT ON TABLE remarks IS 'remarques épinglées à un endroit d''une page, in fractions of its width and height (P17.7)';
COMMENT ON COLUMN remarks.visible IS 'shown to the applicant; otherwise to officers alone';

CREATE TABLE matches (
    document_id uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    field       text NOT NULL,
    agrees      boolean NOT NULL,
    noted_at    timestamptz NOT NULL,
    noted_by    uuid REFERENCES accounts (id),
    PRIMARY KEY (document_id, field)
);
COMMENT ON TABLE matches IS 'concordance entre une réponse déclarée et la pièce, noted by an officer';

CREATE TABLE information_requests (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    message        text NOT NULL DEFAULT '' CHECK (length(message) <= 4000),
    fields         text[] NOT NULL DEFAULT '{}',
    requirements   uuid[] NOT NULL DEFAULT '{}',
    asked_at       timestamptz NOT NULL,
    asked_by       uuid REFERENCES accounts (id),
    due_on         date NOT NULL,
    reminded_at    timestamptz,
    answered_at    timestamptz,
    closed_at      timestamptz,
    changed_fields text[] NOT NULL DEFAULT '{}',
    changed        uuid[] NOT NULL DEFAULT '{}',
    CHECK (cardinality(fields) + cardinality(requirements) > 0)
);
CREATE UNIQUE INDEX information_requests_open ON information_requests (application_id) WHERE answered_at IS NULL AND closed_at IS NULL;
COMMENT ON TABLE information_requests IS 'demandes de complément (P9.3): just these answers and pieces are open to the applicant (P17.8)';
COMMENT ON COLUMN information_requests.changed IS 'requirements whose live version changed in the answer, so that the officer sees only those';

CREATE TABLE corrections (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    request_id     uuid NOT NULL UNIQUE REFERENCES information_requests (id) ON DELETE CASCADE,
    sent_at        timestamptz NOT NULL,
    answers        text NOT NULL,
    documents      uuid[] NOT NULL DEFAULT '{}'
);
CREATE TRIGGER corrections_immutable BEFORE UPDATE ON corrections FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE INDEX corrections_application ON corrections (application_id, sent_at);
COMMENT ON COLUMN corrections.documents IS 'versions in force when it was sent';
COMMENT ON TABLE corrections IS 'retransmissions: the answers as sent again, whole; the latest one is in force';

CREATE TABLE consultations (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    document_id    uuid REFERENCES documents (id) ON DELETE CASCADE,
    account_id     uuid REFERENCES accounts (id),
    link_id        uuid,
    kind           text NOT NULL CHECK (kind IN ('dossier', 'document', 'download')),
    day            date NOT NULL,
    first_at       timestamptz NOT NULL,
    last_at        timestamptz NOT NULL,
    times          integer NOT NULL DEFAULT 1,
    UNIQUE NULLS NOT DISTINCT (application_id, document_id, account_id, link_id, kind, day)
);
COMMENT ON TABLE consultations IS 'qui a ouvert ce dossier et ses pièces, shown to the person (P17.21): one line per reader, object and day';

ALTER TABLE submissions ADD COLUMN documents uuid[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN submissions.documents IS 'versions in force when it was sent, which the receipt lists for ever';

CREATE INDEX information_requests_due ON information_requests (due_on) WHERE answered_at IS NULL AND closed_at IS NULL;
