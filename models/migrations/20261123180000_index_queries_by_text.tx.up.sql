-- A query that a rehearsal names is looked up by its text, to forget the one with
-- the other.
CREATE INDEX search_queries_text ON search_queries (text);
