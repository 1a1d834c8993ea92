ALTER TABLE links DROP CONSTRAINT links_purpose_check;
ALTER TABLE links ADD CONSTRAINT links_purpose_check CHECK (purpose IN ('activate', 'reset', 'change_email', 'approve', 'opinion'));

CREATE TABLE opinions (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name           text NOT NULL CHECK (name <> ''),
    email          text NOT NULL,
    email_key      text NOT NULL,
    question       text NOT NULL CHECK (length(question) BETWEEN 1 AND 4000),
    documents      uuid[] NOT NULL DEFAULT '{}',
    fields         text[] NOT NULL DEFAULT '{}',
    due_on         date NOT NULL,
    state          text NOT NULL CHECK (state IN ('requested', 'given', 'revoked')),
    asked_at       timestamptz NOT NULL,
    asked_by       uuid REFERENCES accounts (id),
    advice         text NOT NULL DEFAULT '' CHECK (advice IN ('', 'favourable', 'reserved', 'unfavourable')),
    body           text NOT NULL DEFAULT '' CHECK (length(body) <= 4000),
    answered_at    timestamptz,
    strength       text NOT NULL DEFAULT '' CHECK (strength IN ('', 'link', 'account')),
    revoked_at     timestamptz,
    forget_at      date NOT NULL,
    CHECK (cardinality(documents) + cardinality(fields) > 0),
    CHECK ((state = 'given') = (advice <> '')),
    CHECK ((state = 'given') = (answered_at IS NOT NULL)),
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE UNIQUE INDEX opinions_one_open ON opinions (application_id, email_key) WHERE state = 'requested' AND email_key <> '';
CREATE INDEX opinions_application ON opinions (application_id, asked_at);
CREATE INDEX opinions_email ON opinions (email_key) WHERE email_key <> '';
CREATE INDEX opinions_forget ON opinions (forget_at) WHERE email <> '';
COMMENT ON TABLE opinions IS 'avis demandés à un expert (P9.6): what exactly is shown to whom, until when, and what they answered; never shown to the applicant';
COMMENT ON COLUMN opinions.documents IS 'versions shown: a later one is not';
COMMENT ON COLUMN opinions.fields IS 'answers shown: ids of questions, or of repeated blocks';

ALTER TABLE applications ADD COLUMN officer_id uuid REFERENCES accounts (id) ON DELETE SET NULL;
CREATE INDEX applications_officer ON applications (officer_id) WHERE officer_id IS NOT NULL;
COMMENT ON COLUMN applications.officer_id IS 'gestionnaire à qui le dossier est affecté (P9.6); it gives no right by itself';

CREATE TABLE delegations (
    id        uuid PRIMARY KEY,
    from_id   uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    to_id     uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    first_day date NOT NULL,
    last_day  date NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    made_at   timestamptz NOT NULL,
    CHECK (from_id <> to_id),
    CHECK (first_day <= last_day),
    CHECK (starts_at <= ends_at)
);
CREATE INDEX delegations_from ON delegations (from_id, ends_at);
CREATE INDEX delegations_to ON delegations (to_id, ends_at);
COMMENT ON TABLE delegations IS 'délégations pendant une absence (P9.6): the delegate treats what is assigned to the absent officer, in their own name';
COMMENT ON COLUMN delegations.ends_at IS 'first instant without it: the end of the last day, or when it was ended before';

-- Whatever verb writes it, the journal says that an officer acted for another.
CREATE FUNCTION note_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    absent uuid;
BEGIN
    SELECT d.from_id INTO absent FROM delegations d JOIN applications a ON a.id = NEW.subject_id AND a.officer_id = d.from_id
    WHERE d.to_id = NEW.actor_id AND d.starts_at <= NEW.at AND NEW.at < d.ends_at LIMIT 1;
    IF absent IS NOT NULL THEN
        NEW.data := NEW.data || jsonb_build_object('for', absent);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER events_delegation BEFORE INSERT ON events FOR EACH ROW
    WHEN (NEW.subject_kind = 'application' AND NEW.actor_kind = 'account') EXECUTE FUNCTION note_delegation();
COMMENT ON FUNCTION note_delegation IS 'par délégation de …: on each line of the journal written by a delegate about an application of the absent officer';
