//! The copy of each day (NF-5) while the audit record does not hold: one a day, told, and no sound one goes for it.

use std::path::Path;
use std::sync::Arc;

use desk_contract::keeping::{RecordKeptState, RecordKeptView};
use desk_domain::audit::Workplace;
use desk_domain::id::OdsCode;
use desk_journeys::Desk;
use desk_journeys::ports::{Backup, BackupOrder};
use desk_tests::desk::{SUPERVISOR, unlock};
use rusqlite::Connection;

use crate::retention::Later;
use crate::world::*;

pub(crate) const KEEP_DAYS: u16 = 3;

/// The copies of each day in a folder, of a desk of one name.
pub(crate) fn daily(folder: &Path) -> BackupOrder {
    BackupOrder {
        folder: folder.to_owned(),
        desk: Workplace { organisation: OdsCode::new("111AB").expect("a code"), device: "desk-1".to_owned() },
        demonstration: true,
        automatic: true,
        version: "1".to_owned(),
    }
}

/// Which stand in the folder, oldest first, each with whether the audit record in it holds.
fn stand(order: &BackupOrder) -> Vec<(String, bool)> {
    let mut all: Vec<_> = std::fs::read_dir(&order.folder).expect("a folder").flatten().collect();
    all.sort_by_key(std::fs::DirEntry::file_name);
    let one = |entry: std::fs::DirEntry| {
        let manifest = desk_store::read_manifest(&entry.path()).expect("each is whole");
        (entry.file_name().to_string_lossy().into_owned(), manifest.fault.is_none())
    };
    all.into_iter().map(one).collect()
}

async fn kept(desk: &Desk) -> RecordKeptView {
    let who = desk.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    RecordKeptView::of(&desk.record_kept(&who).await.expect("told"), desk.now())
}

#[tokio::test]
async fn nf_5_a_record_that_does_not_hold_is_backed_up_once_a_day_told_to_supervisors_and_no_sound_backup_goes_for_it()
{
    let world = World::new().await;
    let out = tempfile::tempdir().expect("a folder");
    let order = daily(out.path());
    let on_day = |day| world.desk_by_clock(Arc::new(Later(day)));
    let of_the_day =
        async |desk: &Desk| -> Option<Backup> { desk.back_up_the_day(&order, KEEP_DAYS).await.expect("looked") };
    let desk = on_day(0);
    assert!(of_the_day(&desk).await.is_some_and(|made| made.manifest.fault.is_none()), "the first day's, sound");
    assert!(of_the_day(&desk).await.is_none(), "an hour later it is there");
    let (sound, _) = stand(&order)[0].clone();
    let changed_by_hand = |statement: &str| {
        let raw = Connection::open(world.under_test.folder().join("desk.sqlite3")).expect("the same file");
        unlock(&raw);
        raw.execute_batch(&format!("DROP TRIGGER IF EXISTS audit_event_stays; {statement}")).expect("changed");
    };
    changed_by_hand("UPDATE audit_event SET event = replace(event, 'organisation', 'organisatiox') WHERE number = 3");

    for day in 1..=8 {
        let desk = on_day(day);
        let made = of_the_day(&desk).await.expect("one for the day");
        assert_eq!(made.manifest.fault.map(|fault| fault.number), Some(3), "day {day}: it says what it is");
        for hour in 1..=3 {
            assert!(of_the_day(&desk).await.is_none(), "day {day}: no other after {hour} hours");
        }
        let told = kept(&desk).await;
        assert_eq!(told.state, RecordKeptState::Failed, "day {day}: {told:?}");
        assert!(
            told.words.contains("does not hold from event 3 on") && told.words.contains("The last good one is of"),
            "{told:?}"
        );
    }
    let stand_now = stand(&order);
    assert_eq!(stand_now[0], (sound.clone(), true), "the last sound one is there, however old: {stand_now:?}");
    let broken = stand_now.iter().filter(|(_, holds)| !holds).count();
    assert_eq!((broken, stand_now.len()), (3, 4), "of the others those of the last days: {stand_now:?}");

    changed_by_hand("UPDATE audit_event SET event = replace(event, 'organisatiox', 'organisation') WHERE number = 3");
    let desk = on_day(9);
    assert!(of_the_day(&desk).await.is_some_and(|made| made.manifest.fault.is_none()), "put right, the next is sound");
    let told = kept(&desk).await;
    assert_eq!(told.state, RecordKeptState::Ok, "and that is told: {told:?}");
    assert!(stand(&order).contains(&(sound, true)), "of the sound ones the newest three stay");
}
