ALTER TABLE alert_clock ADD COLUMN most integer NOT NULL DEFAULT 20000 CHECK (most BETWEEN 1 AND 20000);
COMMENT ON COLUMN alert_clock.most IS 'how many changed documents one comparison takes on: fewer after one that did not come to its end, more after quick ones';
