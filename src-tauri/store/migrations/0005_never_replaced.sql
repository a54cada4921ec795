-- REPLACE removes a row without its DELETE trigger, so the append-only tables refuse a key that is there already.
-- Where the database gives the number itself, it is not known yet, and below 1.
CREATE TRIGGER audit_event_once BEFORE INSERT ON audit_event
    WHEN new.number > 0 AND EXISTS (SELECT 1 FROM audit_event WHERE number = new.number)
    BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
CREATE TRIGGER intent_once BEFORE INSERT ON intent
    WHEN EXISTS (SELECT 1 FROM intent WHERE id = new.id OR request = new.request OR rowid = new.rowid)
    BEGIN SELECT RAISE(ABORT, 'intents are never changed'); END;
CREATE TRIGGER intent_result_once BEFORE INSERT ON intent_result
    WHEN (new.number > 0 AND EXISTS (SELECT 1 FROM intent_result WHERE number = new.number))
        OR EXISTS (SELECT 1 FROM intent_result WHERE intent = new.intent AND settled = 1)
    BEGIN SELECT RAISE(ABORT, 'results are never changed'); END;
CREATE TRIGGER booking_once BEFORE INSERT ON booking
    WHEN EXISTS (SELECT 1 FROM booking WHERE id = new.id OR intent = new.intent OR rowid = new.rowid)
    BEGIN SELECT RAISE(ABORT, 'bookings are never changed'); END;
CREATE TRIGGER booking_word_once BEFORE INSERT ON booking_word
    WHEN new.number > 0 AND EXISTS (SELECT 1 FROM booking_word WHERE number = new.number)
    BEGIN SELECT RAISE(ABORT, 'what a provider said is never changed'); END;
