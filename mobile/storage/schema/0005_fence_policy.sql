-- The office's rules for check-ins outside the fence, and which codes were used up here.

CREATE TABLE fence_policy (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    kind TEXT NOT NULL, key TEXT NOT NULL, rule TEXT NOT NULL, depth INTEGER NOT NULL
) STRICT;

CREATE TABLE fence_code (
    customer_id TEXT NOT NULL, day TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (customer_id, day, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE fence_code_try (at_ms INTEGER NOT NULL) STRICT;
