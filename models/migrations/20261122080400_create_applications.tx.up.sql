CREATE SEQUENCE application_numbers;

CREATE TABLE applications (
    id              uuid PRIMARY KEY,
    number          bigint NOT NULL UNIQUE DEFAULT nextval('application_numbers'),
    kind            text NOT NULL CHECK (kind IN ('registration')),
    session_id      uuid NOT NULL REFERENCES sessions (id),
    form_version_id uuid NOT NULL REFERENCES form_versions (id),
    account_id      uuid REFERENCES accounts (id),
    person_id       uuid REFERENCES people (id),
    pending_account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    draft_key       bytea,
    state           text NOT NULL CHECK (state IN ('draft', 'submitted', 'awaiting_approval', 'approval_refused', 'under_review',
                        'information_requested', 'accepted', 'waitlisted', 'refused', 'confirmed', 'declined', 'withdrawn', 'closed', 'expired')),
    state_since     timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    step            integer NOT NULL DEFAULT 1,
    verdict         text NOT NULL DEFAULT '' CHECK (verdict IN ('', 'accepted', 'waitlisted', 'refused', 'on_hold')),
    waitlist_rank   integer CHECK (waitlist_rank > 0),
    confirm_by      date,
    created_at      timestamptz NOT NULL,
    saved_at        timestamptz,
    submitted_at    timestamptz,
    expires_at      timestamptz,
    applicant_name  text NOT NULL DEFAULT '',
    birth_name      text NOT NULL DEFAULT '',
    closing_cause   text NOT NULL DEFAULT '',
    CHECK ((verdict = 'waitlisted') = (waitlist_rank IS NOT NULL)),
    CHECK ((state = 'draft') = (submitted_at IS NULL) OR state IN ('expired', 'withdrawn', 'closed')),
    CHECK (account_id IS NOT NULL OR state IN ('draft', 'expired'))
);
CREATE UNIQUE INDEX applications_one_live ON applications (person_id, session_id)
    WHERE person_id IS NOT NULL AND state NOT IN ('approval_refused', 'refused', 'declined', 'withdrawn', 'closed', 'expired');
CREATE INDEX applications_session ON applications (session_id, state);
CREATE INDEX applications_account ON applications (account_id);
CREATE UNIQUE INDEX applications_one_draft ON applications (draft_key, session_id) WHERE draft_key IS NOT NULL AND state = 'draft';
CREATE INDEX applications_state ON applications (state, state_since);
ALTER TABLE applications ADD CONSTRAINT applications_rank EXCLUDE USING btree (session_id WITH =, waitlist_rank WITH =)
    WHERE (waitlist_rank IS NOT NULL AND state IN ('under_review', 'waitlisted')) DEFERRABLE INITIALLY DEFERRED;
COMMENT ON TABLE applications IS 'candidatures: one person, one session, one form version (P6); a draft (brouillon) is its first state';
COMMENT ON INDEX applications_one_live IS 'one living application per person and session (P18.6)';
COMMENT ON INDEX applications_one_draft IS 'one draft per browser and session before an account (P18.6)';
COMMENT ON COLUMN applications.draft_key IS 'hash of the secret held by the browser that began it, until it is claimed (P18.1)';
COMMENT ON COLUMN applications.verdict IS 'the current decision, released or not (P18.4); a seat is verdict accepted in a living state (P18.5)';
COMMENT ON COLUMN applications.applicant_name IS 'name as submitted, for the desk''s list and search';
COMMENT ON COLUMN applications.birth_name IS 'nom de naissance as submitted, when applicant_name holds another one: the desk finds both';

CREATE FUNCTION check_application_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
        'draft>submitted', 'draft>closed', 'draft>expired', 'submitted>awaiting_approval', 'submitted>withdrawn', 'submitted>closed',
        'awaiting_approval>under_review', 'awaiting_approval>approval_refused', 'awaiting_approval>withdrawn', 'awaiting_approval>closed',
        'under_review>information_requested', 'under_review>accepted', 'under_review>waitlisted', 'under_review>refused',
        'under_review>withdrawn', 'under_review>closed', 'information_requested>under_review', 'information_requested>withdrawn',
        'information_requested>closed', 'accepted>confirmed', 'accepted>declined', 'accepted>closed',
        'accepted>withdrawn', 'waitlisted>accepted', 'waitlisted>withdrawn', 'waitlisted>closed',
        'confirmed>withdrawn', 'confirmed>closed'])) THEN
        RAISE EXCEPTION 'an application does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'applications_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER applications_transition BEFORE UPDATE OF state ON applications
    FOR EACH ROW EXECUTE FUNCTION check_application_transition();
COMMENT ON FUNCTION check_application_transition IS 'mirror of the transition table (P6), compared by a test';

CREATE TABLE answers (
    application_id uuid PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    registers      bytea NOT NULL,
    ops            integer NOT NULL DEFAULT 0,
    last_hlc       text NOT NULL DEFAULT '',
    updated_at     timestamptz NOT NULL
);
COMMENT ON TABLE answers IS 'réponses d''un brouillon: multi-value registers, the state after every op (P13.3)';

CREATE TABLE answer_ops (
    id             uuid NOT NULL,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    key            text NOT NULL,
    val            text NOT NULL,
    ctx            uuid[] NOT NULL,
    hlc            text NOT NULL,
    form_version   integer NOT NULL,
    device         text NOT NULL DEFAULT '',
    actor          text NOT NULL DEFAULT '',
    at             timestamptz NOT NULL,
    PRIMARY KEY (application_id, id)
);
COMMENT ON TABLE answer_ops IS 'journal des réponses: every value ever sent, applied once by id';

CREATE TABLE submissions (
    application_id uuid PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    submitted_at   timestamptz NOT NULL,
    form_version   integer NOT NULL,
    answers        text NOT NULL,
    op_ids         uuid[] NOT NULL,
    seen_sum       bytea NOT NULL
);
CREATE TRIGGER submissions_immutable BEFORE UPDATE ON submissions FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE submissions IS 'transmissions: the answers as sent, once (P6.7)';

CREATE TABLE approvals (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    last_name      text NOT NULL,
    first_name     text NOT NULL,
    function       text NOT NULL,
    email          text NOT NULL,
    email_key      text NOT NULL,
    phone          text NOT NULL DEFAULT '',
    state          text NOT NULL CHECK (state IN ('requested', 'approved', 'refused', 'not_my_staff', 'replaced', 'stuck', 'closed')),
    reason         text NOT NULL DEFAULT '',
    requested_at   timestamptz NOT NULL,
    reminded_at    timestamptz,
    reminders      integer NOT NULL DEFAULT 0,
    answered_at    timestamptz,
    strength       text NOT NULL DEFAULT '' CHECK (strength IN ('', 'link', 'account')),
    forget_at      date
);
CREATE UNIQUE INDEX approvals_one_open ON approvals (application_id) WHERE state IN ('requested', 'stuck');
CREATE INDEX approvals_email ON approvals (email_key) WHERE email_key <> '';
CREATE INDEX approvals_forget ON approvals (forget_at) WHERE email <> '';
CREATE INDEX approvals_asked ON approvals (requested_at) WHERE state = 'requested';
COMMENT ON TABLE approvals IS 'validations du supérieur hiérarchique (P6.1): whom, when, the answer and how strong the identity was (P18.2)';

CREATE TABLE decisions (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    kind           text NOT NULL CHECK (kind IN ('accepted', 'waitlisted', 'refused', 'on_hold')),
    reason         text NOT NULL DEFAULT '',
    message        text NOT NULL DEFAULT '',
    rank           integer CHECK (rank > 0),
    cause          text NOT NULL DEFAULT 'officer' CHECK (cause IN ('officer', 'promotion')),
    recorded_at    timestamptz NOT NULL,
    recorded_by    uuid REFERENCES accounts (id),
    release_on     date,
    released_at    timestamptz,
    superseded_at  timestamptz,
    CHECK ((kind = 'waitlisted') = (rank IS NOT NULL)),
    CHECK ((kind = 'on_hold') = (release_on IS NULL))
);
CREATE UNIQUE INDEX decisions_current ON decisions (application_id) WHERE superseded_at IS NULL;
CREATE INDEX decisions_due ON decisions (release_on) WHERE released_at IS NULL AND superseded_at IS NULL AND release_on IS NOT NULL;
COMMENT ON TABLE decisions IS 'décisions: kind, reason, rank, recorded when and by whom, released when (P18.4)';

CREATE TABLE notes (
    id             uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    author_id      uuid NOT NULL REFERENCES accounts (id),
    body           text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    at             timestamptz NOT NULL
);
CREATE INDEX notes_application ON notes (application_id, at);
COMMENT ON TABLE notes IS 'notes privées des gestionnaires: never shown to the applicant';

CREATE TABLE presences (
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    account_id     uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seen_at        timestamptz NOT NULL,
    PRIMARY KEY (application_id, account_id)
);
COMMENT ON TABLE presences IS 'qui a ce dossier ouvert (P9.5)';
