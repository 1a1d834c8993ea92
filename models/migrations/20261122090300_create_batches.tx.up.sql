CREATE TABLE batches (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('accepted', 'waitlisted', 'refused', 'on_hold')),
    reason     text NOT NULL DEFAULT '',
    message    text NOT NULL DEFAULT '',
    release_on date,
    made_at    timestamptz NOT NULL,
    made_by    uuid NOT NULL REFERENCES accounts (id),
    undo_until timestamptz NOT NULL,
    undone_at  timestamptz,
    undone_by  uuid REFERENCES accounts (id)
);
CREATE INDEX batches_by ON batches (made_by, made_at);
COMMENT ON TABLE batches IS 'décisions en lot (P9.4): one row per press of the button, taken back as a whole until undo_until (P18.18)';

CREATE TABLE batch_lines (
    batch_id       uuid NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    application_id uuid NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    position       integer NOT NULL CHECK (position > 0),
    kind           text NOT NULL CHECK (kind IN ('accepted', 'waitlisted', 'refused', 'on_hold')),
    seen_version   integer NOT NULL,
    state          text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'left', 'undone', 'kept')),
    why            text NOT NULL DEFAULT '',
    decision_id    uuid REFERENCES decisions (id),
    before_id      uuid REFERENCES decisions (id),
    PRIMARY KEY (batch_id, application_id),
    UNIQUE (batch_id, position),
    CHECK ((state IN ('done', 'undone', 'kept')) = (decision_id IS NOT NULL))
);
CREATE INDEX batch_lines_waiting ON batch_lines (batch_id, position) WHERE state = 'waiting';
COMMENT ON TABLE batch_lines IS 'lignes d''un lot, each in its own transaction: done once or untouched';
COMMENT ON COLUMN batch_lines.state IS 'left: refused, why says so; undone: taken back; kept: changed meanwhile, so not taken back';
COMMENT ON COLUMN batch_lines.before_id IS 'the decision that stood before, put back by an undo';

ALTER TABLE decisions ADD COLUMN held_until timestamptz;
COMMENT ON COLUMN decisions.held_until IS 'not told before this instant, whatever its date: the time in which a batch can be taken back (P18.18)';
