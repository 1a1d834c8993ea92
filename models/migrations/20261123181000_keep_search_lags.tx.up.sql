CREATE TABLE search_lags (
    minute  timestamptz PRIMARY KEY,
    seconds real NOT NULL CHECK (seconds >= 0)
);
COMMENT ON TABLE search_lags IS 'retard of the engine outside the database, the worst of each minute, real time; two hours are kept (P14.1)';
COMMENT ON COLUMN search_lags.seconds IS 'age of the oldest change that the index that answered did not have';
