-- Photos of expenses, and receipts of an expense that is still being written.

CREATE TABLE photo_new (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    visit_id TEXT, expense_id TEXT,       -- one of the two
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, width_px INTEGER NOT NULL, height_px INTEGER NOT NULL,
    purpose TEXT NOT NULL, taken_at_ms INTEGER,
    state TEXT NOT NULL, refusal TEXT NOT NULL, withdrawn INTEGER NOT NULL
) STRICT;
INSERT INTO photo_new SELECT id, base, base_version, visit_id, NULL, sha256, size_bytes, width_px,
    height_px, purpose, taken_at_ms, state, refusal, withdrawn FROM photo;
DROP TABLE photo;
ALTER TABLE photo_new RENAME TO photo;
CREATE INDEX photo_visit ON photo (visit_id);
CREATE INDEX photo_expense ON photo (expense_id);
CREATE INDEX photo_expected ON photo (sha256) WHERE state = 'expected';

CREATE TABLE receipt_draft (
    id INTEGER PRIMARY KEY,
    expense_id TEXT NOT NULL,             -- empty: of the new one
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, width_px INTEGER NOT NULL, height_px INTEGER NOT NULL,
    taken_at_ms INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (expense_id, sha256)
) STRICT;
