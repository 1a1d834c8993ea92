-- The search reads its documents in the process: words kept by the database
-- were written with each document and read by nobody. Cards written before end
-- with numbers of words, which readers leave out.
-- The column itself goes once nothing is taken from it any more
-- (number_structures).
DROP INDEX search_documents_words;
DROP TABLE search_lexemes;
COMMENT ON COLUMN search_documents.card IS 'facets, packed, so that the search loads them at once';
