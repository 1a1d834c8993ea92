-- The search keeps its documents in the process: it needs the fields apart, as
-- they were written, and what changed since it last looked. Snapshots, not
-- numbers: transactions do not end in the order in which they begin.
ALTER TABLE search_documents ADD COLUMN acronyms text[] NOT NULL DEFAULT '{}', ADD COLUMN others text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN search_documents.acronyms IS 'acronym and type''s acronym (sigles), found as they are written';
COMMENT ON COLUMN search_documents.others IS 'type, themes, institution and place, worth less than the title';

-- Documents of before get them where their cards are written again
-- (number_structures): all of them once.

CREATE TABLE search_changes (
    xid xid8 NOT NULL,
    no  integer NOT NULL,
    at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX search_changes_xid ON search_changes (xid);
COMMENT ON TABLE search_changes IS 'documents of the search that changed in the last hours (search_documents.no); 0: the synonyms';

CREATE FUNCTION note_search_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO search_changes (xid, no) SELECT pg_current_xact_id(), no FROM before_rows;
    ELSE
        INSERT INTO search_changes (xid, no) SELECT pg_current_xact_id(), no FROM after_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_documents_inserted AFTER INSERT ON search_documents REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes();
CREATE TRIGGER search_documents_updated AFTER UPDATE ON search_documents REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes();
CREATE TRIGGER search_documents_deleted AFTER DELETE ON search_documents REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_search_changes();

CREATE FUNCTION note_search_synonyms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_changes (xid, no) VALUES (pg_current_xact_id(), 0);
    RETURN NULL;
END $$;
CREATE TRIGGER search_synonyms_changed AFTER INSERT OR UPDATE OR DELETE ON search_synonyms
    FOR EACH STATEMENT EXECUTE FUNCTION note_search_synonyms();
