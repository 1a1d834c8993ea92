-- What administrators set of the search (P4.3, P14.1), how they try it before
-- (P17.23), and which queries are typed.
CREATE TABLE search_tuning (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    stop    text[] NOT NULL DEFAULT '{}',
    title   real NOT NULL DEFAULT 0 CHECK (title BETWEEN 0 AND 10),
    acronym real NOT NULL DEFAULT 0 CHECK (acronym BETWEEN 0 AND 10),
    other   real NOT NULL DEFAULT 0 CHECK (other BETWEEN 0 AND 10),
    body    real NOT NULL DEFAULT 0 CHECK (body BETWEEN 0 AND 10)
);
INSERT INTO search_tuning DEFAULT VALUES;
COMMENT ON TABLE search_tuning IS 'réglages en vigueur of the search, beside search_synonyms: stop words (mots vides) and weights of fields; one row';
COMMENT ON COLUMN search_tuning.title IS 'what a word is worth in the title; 0: the usual';
CREATE TRIGGER search_tuning_changed AFTER INSERT OR UPDATE OR DELETE ON search_tuning
    FOR EACH STATEMENT EXECUTE FUNCTION note_search_synonyms();

ALTER TABLE search_synonyms ADD COLUMN made_by uuid REFERENCES accounts (id), ADD COLUMN made_at timestamptz;
COMMENT ON COLUMN search_synonyms.made_by IS 'the administrator who published it; NULL: loaded from a file';

CREATE TABLE search_publications (
    no        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act       text NOT NULL CHECK (act IN ('found', 'published', 'restored')),
    restores  integer REFERENCES search_publications (no),
    rehearsal uuid,
    made_at   timestamptz NOT NULL,
    made_by   uuid REFERENCES accounts (id),
    settings  jsonb NOT NULL,
    changes   jsonb NOT NULL DEFAULT '[]',
    CHECK ((act = 'found') = (made_by IS NULL)),
    CHECK ((act = 'restored') = (restores IS NOT NULL))
);
COMMENT ON TABLE search_publications IS 'publications of settings of the search (P17.23): each row has the whole settings that it put in force, so that any can come back';
COMMENT ON COLUMN search_publications.act IS 'found: what was in force before an administrator published, loaded from files';

CREATE TABLE search_drafts (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL DEFAULT 0,
    edits   jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO search_drafts DEFAULT VALUES;
COMMENT ON TABLE search_drafts IS 'brouillon de réglage: what would change in the settings in force; one for all administrators';

CREATE TABLE search_draft_changes (
    version integer PRIMARY KEY,
    made_at timestamptz NOT NULL,
    made_by uuid NOT NULL REFERENCES accounts (id),
    act     text NOT NULL CHECK (act IN ('edited', 'dropped', 'published')),
    changes jsonb NOT NULL DEFAULT '[]'
);
COMMENT ON TABLE search_draft_changes IS 'who changed the draft and how, so that two administrators at once are told of each other; the last ones';

CREATE TABLE search_rehearsals (
    id       uuid PRIMARY KEY,
    state    text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'dropped', 'published')),
    draft    integer NOT NULL,
    base     text NOT NULL,
    edits    jsonb NOT NULL,
    changes  jsonb NOT NULL,
    made_at  timestamptz NOT NULL,
    made_by  uuid NOT NULL REFERENCES accounts (id),
    ended_at timestamptz,
    done     integer NOT NULL DEFAULT 0,
    total    integer NOT NULL DEFAULT 0,
    figures  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX search_rehearsals_latest ON search_rehearsals (made_at DESC);
COMMENT ON TABLE search_rehearsals IS 'répétitions générales: real queries replayed with the draft''s settings beside those in force (P17.23)';
COMMENT ON COLUMN search_rehearsals.base IS 'fingerprint of the settings in force that it compared with: others make it stale';

CREATE TABLE search_moves (
    rehearsal_id uuid NOT NULL REFERENCES search_rehearsals (id) ON DELETE CASCADE,
    no           integer NOT NULL,
    query        text NOT NULL,
    times        integer NOT NULL,
    judged       boolean NOT NULL,
    title        text NOT NULL DEFAULT '',
    kind         text NOT NULL DEFAULT '',
    reference    text NOT NULL DEFAULT '',
    before       smallint CHECK (before >= 1),
    after        smallint CHECK (after >= 1),
    PRIMARY KEY (rehearsal_id, no),
    CHECK (before IS NOT NULL OR after IS NOT NULL)
);
COMMENT ON TABLE search_moves IS 'mouvements of a rehearsal: a result whose rank changes among the first ten; NULL: not among them';

-- Nobody is in here: no account, no address, no session, no hour. A count per
-- civil day, folded text and engine.
CREATE TABLE search_queries (
    day     date NOT NULL,
    text    text NOT NULL CHECK (text <> '' AND length(text) <= 80),
    engine  text NOT NULL,
    visits  integer NOT NULL DEFAULT 0 CHECK (visits >= 0),
    results integer CHECK (results >= 0),
    opened  integer NOT NULL DEFAULT 0 CHECK (opened >= 0),
    ranks   integer NOT NULL DEFAULT 0,
    PRIMARY KEY (day, text, engine)
);
COMMENT ON TABLE search_queries IS 'requêtes of the public search, without any identity, kept 90 days and shown once three visits typed them';
COMMENT ON COLUMN search_queries.results IS 'the last count of results without filters; NULL: searched with filters alone';
COMMENT ON COLUMN search_queries.ranks IS 'sum of the ranks of the first result opened by each visit';

CREATE TABLE search_marks (
    day  date NOT NULL,
    mark bytea NOT NULL,
    PRIMARY KEY (day, mark)
);
COMMENT ON TABLE search_marks IS 'one keyed hash per visit and query of the day, so that a visit counts once; emptied with the day''s salt';

CREATE TABLE search_salts (
    day  date PRIMARY KEY,
    salt bytea NOT NULL CHECK (length(salt) = 32)
);
COMMENT ON TABLE search_salts IS 'random key of the marks of one day; once it is gone nobody can tell what a mark stood for';
