CREATE TABLE regions (
    code text PRIMARY KEY,
    no   smallint NOT NULL UNIQUE CHECK (no > 0),
    name text NOT NULL COLLATE "fr-x-icu"
);
COMMENT ON TABLE regions IS 'régions, outre-mer compris';
COMMENT ON COLUMN regions.no IS 'short number of the region in search cards';

CREATE TABLE departments (
    code        text PRIMARY KEY,
    no          smallint NOT NULL UNIQUE CHECK (no > 0),
    name        text NOT NULL COLLATE "fr-x-icu",
    region_code text NOT NULL REFERENCES regions (code)
);
COMMENT ON TABLE departments IS 'départements et collectivités d''outre-mer';

CREATE TABLE cities (
    insee           text PRIMARY KEY,
    name            text NOT NULL COLLATE "fr-x-icu",
    department_code text NOT NULL REFERENCES departments (code),
    region_code     text NOT NULL,
    postcodes       text[] NOT NULL,
    population      integer NOT NULL DEFAULT 0,
    words           tsvector NOT NULL
);
CREATE INDEX cities_words ON cities USING gin (words) WITH (fastupdate = off);
COMMENT ON TABLE cities IS 'communes et arrondissements municipaux';
COMMENT ON COLUMN cities.region_code IS 'that of the department, repeated for speed';
COMMENT ON COLUMN cities.words IS 'words of the name and postcodes, without accents, for completion';

CREATE TABLE employers (
    siren           text PRIMARY KEY CHECK (siren ~ '^[0-9]{9}$'),
    name            text NOT NULL COLLATE "fr-x-icu",
    kind            text NOT NULL,
    town            text NOT NULL DEFAULT '' COLLATE "fr-x-icu",
    department_code text NOT NULL REFERENCES departments (code),
    population      integer NOT NULL DEFAULT 0,
    words           tsvector NOT NULL
);
CREATE INDEX employers_words ON employers USING gin (words) WITH (fastupdate = off);
COMMENT ON TABLE employers IS 'employeurs publics: communes et intercommunalités ayant un SIREN';
COMMENT ON COLUMN employers.kind IS 'commune, or the kind of intercommunalité: CC, CA, CU, METRO…';
