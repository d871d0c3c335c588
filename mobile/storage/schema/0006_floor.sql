-- What the server had forgotten of a scope when this phone began to fetch it from its beginning.

ALTER TABLE cursor ADD COLUMN floor INTEGER;
