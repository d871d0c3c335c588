-- What has become of a change that a fault of the server refused is asked as the device it was sent by.

ALTER TABLE outbox ADD COLUMN device_id TEXT;   -- NULL: the one this phone is, or one of an older app
