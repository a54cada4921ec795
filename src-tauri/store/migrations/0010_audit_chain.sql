-- The audit record becomes a chain of hashes, with what is personal kept apart. What was recorded before is taken over in
-- its order, by the program.
DROP TRIGGER audit_event_stays;
DROP TRIGGER audit_event_kept;
DROP TRIGGER audit_event_once;
DROP INDEX audit_event_of;
DROP INDEX audit_event_at;
ALTER TABLE audit_event RENAME TO audit_event_before_the_chain;

-- How the audit record refers to patients. A line that is removed leaves references that lead to nobody.
CREATE TABLE patient_reference (
    patient   TEXT PRIMARY KEY,                -- NHS number; where none is known, the encounter
    reference TEXT NOT NULL UNIQUE             -- random, 32 hexadecimal digits
) STRICT, WITHOUT ROWID;
CREATE TRIGGER patient_reference_stays BEFORE UPDATE ON patient_reference
    BEGIN SELECT RAISE(ABORT, 'a reference is never given to another'); END;

CREATE TABLE audit_event (
    number     INTEGER PRIMARY KEY AUTOINCREMENT, -- 1, 2, 3 … without a gap: the order of the record
    at         TEXT NOT NULL,                  -- as the clock said, UTC, RFC 3339 with milliseconds
    reached    TEXT NOT NULL,                  -- the latest time that any event so far was at: it never goes back
    kind       TEXT NOT NULL,                  -- of the event
    username   TEXT,                           -- who; none where nobody was signed in
    encounter  TEXT,                           -- UUID; none where it belongs to none
    patient    TEXT,                           -- reference of the encounter's patient
    service    TEXT,                           -- DoS service id, where it is about one
    request    TEXT,                           -- X-Request-ID, where it is about one
    format     INTEGER NOT NULL,               -- of the JSON beside it
    event      TEXT NOT NULL,                  -- the event in canonical form, without what is personal (JSON)
    commitment BLOB,                           -- salted SHA-256 of the personal part; none where there never was one
    previous   BLOB NOT NULL CHECK (length(previous) = 32), -- hash of the event before
    hash       BLOB NOT NULL CHECK (length(hash) = 32)      -- SHA-256 over all of it but `reached`
) STRICT;
CREATE INDEX audit_event_in ON audit_event (encounter) WHERE encounter IS NOT NULL;
CREATE INDEX audit_event_by ON audit_event (username) WHERE username IS NOT NULL;
CREATE INDEX audit_event_about ON audit_event (service) WHERE service IS NOT NULL;
CREATE INDEX audit_event_of_kind ON audit_event (kind);
CREATE INDEX audit_event_reached ON audit_event (reached);
-- Events recorded while a clock was set back.
CREATE INDEX audit_event_set_back ON audit_event (at) WHERE at < reached;

CREATE TABLE audit_personal (
    number   INTEGER PRIMARY KEY REFERENCES audit_event (number),
    salt     BLOB NOT NULL,                    -- 32 random bytes
    personal TEXT NOT NULL                     -- the personal values in canonical form, in the order of their places (JSON)
) STRICT;

CREATE TRIGGER audit_event_stays BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
CREATE TRIGGER audit_event_kept BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
-- Each follows the last, so that nothing is put in between or, by REPLACE, in the place of another.
CREATE TRIGGER audit_event_follows BEFORE INSERT ON audit_event
    WHEN new.number IS NOT 1 + coalesce((SELECT max(number) FROM audit_event), 0)
        OR new.previous IS NOT coalesce((SELECT hash FROM audit_event ORDER BY number DESC LIMIT 1), zeroblob(32))
    BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;

CREATE TRIGGER audit_personal_stays BEFORE UPDATE ON audit_personal BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
-- A personal part comes with its event, or never.
CREATE TRIGGER audit_personal_with_its_event BEFORE INSERT ON audit_personal
    WHEN new.number IS NOT (SELECT max(number) FROM audit_event)
        OR EXISTS (SELECT 1 FROM audit_personal WHERE number = new.number)
    BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
-- It goes only where an event says so.
CREATE TRIGGER audit_personal_kept BEFORE DELETE ON audit_personal
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_event AS removal
        WHERE removal.kind = 'personalPartsRemoved' AND removal.event ->> '$.what.through' >= old.number
            AND coalesce(removal.event ->> '$.what.only' = (SELECT encounter FROM audit_event WHERE number = old.number),
                         removal.event ->> '$.what.only' IS NULL))
    BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
