-- Two administrators who ask at once get one check.
UPDATE search_checks c SET ended_at = began_at, error = 'cut' WHERE ended_at IS NULL
    AND EXISTS (SELECT FROM search_checks o WHERE o.ended_at IS NULL AND (o.began_at, o.id) < (c.began_at, c.id));
CREATE UNIQUE INDEX search_checks_open ON search_checks ((ended_at IS NULL)) WHERE ended_at IS NULL;
