-- What a search reads of each customer, narrow enough to be held in memory. Kept with the customer
-- in one transaction. Android's SQLite comes without FTS5, and an index of words is slow where
-- two common words seldom stand together.

DROP TRIGGER customer_deleted;
DROP TABLE customer_word;

CREATE TABLE customer_search (
    number INTEGER PRIMARY KEY,          -- of the customer
    text TEXT NOT NULL,                  -- what `search_text` made of it
    latitude REAL, longitude REAL
) STRICT;

-- Grows with every change, so that what is held in memory is known to be old.
CREATE TABLE customer_search_version (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO customer_search_version VALUES (1, 1);

INSERT INTO customer_search (number, text, latitude, longitude)
    SELECT number, search_text(name, code, phone, city, customer_class), latitude, longitude
    FROM customer;

CREATE TRIGGER customer_deleted AFTER DELETE ON customer BEGIN
    DELETE FROM customer_search WHERE number = old.number;
END;
CREATE TRIGGER customer_search_inserted AFTER INSERT ON customer_search BEGIN
    UPDATE customer_search_version SET number = number + 1;
END;
CREATE TRIGGER customer_search_updated AFTER UPDATE ON customer_search BEGIN
    UPDATE customer_search_version SET number = number + 1;
END;
CREATE TRIGGER customer_search_deleted AFTER DELETE ON customer_search BEGIN
    UPDATE customer_search_version SET number = number + 1;
END;
