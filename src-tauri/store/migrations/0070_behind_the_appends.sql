-- An append is on disk before anybody goes on, and each page that it changes is encrypted and flushed with it. So what is only
-- looked up later is no longer written with each event, but for many at a time, behind the appends and before anything is
-- read of it: the facts of the reports, what references lead to, and the events by user, service and kind. All of it is
-- derived; the audit record alone is the truth.

-- Up to which event that was done.
CREATE TABLE audit_gone_through (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO audit_gone_through (one, number) SELECT 1, coalesce(max(number), 0) FROM audit_event;

DROP TRIGGER report_fact_told;
-- Names of services are shown beside events, and so are known with the event that tells them.
CREATE TRIGGER report_service_named AFTER INSERT ON audit_event
    WHEN new.kind = 'serviceChosen' AND new.event ->> '$.what.name' IS NOT NULL
BEGIN
    INSERT INTO report_word (word) VALUES (new.service) ON CONFLICT (word) DO NOTHING;
    INSERT INTO report_service (service, name)
        SELECT id, new.event ->> '$.what.name' FROM report_word WHERE word = new.service
        ON CONFLICT (service) DO UPDATE SET name = excluded.name WHERE name <> excluded.name;
END;

-- The ids of requests and searches that users quote.
CREATE TABLE audit_reference (
    id     TEXT NOT NULL,
    number INTEGER NOT NULL,                   -- of the audit event
    PRIMARY KEY (id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_reference (id, number)
    SELECT request, number FROM audit_event WHERE request IS NOT NULL
    UNION SELECT event ->> '$.what.search', number FROM audit_event
        WHERE kind IN ('servicesSearched', 'serviceChosen') AND CASE WHEN json_valid(event) THEN event ->> '$.what.search' END IS NOT NULL;
DROP INDEX audit_event_request;

-- Events by what they are filtered by, beside their encounter.
CREATE TABLE audit_sought (
    what   INTEGER NOT NULL,                   -- 1 username, 2 service, 3 kind
    value  TEXT NOT NULL,
    number INTEGER NOT NULL,                   -- of the audit event
    PRIMARY KEY (what, value, number)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_sought (what, value, number)
    SELECT 1, username, number FROM audit_event WHERE username IS NOT NULL ORDER BY username, number;
INSERT INTO audit_sought (what, value, number)
    SELECT 2, service, number FROM audit_event WHERE service IS NOT NULL ORDER BY service, number;
INSERT INTO audit_sought (what, value, number) SELECT 3, kind, number FROM audit_event ORDER BY kind, number;
DROP INDEX audit_event_by;
DROP INDEX audit_event_about;
DROP INDEX audit_event_of_kind;
CREATE INDEX audit_event_removes ON audit_event (encounter) WHERE kind = 'personalPartsRemoved';

-- The time that the record had reached grows with the number: it is found by halving, without an index.
DROP INDEX audit_event_reached;
