CREATE TABLE organisations (
    id              uuid PRIMARY KEY,
    reference       text NOT NULL UNIQUE,
    source          text NOT NULL DEFAULT '',
    kind            text NOT NULL CHECK (kind IN ('employer', 'managing', 'faculty', 'provider', 'company')),
    name            text NOT NULL CHECK (name <> ''),
    usual_name      text NOT NULL DEFAULT '',
    parent          text NOT NULL DEFAULT '',
    siret           text NOT NULL DEFAULT '' CHECK (siret ~ '^([0-9]{14})?$'),
    naf             text NOT NULL DEFAULT '',
    street          text NOT NULL DEFAULT '',
    postcode        text NOT NULL DEFAULT '',
    town            text NOT NULL DEFAULT '',
    department_code text REFERENCES departments (code),
    email           text NOT NULL DEFAULT '',
    phone           text NOT NULL DEFAULT '',
    closed          boolean NOT NULL DEFAULT false,
    version         integer NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL
);
CREATE INDEX organisations_source ON organisations (source);
CREATE INDEX organisations_siren ON organisations (left(siret, 9)) WHERE siret <> '';
COMMENT ON TABLE organisations IS 'structures (P2.1), as the files of administrators name them (P3.6)';
COMMENT ON COLUMN organisations.reference IS 'external id';
COMMENT ON COLUMN organisations.kind IS 'employeur, structure gestionnaire ou délégation, composante, organisme, entreprise';
COMMENT ON COLUMN organisations.parent IS 'reference of the structure above, '''' for none';
COMMENT ON COLUMN organisations.naf IS 'code APE';

ALTER TABLE employers ADD organisation_id uuid REFERENCES organisations (id) ON DELETE CASCADE;
CREATE INDEX employers_organisation ON employers (organisation_id) WHERE organisation_id IS NOT NULL;
COMMENT ON COLUMN employers.organisation_id IS 'the structure that brought it; NULL: the public referential';

CREATE TABLE graduates (
    id         uuid PRIMARY KEY,
    reference  text NOT NULL UNIQUE,
    source     text NOT NULL DEFAULT '',
    civility   text NOT NULL DEFAULT '' CHECK (civility IN ('', 'madame', 'monsieur')),
    birth_name text NOT NULL,
    usual_name text NOT NULL DEFAULT '',
    first_name text NOT NULL,
    birth_date date NOT NULL,
    birth_key  text NOT NULL DEFAULT '',
    usual_key  text NOT NULL DEFAULT '',
    diploma    text NOT NULL,
    vet        text NOT NULL DEFAULT '',
    faculty    text NOT NULL DEFAULT '',
    year       integer NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL
);
CREATE INDEX graduates_source ON graduates (source);
CREATE INDEX graduates_birth ON graduates (birth_key);
CREATE INDEX graduates_usual ON graduates (usual_key) WHERE usual_key <> '';
COMMENT ON TABLE graduates IS 'registre des diplômés (P1.10): one row per diploma of a person';
COMMENT ON COLUMN graduates.birth_key IS 'birth name, first name, birth date as identities are compared (P1.4)';
COMMENT ON COLUMN graduates.usual_key IS 'the same with the usual name, '''' where it is the birth name';
COMMENT ON COLUMN graduates.vet IS 'code of the version of the programme (VET)';
COMMENT ON COLUMN graduates.faculty IS 'code of the component (composante)';

CREATE TABLE staff (
    id         uuid PRIMARY KEY,
    reference  text NOT NULL UNIQUE,
    source     text NOT NULL DEFAULT '',
    email      text NOT NULL,
    birth_name text NOT NULL,
    usual_name text NOT NULL DEFAULT '',
    first_name text NOT NULL,
    lang       text NOT NULL DEFAULT 'fr' CHECK (lang IN ('fr', 'en')),
    role       text NOT NULL DEFAULT '' CHECK (role IN ('', 'officer', 'admin')),
    scopes     text[] NOT NULL DEFAULT '{}',
    left_on    date,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    version    integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL
);
CREATE INDEX staff_source ON staff (source);
CREATE INDEX staff_account ON staff (account_id);
COMMENT ON TABLE staff IS 'personnels (P1.8, P2.5): whom the files of administrators give which rights';
COMMENT ON COLUMN staff.role IS 'empty for staff without rights over the work of others';
COMMENT ON COLUMN staff.scopes IS 'portal, theme:SLUG, course:REFERENCE, programme:REFERENCE, faculty:CODE';
COMMENT ON COLUMN staff.left_on IS 'date de départ: the rights end with that day';

ALTER TABLE grants ADD staff_id uuid REFERENCES staff (id);
CREATE INDEX grants_staff ON grants (staff_id) WHERE staff_id IS NOT NULL;
COMMENT ON COLUMN grants.staff_id IS 'the line of staff that gives the right; NULL: an administrator or an operator';

CREATE TABLE students (
    id         uuid PRIMARY KEY,
    reference  text NOT NULL UNIQUE,
    source     text NOT NULL DEFAULT '',
    email      text NOT NULL,
    civility   text NOT NULL DEFAULT '' CHECK (civility IN ('', 'madame', 'monsieur')),
    birth_name text NOT NULL,
    usual_name text NOT NULL DEFAULT '',
    first_name text NOT NULL,
    birth_date date NOT NULL,
    lang       text NOT NULL DEFAULT 'fr' CHECK (lang IN ('fr', 'en')),
    phone      text NOT NULL DEFAULT '',
    street     text NOT NULL DEFAULT '',
    postcode   text NOT NULL DEFAULT '',
    town       text NOT NULL DEFAULT '',
    vet        text NOT NULL DEFAULT '',
    year       integer,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    version    integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL
);
CREATE INDEX students_source ON students (source);
CREATE INDEX students_account ON students (account_id);
COMMENT ON TABLE students IS 'étudiants (P1.12): what the student information system says of them';
COMMENT ON COLUMN students.reference IS 'student number';

CREATE FUNCTION scope_of(scope text, OUT kind text, OUT id uuid) LANGUAGE sql STABLE AS $$
    SELECT split_part(scope, ':', 1), CASE split_part(scope, ':', 1)
        WHEN 'portal' THEN CASE WHEN scope = 'portal' THEN '00000000-0000-0000-0000-000000000000'::uuid END
        WHEN 'theme' THEN (SELECT t.id FROM themes t WHERE t.slug = substr(scope, 7))
        WHEN 'course' THEN (SELECT c.id FROM courses c WHERE c.reference = substr(scope, 8))
        WHEN 'programme' THEN (SELECT p.id FROM programmes p WHERE p.reference = substr(scope, 11))
        WHEN 'faculty' THEN (SELECT f.id FROM faculties f WHERE f.code = substr(scope, 9))
    END
$$;
COMMENT ON FUNCTION scope_of IS 'périmètre: what a scope written as a text covers (P2.5), no id where nothing is so called';

CREATE VIEW staff_rights AS
    SELECT s.id AS staff_id, s.account_id, s.role, o.kind, o.id AS scope_id, s.left_on
    FROM staff s, unnest(s.scopes) x (scope), scope_of(x.scope) o
    WHERE s.account_id IS NOT NULL AND s.role <> '' AND o.id IS NOT NULL;
COMMENT ON VIEW staff_rights IS 'what each line of staff gives to its account, until left_on (P2.5)';

ALTER TABLE accounts ADD imported boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN accounts.imported IS 'opened by a line of staff or students; without password nobody has used it yet (P1.8)';

-- An undo deletes thousands of accounts and persons with their links: each of these
-- columns is looked up once per row deleted.
CREATE INDEX applications_pending ON applications (pending_account_id) WHERE pending_account_id IS NOT NULL;
CREATE INDEX applications_of_person ON applications (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX data_keys_of_person ON data_keys (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX decisions_by ON decisions (recorded_by) WHERE recorded_by IS NOT NULL;
CREATE INDEX verdicts_by ON verdicts (given_by) WHERE given_by IS NOT NULL;
CREATE INDEX notes_by ON notes (author_id) WHERE author_id IS NOT NULL;
CREATE INDEX remarks_by ON remarks (made_by) WHERE made_by IS NOT NULL;
CREATE INDEX opinions_by ON opinions (asked_by) WHERE asked_by IS NOT NULL;
CREATE INDEX information_requests_by ON information_requests (asked_by) WHERE asked_by IS NOT NULL;
CREATE INDEX matches_by ON matches (noted_by) WHERE noted_by IS NOT NULL;
CREATE INDEX documents_by ON documents (deposited_by) WHERE deposited_by IS NOT NULL;
CREATE INDEX consultations_by ON consultations (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX presences_of ON presences (account_id);
CREATE INDEX email_changes_of ON email_changes (account_id);
CREATE INDEX exports_of ON exports (account_id);
CREATE INDEX links_of ON links (subject_id);
CREATE INDEX alert_parts_link ON alert_parts (link_id) WHERE link_id IS NOT NULL;
CREATE INDEX alert_digests_link ON alert_digests (link_id) WHERE link_id IS NOT NULL;
CREATE INDEX saved_searches_link ON saved_searches (link_id) WHERE link_id IS NOT NULL;

ALTER TABLE import_runs DROP CONSTRAINT import_runs_kind_check;
ALTER TABLE import_runs ADD CONSTRAINT import_runs_kind_check CHECK (kind IN ('course', 'programme', 'announcement', 'organisation', 'graduate', 'staff', 'student'));
