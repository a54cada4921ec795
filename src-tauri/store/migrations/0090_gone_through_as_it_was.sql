-- Which event stood under the number up to which everything is derived (see 0070), by its hash. Where another stands there,
-- or none, the record was cut short by somebody who has the file: what was derived is of events that are gone, and those
-- that came since under their numbers would never be gone through. Then all of it is derived anew.
ALTER TABLE audit_gone_through ADD COLUMN hash BLOB;
UPDATE audit_gone_through SET hash = (SELECT hash FROM audit_event WHERE audit_event.number = audit_gone_through.number);
