-- The audit record: append-only. And the exchanges with other systems, for the help desk.
CREATE TABLE audit_event (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    at        TEXT NOT NULL,                   -- UTC, RFC 3339 with milliseconds
    kind      TEXT NOT NULL,                   -- of the event
    username  TEXT,                            -- who; none where nobody was signed in
    encounter TEXT,                            -- UUID; none where it belongs to none
    format    INTEGER NOT NULL,                -- of the JSON beside it
    event     TEXT NOT NULL                    -- the whole event (JSON)
) STRICT;
CREATE INDEX audit_event_of ON audit_event (encounter, number);
CREATE INDEX audit_event_at ON audit_event (at);
CREATE TRIGGER audit_event_stays BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
CREATE TRIGGER audit_event_kept BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;

CREATE TABLE exchange (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    at        TEXT NOT NULL,                   -- UTC, RFC 3339 with milliseconds
    system    TEXT NOT NULL,                   -- DoS, SDS, provider
    operation TEXT NOT NULL,
    encounter TEXT,                            -- UUID
    request   TEXT,                            -- X-Request-ID
    trace     TEXT,                            -- Ssp-TraceID
    format    INTEGER NOT NULL,                -- of the JSON beside it
    exchange  TEXT NOT NULL                    -- ids, status, failure, milliseconds (JSON); never content
) STRICT;
CREATE INDEX exchange_of ON exchange (encounter, number);
CREATE INDEX exchange_request ON exchange (request);
CREATE INDEX exchange_trace ON exchange (trace);
