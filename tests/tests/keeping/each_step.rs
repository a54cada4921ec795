//! A program is stopped before each of its steps on the disk while it puts another file in the record's place: one whole record is
//! there afterwards, the one or the other, and nothing is left over. All steps from the mark on, and `DESK_ALL_STEPS` those before
//! it, too.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::House;
use crate::kill::{acknowledged, begins_plain, key_noted, make_plain};
use crate::machine::Machine;

/// Runs it once to its end, and then once for each step that is tried.
struct Stops<'a> {
    house: &'a House,
    machine: Machine,
    /// The desk of which each time a copy is worked on.
    desk: &'a str,
    /// Its arguments.
    order: &'a [&'a str],
    /// A file of the record's folder; steps are counted from when it is there.
    from: &'a str,
}

impl Stops<'_> {
    fn command(&self, desk: &str, (from, at): (&str, usize)) -> (Command, std::path::PathBuf) {
        let (folder, steps) = (self.house.path(desk), self.house.path(&format!("{desk}.steps")));
        let command = self.house.command(desk, "supervisor", self.order);
        (self.machine.steps(command, &folder, (&folder.join(from), &steps), at), steps)
    }

    async fn count(&self, from: &str) -> usize {
        let (command, steps) = self.command(&self.house.fresh(self.desk, &format!("whole-{from}")), (from, 0));
        House::ends(command, 0).await;
        fs::read(steps).expect("steps").len()
    }

    /// Tries each step; `look` looks at the desk that is left.
    #[expect(
        clippy::print_stdout,
        reason = "how many steps there are may change, and whoever reads the log may know it"
    )]
    async fn each(&self, look: impl AsyncFn(&str)) {
        let every = std::env::var_os("DESK_ALL_STEPS").is_some();
        let from = if every { self.from } else { "desk.sqlite3.swap" };
        let count = self.count(from).await;
        println!("{:?}: {count} steps from {from} on", self.order.first());
        assert!(count >= 5, "steps: {count}");
        for at in 1..=count {
            let desk = self.house.fresh(self.desk, &format!("step-{at}"));
            let ended = self.command(&desk, (from, at)).0.output().expect("it runs");
            assert_eq!(ended.status.code(), None, "step {at} of {count}: killed");
            look(&desk).await;
            nothing_is_left_over(&self.house.path(&desk), &format!("step {at} of {count}"));
            fs::remove_dir_all(self.house.path(&desk)).expect("removed");
        }
    }
}

fn nothing_is_left_over(desk: &Path, when: &str) {
    for name in ["desk.sqlite3.swap", "desk.sqlite3.old", "desk.seals.new"] {
        assert!(!desk.join(name).exists(), "{when}: {name} is there still");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_stopped_at_each_step_a_restoration_leaves_the_record_or_the_backup_and_the_record_of_before_beside_it() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    let then = acknowledged(&house, "desk").await;
    house.book("desk", "4", 0).await;
    let all = acknowledged(&house, "desk").await;
    let order = ["restore", "--from", &backup, "--confirm", &head];
    let stops = Stops { house: &house, machine, desk: "desk", order: &order, from: "restoring" };
    stops
        .each(async |desk| {
            let found = acknowledged(&house, desk).await;
            if found == all {
                return;
            }
            assert_eq!(found, then, "{desk}: the backup, all of it");
            let set_aside = fs::read_dir(house.path(desk).join("set-aside")).expect("a folder").flatten();
            let kept: Vec<_> = set_aside.map(|folder| folder.path()).collect();
            assert_eq!(kept.len(), 1, "{desk}: one record of before");
            assert!(kept[0].join("audit-seals.txt").exists(), "{desk}: with its seals");
            let former = house.fresh(desk, &format!("{desk}-former"));
            fs::remove_file(house.path(&former).join("desk.sqlite3")).expect("removed");
            crate::copy(&kept[0], &house.path(&former));
            assert_eq!(acknowledged(&house, &former).await, all, "{desk}: and it is whole");
            fs::remove_dir_all(house.path(&former)).expect("removed");
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_stopped_at_each_step_a_change_of_key_leaves_the_record_under_the_one_or_the_other() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("desk", "1", 0).await;
    let (all, before) = (acknowledged(&house, "desk").await, key_noted(&house, "desk"));
    let stops = Stops { house: &house, machine, desk: "desk", order: &["key", "change"], from: "desk.sqlite3.new" };
    stops
        .each(async |desk| {
            assert_eq!(acknowledged(&house, desk).await, all, "{desk}: nothing is lost");
            let _changed = key_noted(&house, desk) != before;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_stopped_at_each_step_a_plain_record_is_encrypted_by_the_next_and_nothing_plain_is_left() {
    let house = House::start().await;
    let Some(machine) = house.machine() else { return };
    house.book("made", "1", 0).await;
    let all = acknowledged(&house, "made").await;
    make_plain(&house.path("made"), &house.path("desk"));
    let stops = Stops { house: &house, machine, desk: "desk", order: &["users"], from: "desk.sqlite3.new" };
    stops
        .each(async |desk| {
            assert_eq!(acknowledged(&house, desk).await, all, "{desk}: nothing is lost");
            for (file, _) in crate::content(&house.path(desk)) {
                assert!(!begins_plain(&file), "{desk}: {} is plain", file.display());
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_5_a_restoration_into_an_empty_folder_sets_nothing_aside() {
    let house = House::start().await;
    house.book("desk", "1", 0).await;
    let (backup, head) = house.back_up("desk").await;
    fs::create_dir(house.path("new")).expect("a folder");
    fs::copy(house.path("desk").join("demonstration-key"), house.path("new").join("demonstration-key"))
        .expect("copied");
    let order = ["restore", "--from", &backup, "--confirm", &head];
    let (done, words) = house.expect("new", "supervisor", 0, &order).await;
    assert_eq!((&done["restored"], &done["setAside"]), (&true.into(), &serde_json::Value::Null), "{words}");
    assert!(!house.path("new").join("set-aside").exists(), "not even a folder");
    assert_eq!(house.bookings("new").await, 1, "the same record");
    house.chain_holds("new").await;
}
