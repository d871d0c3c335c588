-- Custom fields of customers, as the company defines them, and their values.

CREATE TABLE custom_field (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    label TEXT NOT NULL, label_id TEXT NOT NULL,
    hint TEXT NOT NULL, hint_id TEXT NOT NULL,
    is_required INTEGER NOT NULL, by_reps INTEGER NOT NULL,
    choices TEXT NOT NULL,               -- JSON: [[key, name, Indonesian name, retired], …]
    is_retired INTEGER NOT NULL
) STRICT;

ALTER TABLE customer ADD COLUMN custom_fields TEXT NOT NULL DEFAULT '{}';   -- JSON, by key

-- An older app has kept what the server said of customers.
UPDATE customer SET custom_fields = (
    SELECT json_group_object(
        substr(key, 8),
        json(CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE json_quote(value) END)
    )
    FROM json_each(customer.base) WHERE key LIKE 'custom.%' AND type != 'null'
)
WHERE base LIKE '%"custom.%';

-- It passed over the definitions: what is for everybody is fetched once more.
DELETE FROM inbox WHERE EXISTS (SELECT 1 FROM row_scope WHERE entity = 'custom_field');
UPDATE cursor SET position = 0, staged_position = 0
WHERE scope = 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'custom_field');
UPDATE row_scope SET version = -1
WHERE scope = 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'custom_field');
