-- What people say about the rep's days: signals with answer and decision, and proposed points.

CREATE TABLE signal (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    rule TEXT NOT NULL,
    day TEXT NOT NULL,
    customer TEXT NOT NULL,
    inputs TEXT NOT NULL,                -- JSON, the numbers that the rule's sentence names
    answer TEXT NOT NULL,
    decision TEXT,
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL
) STRICT;

CREATE TABLE proposal (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    customer TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    accuracy_m REAL,
    proposed_at_ms INTEGER NOT NULL,
    approved INTEGER,                    -- null: nobody has decided
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL
) STRICT;
