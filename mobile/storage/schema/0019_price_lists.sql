-- What products cost in other currencies, and the currency a customer's orders are taken in.

ALTER TABLE product ADD COLUMN prices TEXT NOT NULL DEFAULT '{}';   -- JSON: minor units by currency
ALTER TABLE customer ADD COLUMN currency TEXT NOT NULL DEFAULT '';  -- empty: the organisation's

-- An older app has kept what the server said of it.
UPDATE product SET prices = json_extract(base, '$.prices') WHERE base ->> 'prices' IS NOT NULL;
UPDATE customer SET currency = base ->> 'currency' WHERE coalesce(base ->> 'currency', '') != '';
