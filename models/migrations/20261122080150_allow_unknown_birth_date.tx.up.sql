ALTER TABLE people ALTER COLUMN birth_date DROP NOT NULL;
COMMENT ON COLUMN people.birth_date IS 'unknown for staff accounts opened by an operator; then the identity key is empty and matches nobody';
