-- Intents of every kind: bookings, cancellations, deliveries of referrals. What an intent is about is in its order.
DROP TRIGGER intent_stays;
DROP TRIGGER intent_once;
ALTER TABLE intent ADD COLUMN kind TEXT NOT NULL DEFAULT 'booking'; -- booking, cancellation, delivery
ALTER TABLE intent RENAME COLUMN booking_order TO wanted;           -- the whole order (JSON)
ALTER TABLE intent DROP COLUMN starts;
ALTER TABLE intent DROP COLUMN service;
CREATE TRIGGER intent_stays BEFORE UPDATE ON intent BEGIN SELECT RAISE(ABORT, 'intents are never changed'); END;
CREATE TRIGGER intent_once BEFORE INSERT ON intent
    WHEN EXISTS (SELECT 1 FROM intent WHERE id = new.id OR request = new.request OR rowid = new.rowid)
    BEGIN SELECT RAISE(ABORT, 'intents are never changed'); END;

-- By what bookings are looked for: service and start of the slot, URL at the provider.
ALTER TABLE booking ADD COLUMN service TEXT; -- DoS service id
ALTER TABLE booking ADD COLUMN starts  TEXT; -- start of the slot, UTC, RFC 3339 with milliseconds
ALTER TABLE booking ADD COLUMN url     TEXT; -- absolute, without a version
DROP TRIGGER booking_stays;
UPDATE booking SET
    service = (SELECT wanted ->> '$.service.id' FROM intent WHERE intent.id = booking.intent),
    starts = (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', wanted ->> '$.slot.start') FROM intent WHERE intent.id = booking.intent),
    url = (SELECT word ->> '$.held.url' FROM booking_word WHERE booking_word.booking = booking.id LIMIT 1);
CREATE TRIGGER booking_stays BEFORE UPDATE ON booking BEGIN SELECT RAISE(ABORT, 'bookings are never changed'); END;
CREATE INDEX booking_at ON booking (service, starts);
CREATE INDEX booking_by_url ON booking (url);

-- An encounter is changed by whoever saw its last version.
ALTER TABLE encounter ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
