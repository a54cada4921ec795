-- The index by encounter was one more page of each append (see 0070). Events are found by their encounter as they are by user,
-- service and kind: by what is derived behind the appends, and brought up to date before anything is looked up in it.
INSERT INTO audit_sought (what, value, number)
    SELECT 4, encounter, number FROM audit_event
    WHERE encounter IS NOT NULL AND number <= (SELECT number FROM audit_gone_through) ORDER BY encounter, number;
DROP INDEX audit_event_in;

-- 4 is the encounter.
CREATE VIEW audit_event_in (encounter, number) AS SELECT value, number FROM audit_sought WHERE what = 4;
