-- Where the rep was during the visit that is going on, to propose a forgotten check-out.

CREATE TABLE visit_watch (
    visit_id TEXT PRIMARY KEY,
    last_inside_ms INTEGER NOT NULL,
    away_since_ms INTEGER,
    day_ends INTEGER NOT NULL DEFAULT 0
) STRICT;
