-- The ledger: what was to change the outside world, and what came of it. Rows are added, never changed.
CREATE TABLE intent (
    id        TEXT PRIMARY KEY,                -- UUID, lower case
    request   TEXT NOT NULL UNIQUE,            -- X-Request-ID, the same for every try
    encounter TEXT NOT NULL REFERENCES encounter (id),
    service   TEXT NOT NULL,                   -- DoS service id
    starts    TEXT NOT NULL,                   -- start of the slot, UTC
    ordered   TEXT NOT NULL,                   -- UTC, RFC 3339 with milliseconds
    format    INTEGER NOT NULL,                -- of the JSON beside it
    booking_order TEXT NOT NULL,               -- the whole order (JSON)
    content   TEXT NOT NULL                    -- what was or is to be sent, to the letter
) STRICT;

CREATE TABLE intent_result (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    intent  TEXT NOT NULL REFERENCES intent (id),
    at      TEXT NOT NULL,                     -- UTC, RFC 3339 with milliseconds
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)), -- 1 where nothing is left to find out
    format  INTEGER NOT NULL,                  -- of the JSON beside it
    result  TEXT NOT NULL                      -- the result (JSON)
) STRICT;
CREATE INDEX intent_result_of ON intent_result (intent, number);
-- An intent is settled once.
CREATE UNIQUE INDEX intent_settled_once ON intent_result (intent) WHERE settled = 1;

CREATE TABLE booking (
    id        TEXT PRIMARY KEY,                -- UUID, lower case
    intent    TEXT NOT NULL UNIQUE REFERENCES intent (id),
    encounter TEXT NOT NULL REFERENCES encounter (id),
    booked    TEXT NOT NULL                    -- UTC, RFC 3339 with milliseconds
) STRICT;
CREATE INDEX booking_in ON booking (encounter, booked);
CREATE INDEX booking_newest ON booking (booked);

CREATE TABLE booking_word (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    booking TEXT NOT NULL REFERENCES booking (id),
    as_of   TEXT NOT NULL,                     -- when the provider said so, UTC
    format  INTEGER NOT NULL,                  -- of the JSON beside it
    word    TEXT NOT NULL                      -- what the provider said (JSON)
) STRICT;
CREATE INDEX booking_word_of ON booking_word (booking, number);

CREATE TRIGGER intent_stays BEFORE UPDATE ON intent BEGIN SELECT RAISE(ABORT, 'intents are never changed'); END;
CREATE TRIGGER intent_kept BEFORE DELETE ON intent BEGIN SELECT RAISE(ABORT, 'intents are never removed'); END;
CREATE TRIGGER intent_result_stays BEFORE UPDATE ON intent_result BEGIN SELECT RAISE(ABORT, 'results are never changed'); END;
CREATE TRIGGER intent_result_kept BEFORE DELETE ON intent_result BEGIN SELECT RAISE(ABORT, 'results are never removed'); END;
CREATE TRIGGER booking_stays BEFORE UPDATE ON booking BEGIN SELECT RAISE(ABORT, 'bookings are never changed'); END;
CREATE TRIGGER booking_kept BEFORE DELETE ON booking BEGIN SELECT RAISE(ABORT, 'bookings are never removed'); END;
CREATE TRIGGER booking_word_stays BEFORE UPDATE ON booking_word BEGIN SELECT RAISE(ABORT, 'what a provider said is never changed'); END;
CREATE TRIGGER booking_word_kept BEFORE DELETE ON booking_word BEGIN SELECT RAISE(ABORT, 'what a provider said is never removed'); END;
