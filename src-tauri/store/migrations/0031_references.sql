-- By what everything on a reference is looked up that a user quotes to the help desk: request, search, trace, or the
-- correlation id of the other side.
CREATE INDEX audit_event_request ON audit_event (request) WHERE request IS NOT NULL;
CREATE INDEX exchange_search ON exchange (exchange ->> '$.search') WHERE exchange ->> '$.search' IS NOT NULL;
CREATE INDEX exchange_correlation ON exchange (exchange ->> '$.correlation')
    WHERE exchange ->> '$.correlation' IS NOT NULL;
CREATE INDEX exchange_their_request ON exchange (exchange ->> '$.theirRequest')
    WHERE exchange ->> '$.theirRequest' IS NOT NULL;
