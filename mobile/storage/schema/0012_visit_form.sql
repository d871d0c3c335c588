-- The company's questions for visits, each version of them, and the answers.

CREATE TABLE form_question (
    id TEXT PRIMARY KEY,
    base TEXT, base_version INTEGER,
    key TEXT NOT NULL,                   -- the same in all versions of a question
    position INTEGER NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL,
    is_required INTEGER NOT NULL, is_whole INTEGER NOT NULL,
    low REAL, high REAL,
    options TEXT NOT NULL,               -- JSON: [[key, name], …]
    classes TEXT NOT NULL,               -- JSON: [class, …]
    categories TEXT NOT NULL,            -- JSON: [product line, …]
    is_retired INTEGER NOT NULL
) STRICT;

ALTER TABLE visit ADD COLUMN form_answers TEXT NOT NULL DEFAULT '{}';  -- JSON, by question id
UPDATE visit SET form_answers = coalesce(json_extract(base, '$.form_answers'), '{}')
WHERE base IS NOT NULL;

-- An older app passed over the questions: what is for everybody is fetched once more.
DELETE FROM inbox WHERE EXISTS (SELECT 1 FROM row_scope WHERE entity = 'form_question');
UPDATE cursor SET position = 0, staged_position = 0
WHERE scope = 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'form_question');
UPDATE row_scope SET version = -1
WHERE scope = 'org' AND EXISTS (SELECT 1 FROM row_scope WHERE entity = 'form_question');
