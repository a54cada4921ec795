-- Encounters, and the outcomes of their assessments.
CREATE TABLE encounter (
    id          TEXT PRIMARY KEY,              -- UUID, lower case
    started     TEXT NOT NULL,                 -- UTC, RFC 3339 with milliseconds
    ended       TEXT,                          -- UTC; none while it goes on
    nhs_number  TEXT,                          -- ten digits; none where not known
    family_name TEXT NOT NULL,                 -- upper case, to search by
    birth_date  TEXT NOT NULL,                 -- YYYY-MM-DD
    format      INTEGER NOT NULL,              -- of the JSON beside it
    encounter   TEXT NOT NULL                  -- without its outcomes (JSON)
) STRICT;
CREATE INDEX encounter_going_on ON encounter (started) WHERE ended IS NULL;
CREATE INDEX encounter_by_nhs_number ON encounter (nhs_number);
CREATE INDEX encounter_by_name ON encounter (family_name, birth_date);

CREATE TABLE assessment_outcome (
    id        TEXT PRIMARY KEY,                -- UUID, lower case
    encounter TEXT NOT NULL REFERENCES encounter (id),
    position  INTEGER NOT NULL,                -- order in which they were reached, from 0
    code      TEXT NOT NULL,                   -- NHS Pathways code
    reached   TEXT NOT NULL,                   -- UTC, RFC 3339 with milliseconds
    format    INTEGER NOT NULL,                -- of the JSON beside it
    outcome   TEXT NOT NULL,                   -- the whole outcome (JSON)
    UNIQUE (encounter, position)
) STRICT;
