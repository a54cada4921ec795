-- People at the desk.
CREATE TABLE desk_user (
    id              TEXT PRIMARY KEY,          -- UUID, lower case
    username        TEXT NOT NULL UNIQUE,      -- as typed at sign-in, lower case
    format          INTEGER NOT NULL,          -- of the JSON beside it
    user            TEXT NOT NULL,             -- name, role, SDS ids (JSON)
    passphrase_hash TEXT NOT NULL,             -- Argon2id, PHC string
    added           TEXT NOT NULL              -- UTC, RFC 3339 with milliseconds
) STRICT;
