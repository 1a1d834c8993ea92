CREATE TABLE themes (
    id        uuid PRIMARY KEY,
    no        smallint GENERATED ALWAYS AS IDENTITY UNIQUE,
    parent_id uuid REFERENCES themes (id),
    slug      text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$'),
    name      text NOT NULL COLLATE "fr-x-icu"
);
CREATE UNIQUE INDEX themes_name ON themes (coalesce(parent_id, '00000000-0000-0000-0000-000000000000'), name);
COMMENT ON TABLE themes IS 'thèmes et sous-thèmes: a tree of two levels (P3.4)';
COMMENT ON COLUMN themes.no IS 'short number of the theme in search cards';

CREATE TABLE courses (
    id            uuid PRIMARY KEY,
    reference     text NOT NULL UNIQUE CHECK (reference ~ '^[A-Za-z0-9._-]{1,64}$'),
    source        text NOT NULL DEFAULT '',
    title         text NOT NULL CHECK (title <> '') COLLATE "fr-x-icu",
    acronym       text NOT NULL DEFAULT '',
    type          text NOT NULL DEFAULT '',
    type_acronym  text NOT NULL DEFAULT '',
    duration      text NOT NULL DEFAULT '',
    duration_days integer CHECK (duration_days > 0),
    rncp          text NOT NULL DEFAULT '',
    level         integer CHECK (level BETWEEN 1 AND 8),
    level_label   text NOT NULL DEFAULT '',
    authority     text NOT NULL DEFAULT '',
    speciality    text NOT NULL DEFAULT '',
    url           text NOT NULL DEFAULT '',
    objectives    text,
    programme     text,
    prerequisites text,
    audience      text,
    methods       text,
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE courses IS 'actions de formation (P3.1); a text that the source lacks is NULL and shown as absent';
COMMENT ON COLUMN courses.reference IS 'external id, in addresses: /formations/{reference}';
COMMENT ON COLUMN courses.duration_days IS 'calendar days behind duration, for the facet; NULL when it says nothing';
COMMENT ON COLUMN courses.authority IS 'tutelle';
COMMENT ON COLUMN courses.speciality IS 'code de spécialité (NSF)';

CREATE TABLE course_themes (
    course_id uuid NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    theme_id  uuid NOT NULL REFERENCES themes (id),
    PRIMARY KEY (course_id, theme_id)
);
CREATE INDEX course_themes_theme ON course_themes (theme_id);
COMMENT ON TABLE course_themes IS 'sous-thèmes d''une formation';

CREATE TABLE sessions (
    id              uuid PRIMARY KEY,
    course_id       uuid NOT NULL REFERENCES courses (id),
    external_id     text NOT NULL UNIQUE CHECK (external_id ~ '^[A-Za-z0-9._-]{1,80}$'),
    generated       boolean NOT NULL DEFAULT false,
    starts_on       date NOT NULL,
    ends_on         date NOT NULL,
    place           text NOT NULL DEFAULT '',
    department_code text REFERENCES departments (code),
    region_code     text REFERENCES regions (code),
    modality        text NOT NULL CHECK (modality IN ('on_site', 'remote', 'mixed')),
    capacity        integer NOT NULL CHECK (capacity > 0),
    seats_elsewhere integer NOT NULL DEFAULT 0 CHECK (seats_elsewhere >= 0),
    seats_taken     integer NOT NULL DEFAULT 0 CHECK (seats_taken >= 0),
    waiting_list    boolean NOT NULL DEFAULT false,
    opens_on        date NOT NULL,
    closes_on       date NOT NULL,
    cancelled_at    timestamptz,
    cancel_reason   text NOT NULL DEFAULT '',
    decision_on     date,
    version         integer NOT NULL DEFAULT 1,
    CONSTRAINT sessions_seats CHECK (seats_taken + seats_elsewhere <= capacity),
    CHECK (ends_on >= starts_on),
    CHECK (opens_on <= closes_on),
    CHECK (closes_on <= starts_on),
    CHECK ((modality = 'remote') = (region_code IS NULL)),
    CHECK (department_code IS NULL OR region_code IS NOT NULL)
);
CREATE INDEX sessions_course ON sessions (course_id, starts_on);
CREATE INDEX sessions_closing ON sessions (closes_on) WHERE cancelled_at IS NULL;
COMMENT ON TABLE sessions IS 'sessions d''une formation; their state is computed from dates and seats, never stored (P18.17)';
COMMENT ON COLUMN sessions.generated IS 'made by the demonstration''s generator, said so on screen';
COMMENT ON COLUMN sessions.seats_elsewhere IS 'places attribuées hors du portail';
COMMENT ON COLUMN sessions.seats_taken IS 'places prises: kept by the decision verbs under this row''s lock, checked by verify';
COMMENT ON COLUMN sessions.decision_on IS 'date de communication des décisions; NULL: computed from the start and the setting (P6.1)';

CREATE TABLE programmes (
    id                  uuid PRIMARY KEY,
    reference           text NOT NULL UNIQUE CHECK (reference ~ '^[A-Za-z0-9._-]{1,64}$'),
    source              text NOT NULL DEFAULT '',
    type                text NOT NULL,
    title               text NOT NULL CHECK (title <> '') COLLATE "fr-x-icu",
    domains             text[] NOT NULL DEFAULT '{}',
    level               integer CHECK (level BETWEEN 1 AND 8),
    institution_code    text NOT NULL DEFAULT '',
    institution         text NOT NULL DEFAULT '' COLLATE "fr-x-icu",
    institution_usual   text NOT NULL DEFAULT '',
    street              text NOT NULL DEFAULT '',
    postcode            text NOT NULL DEFAULT '',
    town                text NOT NULL DEFAULT '' COLLATE "fr-x-icu",
    department_code     text REFERENCES departments (code),
    region_code         text REFERENCES regions (code),
    modes               text[] NOT NULL DEFAULT '{}',
    advised_degrees     text NOT NULL DEFAULT '',
    accredited_from     integer,
    accredited_to       integer,
    accreditation       text NOT NULL DEFAULT '',
    open                boolean NOT NULL DEFAULT false,
    joint_accreditation text NOT NULL DEFAULT '',
    url                 text NOT NULL DEFAULT '',
    updated_at          timestamptz NOT NULL,
    version             integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE programmes IS 'formations diplômantes (P3.3); reference is in addresses: /diplomes/{reference}';

CREATE TABLE programme_intakes (
    programme_id uuid NOT NULL REFERENCES programmes (id) ON DELETE CASCADE,
    year         integer NOT NULL,
    semester     text NOT NULL DEFAULT '',
    capacity     integer CHECK (capacity >= 0),
    limited      text NOT NULL DEFAULT '',
    open         boolean NOT NULL DEFAULT false,
    no           integer NOT NULL,
    PRIMARY KEY (programme_id, no)
);
COMMENT ON TABLE programme_intakes IS 'capacités d''accueil par année, as the source gives them';

CREATE TABLE announcements (
    id              uuid PRIMARY KEY,
    reference       text NOT NULL UNIQUE CHECK (reference ~ '^[A-Za-z0-9._-]{1,64}$'),
    source          text NOT NULL DEFAULT '',
    title           text NOT NULL CHECK (title <> '') COLLATE "fr-x-icu",
    title_deduced   boolean NOT NULL DEFAULT false,
    description     text NOT NULL DEFAULT '',
    profile         text NOT NULL DEFAULT '',
    employer        text NOT NULL DEFAULT '' COLLATE "fr-x-icu",
    job             text NOT NULL DEFAULT '',
    rome_code       text NOT NULL DEFAULT '',
    place           text NOT NULL DEFAULT '',
    department_code text REFERENCES departments (code),
    region_code     text REFERENCES regions (code),
    contract        text NOT NULL DEFAULT '',
    nature          text NOT NULL DEFAULT '',
    experience      text NOT NULL DEFAULT '',
    duration_months integer CHECK (duration_months > 0),
    published_on    date NOT NULL,
    starts_on       date,
    closes_on       date,
    shifted_years   integer NOT NULL DEFAULT 0,
    state           text NOT NULL DEFAULT 'published' CHECK (state IN ('draft', 'published', 'closed', 'archived')),
    updated_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1
);
CREATE INDEX announcements_latest ON announcements (published_on DESC, reference) WHERE state = 'published';
COMMENT ON TABLE announcements IS 'annonces (P3.5): only what the source says';
COMMENT ON COLUMN announcements.title_deduced IS 'title rebuilt from the address of the source, said so on screen';
COMMENT ON COLUMN announcements.shifted_years IS 'whole years added to every date of the demonstration, said so on screen';
