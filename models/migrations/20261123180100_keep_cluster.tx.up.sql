-- Transaction numbers mean something within one database cluster. What is kept
-- of them is settled again where a copy of the portal finds itself in another.
CREATE TABLE search_cluster (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    identifier text NOT NULL
);
COMMENT ON TABLE search_cluster IS 'the cluster (pg_control_system) whose transaction numbers saved_searches.known, search_news, search_changes and search_indexes.snapshot have; one row';

-- Where the server tells nobody which it is, nothing is known to have moved.
CREATE FUNCTION search_cluster_now() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT system_identifier::text FROM pg_control_system());
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
    RETURN '';
END $$;
COMMENT ON FUNCTION search_cluster_now() IS 'the cluster that answers, empty where it does not say';
INSERT INTO search_cluster (identifier) VALUES (search_cluster_now());
