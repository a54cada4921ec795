-- What the reports (RP) need of each audit event: small rows, made in the transaction that appends the event, so that a
-- report reads neither JSON nor the events that it does not count. Derived: the audit record alone is the truth.

-- The events that reports count, in the order of FactKind. A report reads a few of them.
CREATE TABLE report_kind (
    code INTEGER PRIMARY KEY,
    kind TEXT NOT NULL UNIQUE                  -- of the audit event
) STRICT;
INSERT INTO report_kind (code, kind) VALUES
    (1, 'encounterEnded'), (2, 'outcomeRecorded'), (3, 'servicesSearched'), (4, 'serviceChosen'), (5, 'slotsSearched'),
    (6, 'bookingIntended'), (7, 'bookingSettled'), (8, 'unfinishedSettledByHand'), (9, 'referralBlocked'),
    (10, 'referralMade'), (11, 'cancelIntended'), (12, 'cancelSettled'), (13, 'rebookBegan'), (14, 'rebookMoved');

-- Words that recur: service ids, usernames, codes of outcomes, faults, practices.
CREATE TABLE report_word (
    id   INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;

-- Names of services, as the directory last gave them when one was chosen.
CREATE TABLE report_service (
    service INTEGER PRIMARY KEY REFERENCES report_word (id),
    name    TEXT NOT NULL
) STRICT;

CREATE TABLE report_encounter (
    id        INTEGER PRIMARY KEY,
    encounter TEXT NOT NULL UNIQUE,            -- UUID, lower case
    practice  INTEGER REFERENCES report_word (id), -- ODS code of the patient's GP practice
    first     INTEGER,                         -- when its first fact was, milliseconds since 1970 UTC
    last      INTEGER                          -- when its last fact was
) STRICT;

CREATE TABLE report_fact (
    kind      INTEGER NOT NULL REFERENCES report_kind (code),
    at        INTEGER NOT NULL,                -- milliseconds since 1970 UTC
    number    INTEGER NOT NULL,                -- of the audit event
    encounter INTEGER NOT NULL REFERENCES report_encounter (id),
    user      INTEGER REFERENCES report_word (id),
    service   INTEGER REFERENCES report_word (id),
    word      INTEGER REFERENCES report_word (id), -- code of the outcome, fault, reject reason, who approved
    id        BLOB,                            -- UUID of the search, intent or rebooking
    booking   BLOB,                            -- UUID of the booking
    one       INTEGER,                         -- slots inside, seconds late, the result, held, by rule, of a rebooking
    two       INTEGER,                         -- slots outside, how the late slot was approved
    PRIMARY KEY (kind, at, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_fact_in ON report_fact (encounter, kind);
CREATE INDEX report_fact_of ON report_fact (booking) WHERE booking IS NOT NULL;

-- A fact in words, of each audit event that has one: the one place that says what is taken from an event.
CREATE VIEW report_fact_in_words AS
SELECT
    report_kind.code AS kind,
    unixepoch(at) * 1000 + CAST(substr(at, 21, 3) AS INTEGER) AS at,
    number,
    encounter,
    username AS user,
    CASE audit_event.kind WHEN 'servicesSearched' THEN event ->> '$.what.services[0]' ELSE event ->> '$.what.service' END
        AS service,
    CASE audit_event.kind WHEN 'serviceChosen' THEN event ->> '$.what.name' END AS service_name,
    CASE audit_event.kind
        WHEN 'outcomeRecorded' THEN event ->> '$.what.code'
        WHEN 'serviceChosen' THEN CAST(event ->> '$.what.rejectReason' AS TEXT)
        WHEN 'bookingSettled' THEN event ->> '$.what.fault'
        WHEN 'bookingIntended' THEN
            coalesce(event ->> '$.what.late.approval.by.username', event ->> '$.what.late.approval.by.registration')
    END AS word,
    unhex(coalesce(event ->> '$.what.intent', event ->> '$.what.search',
        CASE WHEN audit_event.kind IN ('rebookBegan', 'rebookMoved') THEN event ->> '$.what.rebook' END), '-') AS id,
    unhex(event ->> '$.what.booking', '-') AS booking,
    CASE audit_event.kind
        WHEN 'slotsSearched' THEN event ->> '$.what.count.in_time'
        WHEN 'referralMade' THEN event ->> '$.what.slots.in_time'
        WHEN 'bookingIntended' THEN event ->> '$.what.late.late_seconds'
        WHEN 'unfinishedSettledByHand' THEN event ->> '$.what.held'
        WHEN 'referralBlocked' THEN event ->> '$.what.refusal' IN ('bookingRequired', 'bookingGone')
        WHEN 'cancelIntended' THEN event ->> '$.what.rebook' IS NOT NULL
        WHEN 'rebookMoved' THEN CASE event ->> '$.what.step' WHEN 'newBooked' THEN 1 WHEN 'rebooked' THEN 2 ELSE 3 END
        ELSE CASE event ->> '$.what.result'
            WHEN 'confirmed' THEN 1 WHEN 'cancelled' THEN 1
            WHEN 'notBooked' THEN 2 WHEN 'notCancelled' THEN 2
            WHEN 'unknown' THEN 3
            WHEN 'settledByHand' THEN 4
        END
    END AS one,
    CASE audit_event.kind
        WHEN 'slotsSearched' THEN event ->> '$.what.count.out_of_time'
        WHEN 'referralMade' THEN event ->> '$.what.slots.out_of_time'
        WHEN 'bookingIntended' THEN
            CASE event ->> '$.what.late.approval.by.how' WHEN 'atTheDesk' THEN 1 WHEN 'byTelephone' THEN 2 ELSE 0 END
    END AS two
FROM audit_event JOIN report_kind ON report_kind.kind = audit_event.kind
WHERE encounter IS NOT NULL;

-- What the record holds already.
INSERT INTO report_word (word)
    SELECT user FROM report_fact_in_words WHERE user IS NOT NULL
    UNION SELECT service FROM report_fact_in_words WHERE service IS NOT NULL
    UNION SELECT word FROM report_fact_in_words WHERE word IS NOT NULL
    UNION SELECT encounter ->> '$.patient.gp_practice' FROM encounter
        WHERE encounter ->> '$.patient.gp_practice' IS NOT NULL;
INSERT INTO report_service (service, name)
    SELECT report_word.id, service_name FROM report_fact_in_words AS fact JOIN report_word ON report_word.word = fact.service
    WHERE service_name IS NOT NULL ORDER BY number
    ON CONFLICT (service) DO UPDATE SET name = excluded.name;
INSERT INTO report_encounter (encounter, practice)
    SELECT id, (SELECT id FROM report_word WHERE word = encounter ->> '$.patient.gp_practice') FROM encounter;
INSERT INTO report_encounter (encounter, first, last)
    SELECT encounter, min(at), max(at) FROM report_fact_in_words WHERE true GROUP BY encounter
    ON CONFLICT (encounter) DO UPDATE SET first = excluded.first, last = excluded.last;
INSERT INTO report_fact
    SELECT fact.kind, fact.at, fact.number, report_encounter.id, user.id, service.id, word.id, fact.id, fact.booking,
        fact.one, fact.two
    FROM report_fact_in_words AS fact
    JOIN report_encounter USING (encounter)
    LEFT JOIN report_word AS user ON user.word = fact.user
    LEFT JOIN report_word AS service ON service.word = fact.service
    LEFT JOIN report_word AS word ON word.word = fact.word;

-- And what comes.
CREATE TRIGGER report_fact_told AFTER INSERT ON audit_event
    WHEN new.encounter IS NOT NULL AND new.kind IN (SELECT kind FROM report_kind)
BEGIN
    INSERT INTO report_word (word)
        SELECT user FROM report_fact_in_words WHERE number = new.number AND user IS NOT NULL
        UNION SELECT service FROM report_fact_in_words WHERE number = new.number AND service IS NOT NULL
        UNION SELECT word FROM report_fact_in_words WHERE number = new.number AND word IS NOT NULL
        ON CONFLICT (word) DO NOTHING;
    INSERT INTO report_service (service, name)
        SELECT report_word.id, service_name FROM report_fact_in_words AS fact JOIN report_word ON report_word.word = fact.service
        WHERE number = new.number AND service_name IS NOT NULL
        ON CONFLICT (service) DO UPDATE SET name = excluded.name WHERE name <> excluded.name;
    INSERT INTO report_encounter (encounter, first, last)
        SELECT encounter, at, at FROM report_fact_in_words WHERE number = new.number
        ON CONFLICT (encounter) DO UPDATE SET
            first = min(coalesce(first, excluded.first), excluded.first),
            last = max(coalesce(last, excluded.last), excluded.last);
    INSERT INTO report_fact
        SELECT fact.kind, fact.at, fact.number, report_encounter.id, user.id, service.id, word.id, fact.id, fact.booking,
            fact.one, fact.two
        FROM report_fact_in_words AS fact
        JOIN report_encounter USING (encounter)
        LEFT JOIN report_word AS user ON user.word = fact.user
        LEFT JOIN report_word AS service ON service.word = fact.service
        LEFT JOIN report_word AS word ON word.word = fact.word
        WHERE fact.number = new.number;
END;

CREATE TRIGGER report_practice_taken_down AFTER INSERT ON encounter BEGIN
    INSERT INTO report_word (word)
        SELECT new.encounter ->> '$.patient.gp_practice' WHERE new.encounter ->> '$.patient.gp_practice' IS NOT NULL
        ON CONFLICT (word) DO NOTHING;
    INSERT INTO report_encounter (encounter, practice)
        SELECT new.id, (SELECT id FROM report_word WHERE word = new.encounter ->> '$.patient.gp_practice') WHERE true
        ON CONFLICT (encounter) DO UPDATE SET practice = excluded.practice;
END;
CREATE TRIGGER report_practice_changed AFTER UPDATE OF encounter ON encounter
    WHEN new.encounter ->> '$.patient.gp_practice' IS NOT old.encounter ->> '$.patient.gp_practice'
BEGIN
    INSERT INTO report_word (word)
        SELECT new.encounter ->> '$.patient.gp_practice' WHERE new.encounter ->> '$.patient.gp_practice' IS NOT NULL
        ON CONFLICT (word) DO NOTHING;
    INSERT INTO report_encounter (encounter, practice)
        SELECT new.id, (SELECT id FROM report_word WHERE word = new.encounter ->> '$.patient.gp_practice') WHERE true
        ON CONFLICT (encounter) DO UPDATE SET practice = excluded.practice;
END;
