CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE settings (
    key        text PRIMARY KEY,
    value      text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid
);
COMMENT ON TABLE settings IS 'réglages du portail changés par un administrateur; the default lives in code';

CREATE TABLE events (
    id           uuid PRIMARY KEY,
    at           timestamptz NOT NULL,
    kind         text NOT NULL,
    subject_kind text NOT NULL,
    subject_id   uuid NOT NULL,
    actor_kind   text NOT NULL CHECK (actor_kind IN ('anonymous', 'account', 'link', 'portal', 'operator')),
    actor_id     uuid,
    reason       text NOT NULL DEFAULT '',
    data         jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX events_subject ON events (subject_kind, subject_id, at);
COMMENT ON TABLE events IS 'journal: one line per verb, who did what, when and why; never answers or addresses';

CREATE TABLE links (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL CHECK (purpose IN ('activate', 'reset', 'change_email', 'approve')),
    subject_id uuid NOT NULL,
    generation integer NOT NULL CHECK (generation > 0),
    email      text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz
);
CREATE INDEX links_subject ON links (purpose, subject_id);
COMMENT ON TABLE links IS 'liens signés envoyés par courriel; the secret itself is never stored';

CREATE TABLE counters (
    key       text NOT NULL,
    starts_at timestamptz NOT NULL,
    hits      integer NOT NULL,
    PRIMARY KEY (key, starts_at)
);
COMMENT ON TABLE counters IS 'compteurs de débit (P1.13, P1.6): hits of a key in a window; keys are hashed';
