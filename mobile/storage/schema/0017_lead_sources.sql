-- Where the company's leads come from.

CREATE TABLE lead_source (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    name TEXT NOT NULL, position INTEGER NOT NULL
) STRICT;

-- An older app passed over them: what is for everybody is fetched once more.
DELETE FROM inbox WHERE EXISTS (SELECT 1 FROM row_scope WHERE entity = 'lead_source');
UPDATE cursor SET position = 0, staged_position = 0
WHERE scope = 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'lead_source');
UPDATE row_scope SET version = -1
WHERE scope = 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'lead_source');
