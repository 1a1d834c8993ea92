CREATE TABLE form_versions (
    id           uuid PRIMARY KEY,
    form_key     text NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    definition   text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by uuid,
    UNIQUE (form_key, version)
);
COMMENT ON TABLE form_versions IS 'versions publiées des formulaires: never change once published (P5.1)';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once', TG_TABLE_NAME;
END $$;
CREATE TRIGGER form_versions_immutable BEFORE UPDATE ON form_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE mails (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    recipient    text NOT NULL,
    lang         text NOT NULL DEFAULT 'fr' CHECK (lang IN ('fr', 'en')),
    subject_kind text NOT NULL,
    subject_id   uuid NOT NULL,
    link_id      uuid,
    once_key     text NOT NULL UNIQUE,
    state        text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'dropped')),
    attempts     integer NOT NULL DEFAULT 0,
    queued_at    timestamptz NOT NULL,
    started_at   timestamptz,
    sent_at      timestamptz,
    last_error   text NOT NULL DEFAULT '',
    maybe_twice  boolean NOT NULL DEFAULT false
);
CREATE INDEX mails_subject ON mails (subject_kind, subject_id);
CREATE INDEX mails_waiting ON mails (queued_at) WHERE state IN ('queued', 'sending', 'failed');
COMMENT ON TABLE mails IS 'courriels: kind, recipient and ids; the text is rendered by the job that sends it';
COMMENT ON COLUMN mails.once_key IS 'one mail per fact, whatever is retried (P6.7)';
COMMENT ON COLUMN mails.maybe_twice IS 'killed between the server''s answer and our commit: a second copy may exist, same Message-ID';

CREATE TABLE local_mails (
    id        uuid PRIMARY KEY REFERENCES mails (id) ON DELETE CASCADE,
    sent_at   timestamptz NOT NULL,
    sender    text NOT NULL,
    recipient text NOT NULL,
    subject   text NOT NULL,
    html      text NOT NULL,
    body      text NOT NULL,
    read_at   timestamptz
);
COMMENT ON TABLE local_mails IS 'boîte locale de la démonstration: the only place where a mail''s text is kept, under demo only';
