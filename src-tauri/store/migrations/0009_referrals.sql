-- Referrals: made once, never changed; and what happened to them.
CREATE TABLE referral (
    document  TEXT PRIMARY KEY,                -- UUID, lower case
    encounter TEXT NOT NULL REFERENCES encounter (id),
    booking   TEXT REFERENCES booking (id),    -- that it is linked with; none where it goes without one
    by_hand   INTEGER NOT NULL CHECK (by_hand IN (0, 1)),          -- 1 where a person has to send it
    needs_booking INTEGER NOT NULL CHECK (needs_booking IN (0, 1)),-- 1 where the service sees nobody without a booking
    made      TEXT NOT NULL,                   -- UTC, RFC 3339 with milliseconds
    format    INTEGER NOT NULL,                -- of the JSON beside it
    referral  TEXT NOT NULL                    -- the whole referral (JSON)
) STRICT;
CREATE INDEX referral_in ON referral (encounter, made);
CREATE INDEX referral_of ON referral (booking, made);
CREATE TRIGGER referral_stays BEFORE UPDATE ON referral BEGIN SELECT RAISE(ABORT, 'referrals are never changed'); END;
CREATE TRIGGER referral_kept BEFORE DELETE ON referral BEGIN SELECT RAISE(ABORT, 'referrals are never removed'); END;
CREATE TRIGGER referral_once BEFORE INSERT ON referral
    WHEN EXISTS (SELECT 1 FROM referral WHERE document = new.document OR rowid = new.rowid)
    BEGIN SELECT RAISE(ABORT, 'referrals are never changed'); END;

CREATE TABLE referral_mark (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    document TEXT NOT NULL REFERENCES referral (document),
    kind     TEXT NOT NULL,                    -- sentByHand, decoupled, providerTold
    at       TEXT NOT NULL,                    -- UTC, RFC 3339 with milliseconds
    format   INTEGER NOT NULL,                 -- of the JSON beside it
    mark     TEXT NOT NULL                     -- the whole mark (JSON)
) STRICT;
CREATE INDEX referral_mark_of ON referral_mark (document, number);
CREATE TRIGGER referral_mark_stays BEFORE UPDATE ON referral_mark BEGIN SELECT RAISE(ABORT, 'marks are never changed'); END;
CREATE TRIGGER referral_mark_kept BEFORE DELETE ON referral_mark BEGIN SELECT RAISE(ABORT, 'marks are never removed'); END;
