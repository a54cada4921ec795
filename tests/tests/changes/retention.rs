//! Nine years after: what was played at the desk has been kept long enough (NF-5).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::audit::{AuditAction, AuditFilter, PatientSought};
use desk_domain::calendar::local_date;
use desk_domain::cancel::{Attendance, InformedHow};
use desk_domain::encounter::Ending;
use desk_domain::failure::RecordFailure;
use desk_domain::id::{BookingId, EncounterId, NhsNumber};
use desk_domain::personal::Personal;
use desk_domain::retention::{ClockDoubt, Confirmed, RetentionRefusal, YearsKept};
use desk_journeys::book::{SlotOrder, Waiting};
use desk_journeys::ports::{AuditQuery, Clock, PatientSearch};
use desk_journeys::refer::ReferTo;
use desk_journeys::{Desk, JourneyError, SignedIn};
use desk_tests::desk::{HANDLER, SUPERVISOR, record_key, service_id, unlock};
use desk_tests::pages::pages;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use uuid::Uuid;

use crate::world::*;

/// The clock of the machine, and so many days.
pub(crate) struct Later(pub(crate) i64);

impl Clock for Later {
    fn now(&self) -> DateTime<Utc> {
        desk_composition::clock::SystemClock.now() + TimeDelta::days(self.0)
    }

    fn new_id(&self) -> Uuid {
        desk_composition::clock::SystemClock.new_id()
    }
}

/// What was said at the desk in the first two encounters, and who the patient is.
const SAID: [&str; 7] = [
    "9990000018",
    "\"given\":\"John\"",
    "Orchard",
    "1974-11-12",
    "07700900123",
    "Knows where to go",
    "His daughter rang",
];

/// A patient who is booked and referred, calls back worse, is booked anew, and told; everything is over. And another
/// patient, whose encounter nobody ended.
pub(crate) async fn played(
    world: &World,
    desk: &Desk,
    who: &SignedIn,
) -> (EncounterId, EncounterId, EncounterId, BookingId) {
    let first = world.encounter(desk, who, 1, "Dx06").await.id;
    let original = booked(desk, who, first, PLAIN).await;
    desk.refer(who, first, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    desk.end_encounter(who, first, Ending::Completed).await.expect("completed");
    let again = desk.reassess(who, first).await.expect("reassessed");
    let again = assessed(desk, who, &again, "Dx05").await.id;
    let (_, known) = desk.known_booking(who, original.id).await.expect("known");
    let rebook = desk.begin_rebook(who, again, known, None).await.expect("begun").id;
    let order = slot(desk, who, again, OTHER, 0).await;
    let new = confirmed(desk.book(who, SlotOrder { rebook: Some(rebook), ..order }).await.expect("sent"));
    desk.refer(who, again, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
    let shown = read(desk, who, again, original.id).await.expect("read");
    let outcome = desk.cancel(who, confirming(&shown, Some(rebook)), &Waiting::nobody()).await.expect("sent");
    let url = outcome.order.shown.url.as_str();
    let told = (InformedHow::DuringTheCall, desk.now());
    desk.record_informed(who, again, url, told, Personal::from("Knows where to go")).await.expect("recorded");
    let came = (Attendance::Attended, Personal::from("His daughter rang"));
    desk.record_attendance(who, new.id, came.0, came.1).await.expect("recorded");
    desk.end_encounter(who, again, Ending::Completed).await.expect("completed");
    let open = world.encounter(desk, who, 2, "Dx06").await.id;
    (first, again, open, original.id)
}

/// Every text and every byte string in any column of any table of the record.
pub(crate) fn everything(folder: &std::path::Path) -> String {
    let record = Connection::open(folder.join("desk.sqlite3")).expect("the same file");
    unlock(&record);
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut tables = record.prepare(tables).expect("a statement");
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a name")).collect();
    assert!(tables.len() > 15, "all of them: {tables:?}");
    let mut all = String::new();
    for table in tables {
        let mut statement = record.prepare(&format!("SELECT * FROM {table}")).expect("a statement");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                match row.get_ref(column).expect("a value") {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                        all.push_str(&String::from_utf8_lossy(bytes));
                        all.push('\n');
                    }
                    ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => {}
                }
            }
        }
    }
    all.to_uppercase().replace(' ', "")
}

pub(crate) fn holds(all: &str, said: &str) -> bool {
    all.contains(&said.to_uppercase().replace(' ', ""))
}

#[tokio::test]
async fn nf_5_after_eight_years_nothing_says_who_the_patient_was_and_everything_says_so() {
    let world = World::new().await;
    let now = world.plain_desk();
    let who = now.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let (first, again, open, booking) = played(&world, &now, &who).await;
    let folder = world.under_test.folder();
    let before = everything(folder);
    for said in SAID {
        assert!(holds(&before, said), "{said} is in the record, or this test proves nothing");
    }
    let supervisor = now.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let seal = now.seal_audit(&supervisor).await.expect("sealed");
    let years = YearsKept::default();
    let plan = now.plan_retention(&supervisor, years).await.expect("a plan");
    assert_eq!((plan.encounters, plan.unfinished, plan.doubt), (0, 0, None), "today nothing is old enough");

    let later = world.desk_by_clock(Arc::new(Later(9 * 366)));
    let who = later.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let plan = later.plan_retention(&who, years).await.expect("a plan");
    assert_eq!((plan.encounters, plan.unfinished), (2, 1), "both of the patient; what nobody ended stays");
    assert!(plan.holdings.orders >= 4 && plan.holdings.bookings == 2 && plan.holdings.notes == 2, "{plan:?}");
    assert!(matches!(plan.doubt, Some(ClockDoubt::Paused { .. })), "nine years without an event: {plan:?}");
    let confirmed = Confirmed { encounters: 2, today: None };
    let refused = later.retain(&who, years, &confirmed).await;
    assert!(
        matches!(refused, Err(JourneyError::Retention(RetentionRefusal::ClockDoubted(_)))),
        "a clock that jumped destroys nothing: {refused:?}"
    );
    let today = Some(local_date(later.now()));
    let refused = later.retain(&who, years, &Confirmed { encounters: 3, today }).await;
    assert_eq!(
        refused,
        Err(JourneyError::Retention(RetentionRefusal::NotAsShown { shown: 3, now: 2 })),
        "what was not shown"
    );
    assert!(holds(&everything(folder), "Orchard"), "nothing was removed");
    let done = later.retain(&who, years, &Confirmed { encounters: 2, today }).await.expect("removed");
    assert_eq!((done.encounters, done.traces_left), (2, None), "both");

    let after = everything(folder);
    let in_pages = String::from_utf8_lossy(&pages(folder, &record_key())).to_uppercase().replace(' ', "");
    for said in SAID {
        // The other patient, whose encounter was never ended, has a name of their own and no more of these.
        assert!(!holds(&after, said), "{said} is in the record still");
        assert!(!holds(&in_pages, said), "{said} stands in a page of the record’s files still");
    }
    let check = later.verify_audit(&who, Some(vec![seal]), &Arc::default()).await;
    let check = check.expect("walked along").expect("to its end");
    assert_eq!((check.fault, check.seals), (None, 1), "the chain holds against the seal of nine years ago");
    assert_eq!(check.personal_removed, 3, "the reason, and both notes");
    // Whoever comes to it is told.
    let told = |failure: &JourneyError| matches!(failure, JourneyError::Record(RecordFailure::DetailsRemoved { years, .. }) if years.number() == 8);
    let handler = later.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    for encounter in [first, again] {
        let refused = later.open_encounter(&handler, encounter).await.expect_err("its details are gone");
        assert!(told(&refused), "{refused:?}");
        let timeline = later.audit_timeline(&who, encounter).await.expect("the audit record is whole");
        let taken_out = timeline.iter().any(|event| event.personal_removed);
        assert_eq!(taken_out, encounter == again, "with what was said taken out, where anything was");
        let said_so = timeline.iter().any(|event| {
            let what = &event.event.as_ref().expect("it can be read").what;
            matches!(what, AuditAction::PersonalPartsRemoved { only, years: Some(_), .. } if *only == Some(encounter))
        });
        assert!(said_so, "and that it was");
    }
    let refused = later.known_booking(&handler, booking).await.expect_err("its details are gone");
    assert!(told(&refused), "{refused:?}");
    let number = PatientSearch::NhsNumber(NhsNumber::new("9990000018").expect("valid"));
    assert_eq!(later.bookings_for(&handler, &number).await.expect("searched").len(), 0, "nobody is found by a number");
    assert_eq!(later.recent_bookings(&handler).await.expect("listed").len(), 0, "nor in the list");
    assert!(later.unfinished(&handler).await.expect("the list").is_empty(), "and nobody has anything to do");
    assert!(later.open_encounter(&handler, open).await.is_ok(), "what nobody ended is there");
    let plan = later.plan_retention(&who, years).await.expect("a plan");
    assert_eq!((plan.encounters, plan.unfinished), (0, 0), "the second time there is nothing; the open one was opened");
}

#[tokio::test]
async fn nf_5_a_day_whose_bookings_all_lost_their_details_says_so_and_is_not_shown_as_empty() {
    let world = World::new().await;
    let now = world.plain_desk();
    let who = now.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let (.., booking) = played(&world, &now, &who).await;
    let made = now.bookings_for(&who, &PatientSearch::NhsNumber(NhsNumber::new("9990000018").expect("valid"))).await;
    let made = made.expect("found").into_iter().find(|made| made.id == booking).expect("the first");
    let (service, day) = (made.order.service.id.clone(), local_date(made.order.slot.start));
    assert_eq!(now.bookings_on(&who, &service, day).await.expect("listed").bookings.len(), 1, "that day's");
    let later = world.desk_by_clock(Arc::new(Later(9 * 366)));
    let who = later.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let confirmed = Confirmed { encounters: 2, today: Some(local_date(later.now())) };
    later.retain(&who, YearsKept::default(), &confirmed).await.expect("removed");
    let handler = later.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let day = later.bookings_on(&handler, &service, day).await;
    assert!(matches!(day, Err(JourneyError::Record(RecordFailure::DetailsRemoved { .. }))), "{day:?}");
}

#[tokio::test]
async fn nf_5_supervisors_alone_see_what_is_over_and_remove_it() {
    let world = World::new().await;
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let years = YearsKept::default();
    let plan = desk.plan_retention(&who, years).await.err();
    let done = desk.retain(&who, years, &Confirmed { encounters: 0, today: None }).await.err();
    for refused in [plan, done] {
        let action = desk_domain::user::Action::KeepRecord;
        assert_eq!(refused, Some(JourneyError::NotPermitted(action)), "neither");
    }
}

#[tokio::test]
async fn nf_5_a_day_of_which_some_bookings_lost_their_details_shows_the_others_and_how_many_are_gone() {
    let world = World::new().await;
    let desk = world.plain_desk();
    let who = desk.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let mut day = None;
    for patient in [1, 2, 5] {
        let encounter = world.encounter(&desk, &who, patient, "Dx06").await.id;
        let booking = booked(&desk, &who, encounter, PLAIN).await;
        let of = local_date(booking.order.slot.start);
        assert!(day.is_none_or(|day| day == of), "on one day");
        day = Some(of);
        if patient != 5 {
            desk.refer(&who, encounter, &ReferTo::Booked, &Waiting::nobody()).await.expect("referred");
            desk.end_encounter(&who, encounter, Ending::Completed).await.expect("completed");
        }
    }
    let later = world.desk_by_clock(Arc::new(Later(9 * 366)));
    let supervisor = later.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let confirmed = Confirmed { encounters: 2, today: Some(local_date(later.now())) };
    later.retain(&supervisor, YearsKept::default(), &confirmed).await.expect("removed");
    let who = later.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let found = later.bookings_on(&who, &service_id(PLAIN), day.expect("a day")).await.expect("listed");
    assert_eq!((found.bookings.len(), found.removed), (1, 2), "the one that stays, and how many do not");
    let view = desk_contract::booking::BookingsOfDayView::from(&found);
    assert!(view.removed.starts_with("2 more bookings of that day"), "{}", view.removed);
}

#[tokio::test]
async fn nf_5_whom_a_supervisor_looked_for_among_the_events_of_an_emptied_encounter_goes_in_its_own_time() {
    let world = World::new().await;
    let now = world.plain_desk();
    let who = now.sign_in(HANDLER.0, HANDLER.1).await.expect("a ready user");
    let (first, ..) = played(&world, &now, &who).await;
    let later = world.desk_by_clock(Arc::new(Later(9 * 366)));
    let who = later.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let today = Some(local_date(later.now()));
    later.retain(&who, YearsKept::default(), &Confirmed { encounters: 2, today }).await.expect("removed");
    // Somebody asks about the patient afterwards, within that encounter and within one that was never there.
    let number = NhsNumber::new("9990000018").expect("valid");
    for encounter in [first, EncounterId(Uuid::from_u128(1))] {
        let filter = AuditFilter {
            encounter: Some(encounter),
            patient: Some(PatientSought::by_nhs_number(&number)),
            ..AuditFilter::default()
        };
        let query = AuditQuery { filter, before: None, most: 10 };
        later.read_audit(&who, &query).await.expect("read");
    }
    let folder = world.under_test.folder();
    assert!(holds(&everything(folder), "9990000018"), "whom they asked for is on the record");
    let plan = later.plan_retention(&who, YearsKept::default()).await.expect("a plan");
    assert_eq!((plan.encounters, plan.loose_parts), (0, 0), "that is kept for its years, too");
    let much_later = world.desk_by_clock(Arc::new(Later(18 * 366)));
    let who = much_later.sign_in(SUPERVISOR.0, SUPERVISOR.1).await.expect("a ready user");
    let plan = much_later.plan_retention(&who, YearsKept::default()).await.expect("a plan");
    assert_eq!((plan.encounters, plan.loose_parts), (0, 2), "and not for ever");
    let confirmed = Confirmed { encounters: 0, today: Some(local_date(much_later.now())) };
    let done = much_later.retain(&who, YearsKept::default(), &confirmed).await.expect("removed");
    assert_eq!((done.loose_parts, done.traces_left), (2, None), "both");
    assert!(!holds(&everything(folder), "9990000018"), "gone");
    let check = much_later.verify_audit(&who, None, &Arc::default()).await.expect("walked along").expect("to its end");
    assert_eq!(check.fault, None, "the chain holds");
}
