-- What one showing of a page posts may arrive out of order: a save that a slow network
-- held back never undoes a later one of the same page.
ALTER TABLE answers ADD COLUMN turns jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN answers.turns IS 'last turn of each page that saved lately, by the name of the page (P5.5)';
