ALTER TABLE search_indexes ADD COLUMN settings text NOT NULL DEFAULT '';
COMMENT ON COLUMN search_indexes.settings IS 'fingerprint of the settings in force (réglages) that the index was last given; another one waits to be put';
