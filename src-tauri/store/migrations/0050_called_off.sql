-- Bookings that a provider was found to have called off before their time: patients are to be told of them, too (CA-6).
CREATE INDEX booking_word_called_off ON booking_word (booking, as_of)
    WHERE word ->> '$.held.status' IN ('cancelled', 'enteredInError');

-- Those that this desk did not cancel, and of which no patient was told since. A cancellation of this desk that ended the
-- booking, or may have, is told of for itself.
CREATE VIEW booking_called_off (booking, encounter) AS
    SELECT booking.id, booking.encounter
    FROM booking
    JOIN (SELECT booking, min(as_of) AS found FROM booking_word
            WHERE word ->> '$.held.status' IN ('cancelled', 'enteredInError') GROUP BY booking) AS off
        ON off.booking = booking.id AND off.found < booking.starts
    WHERE NOT EXISTS (SELECT 1 FROM booking_note WHERE booking_note.url = booking.url
            AND booking_note.kind = 'patientInformed' AND booking_note.at >= off.found)
        AND NOT EXISTS (SELECT 1 FROM cancellation_done WHERE cancellation_done.booking = booking.id)
        AND NOT EXISTS (SELECT 1 FROM intent AS cancels
            WHERE cancels.kind = 'cancellation' AND cancels.wanted ->> '$.booking' = booking.id
                AND NOT EXISTS (SELECT 1 FROM intent_result WHERE intent_result.intent = cancels.id AND settled = 1));

-- Encounters with something unfinished: a line for each piece.
CREATE VIEW encounter_unfinished (encounter) AS
    SELECT id FROM encounter WHERE ended IS NULL
    UNION ALL SELECT encounter FROM intent WHERE NOT EXISTS
        (SELECT 1 FROM intent_result WHERE intent_result.intent = intent.id AND settled = 1)
    UNION ALL SELECT encounter FROM rebook_step AS step
        WHERE settled = 0 AND record ->> '$.state.state' <> 'began'
            AND number = (SELECT max(number) FROM rebook_step WHERE rebook_step.rebook = step.rebook)
    UNION ALL SELECT encounter FROM referral_to_do
    UNION ALL SELECT encounter FROM patient_to_inform
    UNION ALL SELECT encounter FROM booking_called_off;
