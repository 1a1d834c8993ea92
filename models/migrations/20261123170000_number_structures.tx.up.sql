-- Who offers a programme or a course, or publishes an announcement, is a facet
-- of the search (P4.2): many names, each with a number that cards can carry.
CREATE FUNCTION structure_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN length(name) <= 160 THEN btrim(regexp_replace(name, '\s+', ' ', 'g')) ELSE '' END $$;
COMMENT ON FUNCTION structure_name(text) IS 'the name of a structure; empty where the source has a text in its place';

CREATE FUNCTION structure_slug(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN length(s) <= 72 THEN s ELSE rtrim(left(s, 60), '-') || '-' || left(md5(s), 8) END
   FROM btrim(regexp_replace(public.desk_key(public.structure_name(name)), '[^a-z0-9]+', '-', 'g'), '-') s $$;
COMMENT ON FUNCTION structure_slug(text) IS 'word of a structure in addresses: the same however the name is written';

CREATE TABLE structures (
    no   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]{1,72}$'),
    name text NOT NULL CHECK (name <> '') COLLATE "fr-x-icu"
);
COMMENT ON TABLE structures IS 'structures that the search knows by name: institutions of programmes, supervising bodies of courses, employers of announcements';
COMMENT ON COLUMN structures.no IS 'number of the structure in search cards; 0 is none';
COMMENT ON COLUMN structures.name IS 'as it was first written';

CREATE TEMP TABLE named ON COMMIT DROP AS
    SELECT id AS object_id, authority AS name FROM courses WHERE authority <> ''
    UNION ALL SELECT id, coalesce(nullif(institution_usual, ''), institution) FROM programmes
    UNION ALL SELECT id, employer FROM announcements WHERE employer <> '';
CREATE TEMP TABLE slugs ON COMMIT DROP AS
    SELECT name, structure_slug(name) AS slug FROM (SELECT DISTINCT name FROM named) n;
INSERT INTO structures (slug, name) SELECT slug, min(structure_name(name)) FROM slugs WHERE slug <> '' GROUP BY 1 ORDER BY 1;
ANALYZE named, slugs, structures;

-- Every document is written again, once: cards end with the number of the
-- structure, and the fields of documents of before have the words that their
-- index had, until they are indexed anew. Nobody follows meanwhile, and it is
-- no news: a line per document would be noted for nothing.
ALTER TABLE search_documents DISABLE TRIGGER USER;
UPDATE search_documents d SET card = substring(d.card FOR 4 + 2 * get_byte(d.card, 3)) || int4send(coalesce(x.no, 0)),
    acronyms = coalesce((SELECT array_agg(lexeme) FROM unnest(d.words) WHERE 'B' = ANY (weights)), '{}'),
    others = coalesce((SELECT array_agg(lexeme) FROM unnest(d.words) WHERE 'C' = ANY (weights)), '{}')
FROM search_documents o LEFT JOIN named n ON n.object_id = o.object_id
    LEFT JOIN slugs g ON g.name = n.name LEFT JOIN structures x ON x.slug = g.slug
WHERE o.no = d.no;
ALTER TABLE search_documents ENABLE TRIGGER USER;
ALTER TABLE search_documents DROP COLUMN words;
