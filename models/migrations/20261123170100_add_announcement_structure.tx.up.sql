ALTER TABLE announcements ADD COLUMN structure text GENERATED ALWAYS AS (structure_slug(employer)) STORED;
COMMENT ON COLUMN announcements.structure IS 'word of the structure that publishes it (structures.slug), empty where the source names none (P4.4)';
