//! A record with events as the desk writes them, and how they are written down in a line.

use std::path::Path;
use std::sync::mpsc::sync_channel;

use chrono::{DateTime, NaiveDate, Utc};
use desk_domain::audit::{AuditAction, AuditEvent, AuditFilter};
use desk_domain::booking::BookingResultKind;
use desk_domain::cancel::CancelResultKind;
use desk_domain::encounter::Encounter;
use desk_domain::id::{
    BookingId, DispositionCode, DocumentId, DosServiceId, EncounterId, IntentId, RebookId, RequestId, SearchId,
};
use desk_domain::personal::Personal;
use desk_domain::referral::ReferralRefusal;
use desk_domain::reports::{BookingFault, Drawing, Facts, Grouping, Period, Row, StandardReport, Table};
use desk_domain::retention::YearsKept;
use desk_domain::slot::{SlotCount, SlotWindow};
use desk_journeys::ports::{AuditTrail, EncounterRecord};
use desk_journeys::reports::{ReportOrder, drawn};
use desk_journeys::retention::RetentionRecord;
use desk_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use crate::invented::raw;
use crate::invented::{noon, open, patient};

pub(crate) struct Record {
    pub(crate) store: Store,
}

pub(crate) fn service(id: &str) -> DosServiceId {
    DosServiceId::new(id).expect("a service's id")
}

fn id(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(kind << 64 | number)
}

/// Ids from small numbers.
pub(crate) fn intent(number: u128) -> IntentId {
    IntentId(id(1, number))
}

pub(crate) fn booking(number: u128) -> BookingId {
    BookingId(id(2, number))
}

pub(crate) fn search(number: u128) -> SearchId {
    SearchId(id(3, number))
}

pub(crate) fn rebook(number: u128) -> RebookId {
    RebookId(id(4, number))
}

fn request() -> RequestId {
    RequestId(id(5, 0))
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub(crate) fn period(from: &str, to: &str) -> Period {
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    Period::new(day(from), day(to)).expect("a period")
}

pub(crate) fn slots(in_time: u32, out_of_time: u32) -> SlotCount {
    SlotCount { in_time, out_of_time, earliest: None }
}

pub(crate) fn outcome(code: &str) -> AuditAction {
    let reached = noon();
    AuditAction::OutcomeRecorded { code: DispositionCode::new(code).expect("a code"), reached, due: None }
}

pub(crate) fn services_searched(number: u128, found: &[&str]) -> AuditAction {
    let services = found.iter().map(|id| service(id)).collect();
    AuditAction::ServicesSearched { search: search(number), within: None, services, failure: None, took_ms: 1 }
}

pub(crate) fn chosen(number: u128, id: &str, rank: u32, reject_reason: Option<u32>) -> AuditAction {
    let (search, name) = (search(number), Some(format!("Service {id}")));
    AuditAction::ServiceChosen { search, service: service(id), name, rank, reject_reason, reject_comment: None }
}

pub(crate) fn slots_searched(id: &str, count: Option<SlotCount>, background: bool) -> AuditAction {
    AuditAction::SlotsSearched {
        service: service(id),
        window: SlotWindow { from: noon(), until: noon() },
        failure: count.is_none().then(|| "the provider failed".to_owned()),
        count,
        took_ms: 1,
        background,
        request: None,
    }
}

/// `late`: by how many seconds, and the clinician's approval, as the record has it.
pub(crate) fn intended(number: u128, id: &str, late: Option<(i64, Option<Value>)>) -> AuditAction {
    let late = late.map(|(late_seconds, by)| {
        let approval = by.map(|by| {
            json!({ "id": Uuid::nil(), "encounter": Uuid::nil(), "outcome": Uuid::nil(), "slot_id": "s1", "ground": "g",
                "start": noon(), "late_seconds": late_seconds, "by": by, "at": noon() })
        });
        let permit = json!({ "late_seconds": late_seconds, "confirmed_by": Uuid::nil(), "role": "clinician",
            "ground": "the patient can wait", "approval": approval });
        serde_json::from_value(permit).expect("a permit")
    });
    AuditAction::BookingIntended {
        intent: intent(number),
        request: request(),
        service: service(id),
        start: noon(),
        late,
    }
}

pub(crate) fn settled(number: u128, result: BookingResultKind, fault: Option<BookingFault>) -> AuditAction {
    AuditAction::BookingSettled {
        intent: intent(number),
        request: request(),
        booking: (result == BookingResultKind::Confirmed).then(|| booking(number)),
        result,
        failure: fault.map(|fault| fault.failure().to_string()),
        fault,
        tries: 1,
    }
}

pub(crate) fn confirmed(number: u128) -> AuditAction {
    settled(number, BookingResultKind::Confirmed, None)
}

/// As whichever type the reason has.
pub(crate) fn by_hand(number: u128, held: bool) -> AuditAction {
    let what =
        json!({ "kind": "unfinishedSettledByHand", "intent": intent(number), "held": held, "reason": "Reception" });
    serde_json::from_value(what).expect("an event")
}

pub(crate) fn blocked(id: &str, refusal: ReferralRefusal) -> AuditAction {
    AuditAction::ReferralBlocked { service: service(id), refusal, slots: None }
}

pub(crate) fn referred(id: &str, linked: Option<u128>, slots: Option<SlotCount>) -> AuditAction {
    AuditAction::ReferralMade {
        document: DocumentId(Uuid::nil()),
        service: service(id),
        booking: linked.map(booking),
        route: "itk".to_owned(),
        slots,
    }
}

pub(crate) fn cancel_intended(number: u128, of: Option<u128>, part_of: Option<u128>) -> AuditAction {
    AuditAction::CancelIntended {
        intent: intent(number),
        request: request(),
        url: "https://provider.example/STU3/Appointment/1".to_owned(),
        version: "1".to_owned(),
        booking: of.map(booking),
        rebook: part_of.map(rebook),
        reason: Personal::from("cannot come"),
    }
}

pub(crate) fn cancel_settled(number: u128, of: Option<u128>, result: CancelResultKind) -> AuditAction {
    AuditAction::CancelSettled {
        intent: intent(number),
        request: request(),
        url: "https://provider.example/STU3/Appointment/1".to_owned(),
        booking: of.map(booking),
        result,
        failure: None,
        tries: 1,
    }
}

pub(crate) fn rebook_began(number: u128, of: Option<u128>) -> AuditAction {
    AuditAction::RebookBegan {
        rebook: rebook(number),
        original: "https://provider.example/STU3/Appointment/1".to_owned(),
        booking: of.map(booking),
        without_reassessment: None,
    }
}

pub(crate) fn rebook_moved(number: u128, step: &str) -> AuditAction {
    AuditAction::RebookMoved { rebook: rebook(number), step: step.to_owned() }
}

pub(crate) fn encounter_ended() -> AuditAction {
    AuditAction::EncounterEnded { ending: None }
}

/// An event as the record takes it, whatever else it has come to hold that may be left out.
pub(crate) fn event(at: DateTime<Utc>, who: Option<&str>, encounter: Option<u128>, what: &AuditAction) -> AuditEvent {
    let who = who.map(|name| json!({ "user": Uuid::nil(), "username": name, "role": "callHandler" }));
    let event = json!({ "at": at, "who": who, "encounter": encounter.map(|number| id(6, number)), "what": what });
    serde_json::from_value(event).expect("an event")
}

impl Record {
    pub(crate) fn open(folder: &Path) -> Self {
        Self { store: open(folder) }
    }

    /// Takes down an encounter's patient, who belongs to a practice.
    pub(crate) async fn patient_of(&self, encounter: u128, practice: Option<&str>) {
        self.taken_down(encounter, 0, practice, AuditAction::EncounterStarted).await;
    }

    /// Changes the practice of an encounter's patient.
    pub(crate) async fn moved_to(&self, encounter: u128, practice: &str) {
        self.taken_down(encounter, 1, Some(practice), AuditAction::PatientChanged).await;
    }

    async fn taken_down(&self, encounter: u128, version: u32, practice: Option<&str>, what: AuditAction) {
        let taken_down = json!({ "id": id(6, encounter), "started": noon(), "started_by": Uuid::nil(),
            "started_by_name": "CARTER, Priya (Ms)", "patient": patient("Patient", None, practice), "outcomes": [], "version": version, "ended": null });
        let taken_down: Encounter = serde_json::from_value(taken_down).expect("an encounter");
        let event = event(instant("2026-10-01T00:00:00Z"), Some("carter"), Some(encounter), &what);
        self.store.save(&taken_down, &event).await.expect("saved");
    }

    /// Ends an encounter that was taken down once, as the table of encounters has it.
    pub(crate) async fn ended(&self, encounter: u128) {
        let mut taken_down = self.store.load(EncounterId(id(6, encounter))).await.expect("it is there");
        taken_down.ended = Some(noon());
        let at = instant("2026-12-03T00:00:00Z");
        let event = event(at, Some("carter"), Some(encounter), &AuditAction::EncounterOpened);
        self.store.save(&taken_down, &event).await.expect("saved");
    }

    /// Removes the details of every encounter that was left alone since an instant; gives how many.
    pub(crate) async fn removed(&self, before: DateTime<Utc>) -> u64 {
        let quiet = self.store.quiet_since(before).await.expect("read");
        let over = quiet.into_iter().filter(|kept| kept.is_over(before)).map(|kept| {
            let (through, only, years) = (kept.through, Some(kept.encounter), Some(YearsKept::default()));
            let what = AuditAction::PersonalPartsRemoved { through, only, of_no_encounter: false, years };
            (kept, AuditEvent { encounter: only, ..event(before, Some("okoye"), None, &what) })
        });
        let removed = self.store.remove(over.collect()).await.expect("removed");
        self.store.clear_traces().await.expect("nobody else is at it");
        removed
    }

    pub(crate) async fn append(&self, event: &AuditEvent) {
        self.store.append(event).await.expect("appended");
    }

    pub(crate) async fn draw(&self, report: StandardReport, period: Period, grouping: Grouping) -> Table {
        drawn(&self.store, ReportOrder { report, period, grouping }).await.expect("drawn")
    }

    /// The facts of a report in parts of about so many events.
    pub(crate) async fn parts(&self, report: StandardReport, period: Period, events: u64) -> Vec<Facts> {
        let (sender, parts) = sync_channel(10_000);
        self.store.facts_in_parts(report, period, events, sender).await.expect("facts");
        parts.iter().collect()
    }

    /// The same report, from parts of about so many events.
    pub(crate) async fn draw_in_parts(&self, of: &Table, events: u64) -> Table {
        let mut drawing = Drawing::new(of.report, of.period, of.grouping);
        self.parts(of.report, of.period, events).await.iter().for_each(|part| drawing.take(part));
        drawing.done()
    }

    /// The audit record as it is exported: a line of JSON for each event, in the order of the record.
    pub(crate) async fn json_lines(&self) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join("export");
        let walk = std::sync::Arc::default();
        self.store.export(&AuditFilter::default(), &files, &walk).await.expect("exported");
        std::fs::read_to_string(files.join("audit.jsonl")).expect("the lines")
    }
}

/// A table as lines: the row's code (`-` where it is not known), its numbers; the total last.
pub(crate) fn lines(table: &Table) -> Vec<String> {
    let line = |code: &str, numbers: &[u64]| {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        format!("{}: {}", if code.is_empty() { "-" } else { code }, numbers.join(" "))
    };
    let rows = table.rows.iter().map(|Row { key, numbers }| line(&key.code(), numbers));
    rows.chain([line("=", &table.total)]).collect()
}
