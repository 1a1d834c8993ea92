CREATE TABLE portal_secret (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    mark  bytea NOT NULL,
    since timestamptz NOT NULL
);
COMMENT ON TABLE portal_secret IS 'by which secret key the portal has kept its secrets until now (clé secrète): a mark made by it, that tells nothing of it';
