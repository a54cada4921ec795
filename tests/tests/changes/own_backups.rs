//! Copies of several records in one folder (NF-5): each desk sees to its own, whatever the desks are called.

use std::sync::Arc;

use crate::daily_backup::{KEEP_DAYS, daily};
use crate::retention::Later;
use crate::world::*;

/// One configuration for all computers names them all alike, and one folder on a share for all.
#[tokio::test]
async fn nf_5_desks_of_one_name_with_one_folder_for_backups_each_have_their_own() {
    let (one, other) = (World::new().await, World::new().await);
    let out = tempfile::tempdir().expect("a folder");
    let order = daily(out.path());
    let back_up = async |world: &World, day| {
        let desk = world.desk_by_clock(Arc::new(Later(day)));
        desk.back_up_the_day(&order, KEEP_DAYS).await.expect("looked").map(|made| made.folder)
    };
    let of_other = back_up(&other, 0).await.expect("its own");
    // As a removal of one of its copies leaves it that is broken off.
    let name = of_other.file_name().expect("a name").to_string_lossy();
    let left_over = out.path().join(format!(".{name}-earlier.part"));
    std::fs::create_dir(&left_over).expect("a folder");
    let mut of_one = Vec::new();
    for day in 0..=8 {
        of_one.push(back_up(&one, day).await.expect("its own, though the other has one of the same day"));
        assert_eq!(back_up(&one, day).await, None, "day {day}: once");
    }
    assert!(of_other.exists(), "another record's newest copy does not go because this one has newer ones");
    assert!(
        std::fs::read_dir(out.path())
            .expect("a folder")
            .flatten()
            .filter(|entry| entry.path() != left_over)
            .all(|entry| entry.path().join("manifest.json").exists()),
        "nothing is left of those that went"
    );
    let there = of_one.iter().filter(|folder| folder.exists()).count();
    assert!(there < of_one.len(), "its own go when they are old: {there}");
    assert!(left_over.exists(), "what the other has to go on with is not this one's to remove");
    assert!(back_up(&other, 8).await.is_some_and(|folder| folder.exists()), "and the other has its own again");
    assert!(!left_over.exists(), "and went on");
}
