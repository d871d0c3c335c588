-- What the office counts of the rep, beside what is counted here.

CREATE TABLE own_figure (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    month TEXT NOT NULL,                 -- its first day
    as_of_ms INTEGER NOT NULL,
    currency TEXT NOT NULL,
    figures TEXT NOT NULL                -- JSON, by key of the metric
) STRICT;

-- An older app passed over them: what is for its rep is fetched once more.
DELETE FROM inbox WHERE EXISTS (SELECT 1 FROM row_scope WHERE entity = 'own_figure');
UPDATE cursor SET position = 0, staged_position = 0
WHERE scope != 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'own_figure');
UPDATE row_scope SET version = -1
WHERE scope != 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'own_figure');
