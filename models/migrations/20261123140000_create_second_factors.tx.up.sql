CREATE TABLE factors (
    id            uuid PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name          text NOT NULL DEFAULT '',
    secret        bytea NOT NULL,
    last_step     bigint NOT NULL DEFAULT 0,
    credential_id bytea,
    created_at    timestamptz NOT NULL,
    used_at       timestamptz,
    CHECK ((kind = 'passkey') = (credential_id IS NOT NULL))
);
CREATE UNIQUE INDEX factors_one_totp ON factors (account_id) WHERE kind = 'totp';
CREATE UNIQUE INDEX factors_credential ON factors (credential_id);
CREATE INDEX factors_account ON factors (account_id);
COMMENT ON TABLE factors IS 'moyens de double vérification (P1.13): an application of codes at most, any number of passkeys';
COMMENT ON COLUMN factors.secret IS 'sealed with the key of the portal: the secret of the codes, or the public credential of a passkey with its counter';
COMMENT ON COLUMN factors.last_step IS 'half minute of the last code taken: a code serves once, and none before it afterwards';

CREATE TABLE recovery_codes (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (account_id, code_hash)
);
COMMENT ON TABLE recovery_codes IS 'codes de secours: ten, shown once, each serves once';

CREATE TABLE trusted_devices (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    device     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX trusted_devices_account ON trusted_devices (account_id);
COMMENT ON TABLE trusted_devices IS 'appareils retenus 30 jours: the second factor is not asked there; the secret changes at each use';

ALTER TABLE sign_ins ADD COLUMN half boolean NOT NULL DEFAULT false;
ALTER TABLE sign_ins ADD COLUMN factor text NOT NULL DEFAULT '' CHECK (factor IN ('', 'totp', 'passkey', 'recovery', 'device'));
ALTER TABLE sign_ins ADD COLUMN proven_at timestamptz;
ALTER TABLE sign_ins ADD CHECK (NOT half OR factor = '');
COMMENT ON COLUMN sign_ins.half IS 'the password was right and the second factor is awaited: it opens that one page and nothing else';
COMMENT ON COLUMN sign_ins.factor IS 'how the second factor was proven; empty: by the password alone';
COMMENT ON COLUMN sign_ins.proven_at IS 'when the person last proved who they are in this sign-in; changing a factor asks it anew';
