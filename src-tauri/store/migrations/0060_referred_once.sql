-- One referral of an encounter to one service with one booking, or with none, whichever desk it comes from. One whose booking
-- was cancelled is none any more (CA-5), and stands in nobody's way.
ALTER TABLE referral ADD COLUMN service TEXT; -- DoS service id
DROP TRIGGER referral_stays;
UPDATE referral SET service = referral ->> '$.content.service.id';
CREATE TRIGGER referral_stays BEFORE UPDATE ON referral
    WHEN NOT (new.rowid = old.rowid AND new.document = old.document AND new.encounter = old.encounter
        AND new.booking IS old.booking AND new.by_hand = old.by_hand AND new.needs_booking = old.needs_booking
        AND new.made = old.made AND new.format = old.format AND new.service IS old.service AND new.referral = '{}'
        AND EXISTS (SELECT 1 FROM encounter_over WHERE encounter = old.encounter))
    BEGIN SELECT RAISE(ABORT, 'referrals are never changed'); END;
CREATE TRIGGER referral_one_each BEFORE INSERT ON referral
    WHEN EXISTS (SELECT 1 FROM referral AS earlier
        WHERE earlier.encounter = new.encounter AND earlier.service = new.service AND earlier.booking IS new.booking
            AND NOT EXISTS (SELECT 1 FROM referral_mark AS mark
                WHERE mark.document = earlier.document AND mark.kind = 'decoupled'))
    BEGIN SELECT RAISE(ABORT, 'referred already'); END;
