CREATE TABLE people (
    id           uuid PRIMARY KEY,
    civility     text NOT NULL DEFAULT '' CHECK (civility IN ('', 'madame', 'monsieur')),
    birth_name   text NOT NULL,
    usual_name   text NOT NULL DEFAULT '',
    first_name   text NOT NULL,
    birth_date   date NOT NULL,
    identity_key text NOT NULL,
    phone        text NOT NULL DEFAULT '',
    postcode     text NOT NULL DEFAULT '',
    city         text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX people_identity ON people (identity_key);
COMMENT ON TABLE people IS 'personnes: identity, apart from accounts and addresses';
COMMENT ON COLUMN people.identity_key IS 'birth name, first name and birth date without case, accents, hyphens; civility is no part of it (P1.4, P18.7)';
COMMENT ON COLUMN people.civility IS 'empty: ne pas répondre (P18.7)';

CREATE TABLE accounts (
    id            uuid PRIMARY KEY,
    person_id     uuid NOT NULL REFERENCES people (id),
    email         text NOT NULL,
    email_key     text NOT NULL,
    password_hash text NOT NULL DEFAULT '',
    state         text NOT NULL CHECK (state IN ('pending', 'active', 'suspended', 'archived')),
    lang          text NOT NULL DEFAULT 'fr' CHECK (lang IN ('fr', 'en')),
    created_at    timestamptz NOT NULL,
    activated_at  timestamptz,
    expires_at    timestamptz,
    homonym_cleared boolean NOT NULL DEFAULT false,
    version       integer NOT NULL DEFAULT 1,
    CHECK ((state = 'pending') = (expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX accounts_email ON accounts (email_key);
CREATE INDEX accounts_person ON accounts (person_id);
COMMENT ON TABLE accounts IS 'comptes: the login is the e-mail (P1.5)';
COMMENT ON COLUMN accounts.email_key IS 'the address as compared for sign-in and uniqueness: lower case, IDN folded';
COMMENT ON COLUMN accounts.expires_at IS 'a pending account past this instant is deleted (P1.3)';

CREATE TABLE acknowledgements (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    text_key   text NOT NULL,
    version    text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, text_key, version)
);
COMMENT ON TABLE acknowledgements IS 'textes lus et acceptés: version and time are kept (P18.8)';

CREATE TABLE grants (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('officer', 'admin')),
    scope_kind text NOT NULL CHECK (scope_kind IN ('portal', 'theme', 'course')),
    scope_id   uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, role, scope_kind, scope_id)
);
COMMENT ON TABLE grants IS 'droits: role x scope (P2.5); chargé de projet, administrateur';

CREATE TABLE sign_ins (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    device     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    idle_until timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX sign_ins_account ON sign_ins (account_id);
COMMENT ON TABLE sign_ins IS 'sessions web: 32 random bytes, hash stored, idle and absolute expiry, listed and revoked by their owner';

CREATE TABLE email_changes (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    old_email    text NOT NULL,
    new_email    text NOT NULL,
    requested_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    cancelled_at timestamptz
);
CREATE UNIQUE INDEX email_changes_open ON email_changes (account_id) WHERE confirmed_at IS NULL AND cancelled_at IS NULL;
COMMENT ON TABLE email_changes IS 'changements d''adresse: proven by the new address, told to the old one (P1.5)';

CREATE TABLE challenges (
    id   uuid PRIMARY KEY,
    at   timestamptz NOT NULL
);
COMMENT ON TABLE challenges IS 'vérifications humaines déjà servies: a challenge serves once (P18.9)';

CREATE TABLE replays (
    id          uuid PRIMARY KEY,
    account_id  uuid NOT NULL,
    method      text NOT NULL,
    path        text NOT NULL,
    content_type text NOT NULL,
    body        bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz
);
COMMENT ON TABLE replays IS 'formulaires envoyés avec une session expirée: kept sealed, replayed once for the same account (P18.10)';
