-- Photos: their records, and the files that are on this phone.

CREATE TABLE photo (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    visit_id TEXT NOT NULL, sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, width_px INTEGER NOT NULL, height_px INTEGER NOT NULL,
    purpose TEXT NOT NULL, taken_at_ms INTEGER,
    state TEXT NOT NULL, refusal TEXT NOT NULL, withdrawn INTEGER NOT NULL
) STRICT;
CREATE INDEX photo_visit ON photo (visit_id);
CREATE INDEX photo_expected ON photo (sha256) WHERE state = 'expected';

-- A file stays until the server says that it has it, and some days longer.
CREATE TABLE photo_file (
    sha256 TEXT PRIMARY KEY,
    kept_at_ms INTEGER NOT NULL,
    problem TEXT NOT NULL DEFAULT ''      -- why it cannot be sent
) STRICT;
