//! Reading the reports (RP): a table over days with what it is compared with, and the events behind each of its numbers.
//! What is counted is ruled in [`desk_domain::reports`]; that a report was read is recorded.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditAction, AuditEvent, AuditKind};
use desk_domain::failure::RecordFailure;
use desk_domain::id::EncounterId;
use desk_domain::reports::{Behind, Drawing, Facts, Grouping, Period, StandardReport, Table, Trace, Traced};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::UnreadableEvent;

/// How many of the events behind a number are told at once.
pub const MOST_BEHIND: usize = 200;
/// How many parts of a report are read ahead of their being counted.
const READ_AHEAD: usize = 1;

/// What the reports need of the record.
#[async_trait]
pub trait ReportRecord: Send + Sync {
    /// Hands over the facts that a report over a period is drawn from, a part of the period after the other, all of one state
    /// of the record: of every encounter with an event in a part, and of the encounters of the bookings that those are about,
    /// the whole record. A period without any has no part. Where nobody takes them any more, it ends.
    async fn facts(
        &self,
        report: StandardReport,
        period: Period,
        parts: SyncSender<Facts>,
    ) -> Result<(), RecordFailure>;
    /// Names of these services, where the record knows them.
    async fn service_names(&self, services: Vec<String>) -> Result<HashMap<String, String>, RecordFailure>;
    /// These events of the audit record, by number; one that is not there any more is not among them.
    async fn recorded(&self, numbers: Vec<u64>) -> Result<HashMap<u64, AsRecorded>, RecordFailure>;
}

/// An event of the audit record, as much of it as tells what a number counts. Nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Its kind, as in the record: `bookingSettled`.
    pub kind: String,
    /// Who, by username.
    pub user: Option<String>,
    /// The encounter.
    pub encounter: Option<EncounterId>,
}

impl From<AuditEvent> for Recorded {
    fn from(AuditEvent { at, who, encounter, what, .. }: AuditEvent) -> Self {
        let kind: &str = AuditKind::from(&what).into();
        Self { at, kind: kind.to_owned(), user: who.map(|who| who.username.to_string()), encounter }
    }
}

/// An event as the record has it now. Reports count by what was taken of it when it was appended: where somebody changed it
/// since, its number still leads to it.
pub type AsRecorded = Result<Recorded, UnreadableEvent>;

/// Which report is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOrder {
    /// Which.
    pub report: StandardReport,
    /// Over which days.
    pub period: Period,
    /// By what its numbers are told apart.
    pub grouping: Grouping,
}

/// A report that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRead {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// The table.
    pub table: Table,
    /// The same over the days before, where it was asked for.
    pub before: Option<Table>,
    /// Names of the services of the tables, by id, where they are grouped by service and the names are known.
    pub service_names: HashMap<String, String>,
}

/// What is behind a number of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BehindNumber {
    /// The number.
    pub number: u64,
    /// How many events are behind it.
    pub events: usize,
    /// The first [`MOST_BEHIND`] of them, in the order of the record.
    pub told: Vec<ToldEvent>,
}

/// One of the events behind a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldEvent {
    /// Numbers, and how many it counts.
    pub behind: Behind,
    /// The counted event; none where somebody took it out of the record.
    pub event: Option<AsRecorded>,
    /// The event that tells why it counts as it does, as far as the record has it.
    pub because: Option<AsRecorded>,
}

impl Desk {
    /// Reads a report, beside the same over the days before where that is asked for; that it was read is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`]; [`JourneyError::NotInReport`] where it is not told apart by that;
    /// [`JourneyError::Record`].
    pub async fn read_report(
        &self,
        who: &SignedIn,
        order: ReportOrder,
        against_before: bool,
    ) -> Result<ReportRead, JourneyError> {
        self.may_read_report(who, order, None).await?;
        let table = drawn(&*self.ports.reports, order).await?;
        let before = if against_before {
            let order = ReportOrder { period: order.period.before(), ..order };
            Some(drawn(&*self.ports.reports, order).await?)
        } else {
            None
        };
        let service_names = match order.grouping {
            Grouping::Service => {
                let rows = table.rows.iter().chain(before.iter().flat_map(|before| &before.rows));
                self.ports.reports.service_names(rows.map(|row| row.key.code()).collect()).await?
            }
            Grouping::Practice
            | Grouping::Disposition
            | Grouping::User
            | Grouping::Message
            | Grouping::Reason
            | Grouping::Approver => HashMap::new(),
        };
        Ok(ReportRead { at: self.now(), table, before, service_names })
    }

    /// The events behind a number of a report: of one row, by its code, or of the total; in one column, by its code. That
    /// they were looked up is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotInReport`] where there is no such row or column, and as [`Desk::read_report`].
    pub async fn behind_number(
        &self,
        who: &SignedIn,
        order: ReportOrder,
        row: Option<&str>,
        column: &str,
    ) -> Result<BehindNumber, JourneyError> {
        self.may_read_report(who, order, Some(format!("{}/{column}", row.unwrap_or("total")))).await?;
        let columns = order.report.columns();
        let place = columns.iter().position(|known| known.code == column).ok_or(JourneyError::NotInReport)?;
        let traced = traced(&*self.ports.reports, order, row, place).await?;
        let Traced { number, events, first } = traced.ok_or(JourneyError::NotInReport)?;
        let numbers = first.iter().flat_map(|one| std::iter::once(one.event).chain(one.because)).collect();
        let recorded = self.ports.reports.recorded(numbers).await?;
        let find = |number: u64| recorded.get(&number).cloned();
        let told = first.into_iter().map(|behind| {
            let (event, because) = (find(behind.event), behind.because.and_then(find));
            ToldEvent { behind, event, because }
        });
        Ok(BehindNumber { number, events, told: told.collect() })
    }

    async fn may_read_report(
        &self,
        who: &SignedIn,
        order: ReportOrder,
        cell: Option<String>,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::ReadAudit).await?;
        let ReportOrder { report, period, grouping: group } = order;
        if !report.groupings().contains(&group) {
            return Err(JourneyError::NotInReport);
        }
        let what = AuditAction::ReportRead { report, from: period.from(), to: period.to(), group, cell };
        self.record(who, None, what).await
    }
}

/// Draws a report from the record.
///
/// # Errors
/// [`JourneyError::Record`].
pub async fn drawn(record: &dyn ReportRecord, order: ReportOrder) -> Result<Table, JourneyError> {
    let mut drawing = Drawing::new(order.report, order.period, order.grouping);
    gone_through(record, order, move |parts| {
        parts.iter().for_each(|part| drawing.take(&part));
        drawing.done()
    })
    .await
}

/// What is behind a number of a report, of a row by its code or of the total, in a column by its place, with the first
/// [`MOST_BEHIND`] events; none where there is no such row.
///
/// # Errors
/// [`JourneyError::Record`].
pub async fn traced(
    record: &dyn ReportRecord,
    order: ReportOrder,
    row: Option<&str>,
    column: usize,
) -> Result<Option<Traced>, JourneyError> {
    let mut trace = Trace::new(order.report, (order.grouping, row.map(str::to_owned)), column, MOST_BEHIND);
    gone_through(record, order, move |parts| {
        parts.iter().for_each(|part| trace.take(&part));
        trace.done()
    })
    .await
}

/// Counts while the record reads on: neither waits for the other, and only a few parts are in memory. It takes long enough
/// to hold up others on this thread.
async fn gone_through<T: Send + 'static>(
    record: &dyn ReportRecord,
    order: ReportOrder,
    count: impl FnOnce(Receiver<Facts>) -> T + Send + 'static,
) -> Result<T, JourneyError> {
    let (parts, read) = sync_channel(READ_AHEAD);
    let counting = tokio::task::spawn_blocking(move || count(read));
    let all_read = record.facts(order.report, order.period, parts).await;
    // A defect in counting is told before what it kept the record from; without its words, which may be about anything.
    let counted = counting.await.map_err(|_| JourneyError::Defect("the counting of a report broke off".to_owned()))?;
    all_read?;
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};

    use desk_domain::reports::Gathering;

    use super::*;

    /// Reads more parts than anybody counts ahead, and says when it is through with them; the last is followed by a failure
    /// where it is to fail.
    struct Parts {
        fails: bool,
        through: Sender<()>,
    }

    #[async_trait]
    impl ReportRecord for Parts {
        async fn facts(
            &self,
            _: StandardReport,
            period: Period,
            parts: SyncSender<Facts>,
        ) -> Result<(), RecordFailure> {
            let through = self.through.clone();
            let read = tokio::task::spawn_blocking(move || {
                let part = || Gathering::default().done(period.begins()..period.ends(), Arc::default());
                let _all_taken = (0..100).all(|_| parts.send(part()).is_ok());
                drop(parts);
                through.send(()).expect("the test waits for it");
            });
            read.await.expect("no panic");
            if self.fails { Err(RecordFailure::Failed("the disk failed".to_owned())) } else { Ok(()) }
        }

        async fn service_names(&self, _: Vec<String>) -> Result<HashMap<String, String>, RecordFailure> {
            Ok(HashMap::new())
        }

        async fn recorded(&self, _: Vec<u64>) -> Result<HashMap<u64, AsRecorded>, RecordFailure> {
            Ok(HashMap::new())
        }
    }

    fn order() -> ReportOrder {
        let day = "2026-11-02".parse().expect("a day");
        let period = Period::new(day, day).expect("a period");
        ReportOrder { report: StandardReport::Errors, period, grouping: Grouping::Message }
    }

    /// On one thread: whoever blocked it would wait for ever.
    fn on_one_thread<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
    }

    #[test]
    fn rp_a_report_of_which_only_a_part_could_be_read_is_none() {
        let (through, _kept) = channel();
        let failed = on_one_thread(drawn(&Parts { fails: true, through }, order()));
        assert!(matches!(failed, Err(JourneyError::Record(RecordFailure::Failed(_)))), "{failed:?}");
    }

    #[test]
    fn rp_a_defect_in_counting_is_told_and_ends_the_reading() {
        let (through, told) = channel();
        let record = Parts { fails: false, through };
        let broken = on_one_thread(gone_through(&record, order(), |parts| -> u8 {
            let first = parts.recv().map(|part| part.unreadable());
            panic!("a defect after {first:?}")
        }));
        let Err(JourneyError::Defect(words)) = broken else { panic!("{broken:?}") };
        assert!(!words.contains("a defect after"), "the words of a panic are nothing for a log: {words}");
        told.recv().expect("nothing is read for nobody");
    }

    #[test]
    fn rp_a_report_that_nobody_waits_for_any_more_holds_up_nobody() {
        let (through, told) = channel();
        on_one_thread(async {
            let record = Parts { fails: false, through };
            let mut waits = Box::pin(drawn(&record, order()));
            assert!(futures::poll!(&mut waits).is_pending(), "it has begun");
            drop(waits);
            tokio::task::spawn_blocking(move || told.recv()).await.expect("no panic").expect("it was read to its end");
        });
    }
}
