-- Rebookings: a new booking first, the end of the original second. Steps are added, never changed.
CREATE TABLE rebook_step (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    rebook    TEXT NOT NULL,                   -- UUID, lower case
    encounter TEXT NOT NULL REFERENCES encounter (id),
    step      INTEGER NOT NULL,                -- from 1
    at        TEXT NOT NULL,                   -- UTC, RFC 3339 with milliseconds
    settled   INTEGER NOT NULL CHECK (settled IN (0, 1)),
    format    INTEGER NOT NULL,                -- of the JSON beside it
    record    TEXT NOT NULL,                   -- the whole rebooking as it stands (JSON)
    UNIQUE (rebook, step)
) STRICT;
CREATE INDEX rebook_step_of ON rebook_step (rebook, number);
CREATE INDEX rebook_step_in ON rebook_step (encounter, number);
CREATE TRIGGER rebook_step_stays BEFORE UPDATE ON rebook_step BEGIN SELECT RAISE(ABORT, 'steps are never changed'); END;
CREATE TRIGGER rebook_step_kept BEFORE DELETE ON rebook_step BEGIN SELECT RAISE(ABORT, 'steps are never removed'); END;
CREATE TRIGGER rebook_step_once BEFORE INSERT ON rebook_step
    WHEN (new.number > 0 AND EXISTS (SELECT 1 FROM rebook_step WHERE number = new.number))
        OR EXISTS (SELECT 1 FROM rebook_step WHERE rebook = new.rebook AND settled = 1)
    BEGIN SELECT RAISE(ABORT, 'a settled rebooking stays settled'); END;

-- What was noted of a booking: that the patient was told of a change, whether they came.
CREATE TABLE booking_note (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    url    TEXT NOT NULL,                      -- of the booking, absolute, without a version
    kind   TEXT NOT NULL,                      -- patientInformed, attendance
    at     TEXT NOT NULL,                      -- UTC, RFC 3339 with milliseconds
    format INTEGER NOT NULL,                   -- of the JSON beside it
    note   TEXT NOT NULL                       -- the whole note (JSON)
) STRICT;
CREATE INDEX booking_note_on ON booking_note (url, kind);
CREATE TRIGGER booking_note_stays BEFORE UPDATE ON booking_note BEGIN SELECT RAISE(ABORT, 'notes are never changed'); END;
CREATE TRIGGER booking_note_kept BEFORE DELETE ON booking_note BEGIN SELECT RAISE(ABORT, 'notes are never removed'); END;
