-- Retention (NF-5): when records have been kept long enough, all that says who a patient was, or what was said, is taken out
-- of them. What counts, when, by whom and for which service stays; so do the chain and the reports. Rows that are never
-- changed otherwise let exactly that be taken out, and only where an event of the chain says so.

ALTER TABLE encounter ADD COLUMN removed TEXT;          -- when its details were removed, UTC; none while they are there
ALTER TABLE encounter ADD COLUMN removed_after INTEGER; -- after how many years
-- Notes belong to the encounter in which they were made.
ALTER TABLE booking_note ADD COLUMN encounter TEXT REFERENCES encounter (id);
DROP TRIGGER booking_note_stays;
UPDATE booking_note SET encounter = (
    SELECT encounter FROM audit_event WHERE kind = 'patientInformed' AND event ->> '$.what.url' = booking_note.url
    ORDER BY abs(unixepoch(audit_event.at, 'subsec') - unixepoch(booking_note.at, 'subsec')) LIMIT 1)
    WHERE kind = 'patientInformed';
UPDATE booking_note SET encounter = (SELECT booking.encounter FROM booking WHERE booking.url = booking_note.url LIMIT 1)
    WHERE encounter IS NULL;
CREATE INDEX booking_note_in ON booking_note (encounter);

CREATE INDEX intent_cancels ON intent (wanted ->> '$.booking') WHERE kind = 'cancellation';
CREATE INDEX rebook_step_replaces ON rebook_step (record ->> '$.original.booking');
CREATE INDEX encounter_reassesses ON encounter (encounter ->> '$.reassesses') WHERE encounter ->> '$.reassesses' IS NOT NULL;

-- Referrals on which something is to be done by hand: to be sent, or the provider to be told.
CREATE VIEW referral_to_do (document, encounter) AS
    SELECT document, encounter FROM referral WHERE
        (by_hand = 1 AND NOT EXISTS (SELECT 1 FROM referral_mark AS mark
            WHERE mark.document = referral.document AND mark.kind IN ('sentByHand', 'decoupled')))
        OR (needs_booking = 1
            AND EXISTS (SELECT 1 FROM referral_mark AS mark
                WHERE mark.document = referral.document AND mark.kind = 'decoupled')
            AND NOT EXISTS (SELECT 1 FROM referral_mark AS mark
                WHERE mark.document = referral.document AND mark.kind = 'providerTold'));

-- Cancellations after which the booking does not stand, whoever ended it.
CREATE VIEW cancellation_done (intent, encounter, booking, url, ordered) AS
    SELECT intent.id, intent.encounter, intent.wanted ->> '$.booking', intent.wanted ->> '$.shown.url', intent.ordered
    FROM intent JOIN intent_result AS last ON last.intent = intent.id AND last.settled = 1
    WHERE intent.kind = 'cancellation'
        AND (last.result ->> '$.result' = 'cancelled'
            OR (last.result ->> '$.result' = 'settledByHand' AND last.result ->> '$.detail.held' = 0)
            OR last.result ->> '$.detail.refused' = 'alreadyCancelled' OR last.result -> '$.detail.byOthers' IS NOT NULL);

-- Those of which no patient was told yet (CA-6).
CREATE VIEW patient_to_inform (intent, encounter) AS
    SELECT intent, encounter FROM cancellation_done AS done
    WHERE NOT EXISTS (SELECT 1 FROM booking_note WHERE booking_note.url = done.url
            AND booking_note.kind = 'patientInformed' AND booking_note.at >= done.ordered);

-- Encounters that had to do with an encounter: itself, and those in which its bookings were cancelled, replaced or noted on,
-- or its patient was assessed again.
CREATE VIEW encounter_touched (encounter, by) AS
    SELECT id, id FROM encounter
    UNION ALL SELECT booking.encounter, intent.encounter
        FROM booking JOIN intent ON intent.wanted ->> '$.booking' = booking.id WHERE intent.kind = 'cancellation'
    UNION ALL SELECT booking.encounter, rebook_step.encounter
        FROM booking JOIN rebook_step ON rebook_step.record ->> '$.original.booking' = booking.id
    UNION ALL SELECT booking.encounter, booking_note.encounter
        FROM booking JOIN booking_note ON booking_note.url = booking.url WHERE booking_note.encounter IS NOT NULL
    UNION ALL SELECT encounter ->> '$.reassesses', id FROM encounter WHERE encounter ->> '$.reassesses' IS NOT NULL;

-- Encounters of which an event says that their details are removed.
CREATE VIEW encounter_over (encounter) AS
    SELECT encounter FROM audit_event WHERE kind = 'personalPartsRemoved'
        AND event ->> '$.what.only' = encounter AND event ->> '$.what.years' IS NOT NULL;
CREATE INDEX audit_event_removal ON audit_event (kind) WHERE kind = 'personalPartsRemoved' AND encounter IS NULL;

CREATE TRIGGER encounter_over_as_said BEFORE UPDATE ON encounter
    WHEN new.removed IS NOT NULL AND NOT EXISTS (SELECT 1 FROM encounter_over WHERE encounter = new.id)
    BEGIN SELECT RAISE(ABORT, 'no event says that its details are removed'); END;
CREATE TRIGGER encounter_over_stays BEFORE UPDATE ON encounter WHEN old.removed IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'removed details do not come back'); END;

DROP TRIGGER intent_stays;
CREATE TRIGGER intent_stays BEFORE UPDATE ON intent
    WHEN NOT (new.rowid = old.rowid AND new.id = old.id AND new.request = old.request AND new.encounter = old.encounter
        AND new.ordered = old.ordered AND new.format = old.format AND new.kind = old.kind
        AND new.wanted = '{}' AND new.content = ''
        AND EXISTS (SELECT 1 FROM encounter_over WHERE encounter = old.encounter))
    BEGIN SELECT RAISE(ABORT, 'intents are never changed'); END;

DROP TRIGGER intent_result_stays;
CREATE TRIGGER intent_result_stays BEFORE UPDATE ON intent_result
    WHEN NOT (new.number = old.number AND new.intent = old.intent AND new.at = old.at AND new.settled = old.settled
        AND new.format = old.format AND new.result = '{}'
        AND EXISTS (SELECT 1 FROM encounter_over WHERE encounter = (SELECT encounter FROM intent WHERE id = old.intent)))
    BEGIN SELECT RAISE(ABORT, 'results are never changed'); END;

DROP TRIGGER booking_word_stays;
CREATE TRIGGER booking_word_stays BEFORE UPDATE ON booking_word
    WHEN NOT (new.number = old.number AND new.booking = old.booking AND new.as_of = old.as_of AND new.format = old.format
        AND new.word = '{}'
        AND EXISTS (SELECT 1 FROM encounter_over WHERE encounter = (SELECT encounter FROM booking WHERE id = old.booking)))
    BEGIN SELECT RAISE(ABORT, 'what a provider said is never changed'); END;

CREATE TRIGGER booking_note_stays BEFORE UPDATE ON booking_note
    WHEN NOT (new.number = old.number AND new.url = old.url AND new.kind = old.kind AND new.at = old.at
        AND new.format = old.format AND new.encounter IS old.encounter AND new.note = '{}'
        AND EXISTS (SELECT 1 FROM encounter_over WHERE encounter = old.encounter))
    BEGIN SELECT RAISE(ABORT, 'notes are never changed'); END;

DROP TRIGGER rebook_step_stays;
CREATE TRIGGER rebook_step_stays BEFORE UPDATE ON rebook_step
    WHEN NOT (new.number = old.number AND new.rebook = old.rebook AND new.encounter = old.encounter AND new.step = old.step
        AND new.at = old.at AND new.settled = old.settled AND new.format = old.format AND new.record = '{}'
        AND EXISTS (SELECT 1 FROM encounter_over WHERE encounter = old.encounter))
    BEGIN SELECT RAISE(ABORT, 'steps are never changed'); END;

DROP TRIGGER referral_mark_stays;
CREATE TRIGGER referral_mark_stays BEFORE UPDATE ON referral_mark
    WHEN NOT (new.number = old.number AND new.document = old.document AND new.kind = old.kind AND new.at = old.at
        AND new.format = old.format AND new.mark = '{}'
        AND EXISTS (SELECT 1 FROM encounter_over
            WHERE encounter = (SELECT encounter FROM referral WHERE document = old.document)))
    BEGIN SELECT RAISE(ABORT, 'marks are never changed'); END;

-- A reference goes once it leads to nobody whose details are there.
CREATE TRIGGER patient_reference_kept BEFORE DELETE ON patient_reference
    WHEN EXISTS (SELECT 1 FROM encounter WHERE nhs_number = old.patient AND removed IS NULL)
        OR EXISTS (SELECT 1 FROM encounter WHERE id = old.patient AND removed IS NULL)
    BEGIN SELECT RAISE(ABORT, 'a reference is kept as long as its patient''s details are'); END;

-- A personal part goes only where an event says so: of its encounter; of any, or of those that belong to none.
DROP TRIGGER audit_personal_kept;
CREATE TRIGGER audit_personal_kept BEFORE DELETE ON audit_personal
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_event AS removal
        WHERE removal.encounter = (SELECT encounter FROM audit_event WHERE number = old.number)
            AND removal.kind = 'personalPartsRemoved' AND removal.event ->> '$.what.only' = removal.encounter
            AND removal.event ->> '$.what.through' >= old.number)
    AND NOT EXISTS (
        SELECT 1 FROM audit_event AS removal
        WHERE removal.kind = 'personalPartsRemoved' AND removal.encounter IS NULL
            AND removal.event ->> '$.what.through' >= old.number
            AND CASE
                WHEN removal.event ->> '$.what.only' IS NOT NULL THEN
                    coalesce(removal.event ->> '$.what.only' = (SELECT encounter FROM audit_event WHERE number = old.number), 0)
                WHEN coalesce(removal.event ->> '$.what.ofNoEncounter', 0) THEN
                    (SELECT encounter FROM audit_event WHERE number = old.number) IS NULL
                ELSE 1
            END)
    BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;

-- Reports count what was taken down while it was there.
DROP TRIGGER report_practice_changed;
CREATE TRIGGER report_practice_changed AFTER UPDATE OF encounter ON encounter
    WHEN new.removed IS NULL
        AND new.encounter ->> '$.patient.gp_practice' IS NOT old.encounter ->> '$.patient.gp_practice'
BEGIN
    INSERT INTO report_word (word)
        SELECT new.encounter ->> '$.patient.gp_practice' WHERE new.encounter ->> '$.patient.gp_practice' IS NOT NULL
        ON CONFLICT (word) DO NOTHING;
    INSERT INTO report_encounter (encounter, practice)
        SELECT new.id, (SELECT id FROM report_word WHERE word = new.encounter ->> '$.patient.gp_practice') WHERE true
        ON CONFLICT (encounter) DO UPDATE SET practice = excluded.practice;
END;
