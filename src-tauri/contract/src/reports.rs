//! Reports (RP): what there is to read, a report as a table, what is behind a number, and the table as CSV.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use desk_domain::booking::NotBooked;
use desk_domain::calendar::local_date;
use desk_domain::outcome::Disposition;
use desk_domain::reject::reject_reasons;
use desk_domain::reports::{Grouping, Period, RowKey, StandardReport, Table};
use desk_domain::user::Role;
use desk_journeys::reports::{AsRecorded, BehindNumber, ReportOrder, ReportRead, ToldEvent};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::audit::{TAKEN_OUT, UNREADABLE};
use crate::display::{self, NOT_KNOWN};
use crate::form::{Form, day};
use crate::problem::Problem;

/// What there is to read.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportsView {
    /// The reports, in the standard's order.
    pub reports: Vec<ReportView>,
    /// Days that are often asked for; the first is the one to begin with.
    pub presets: Vec<PeriodPresetView>,
}

/// A report in words.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// `RP-01`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it counts, and on which day.
    pub definition: String,
    /// Its columns.
    pub columns: Vec<ReportColumnView>,
    /// Codes of the one or two columns of which a picture is shown.
    pub charted: Vec<String>,
    /// By what it can be grouped; the first is the one to begin with.
    pub groupings: Vec<ReportGroupingView>,
}

/// A column of a report.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportColumnView {
    /// A stable name.
    pub code: String,
    /// The heading.
    pub title: String,
    /// What it counts.
    pub words: String,
}

/// By what the numbers of a report can be told apart.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportGroupingView {
    /// A stable name.
    pub code: String,
    /// In words.
    pub title: String,
}

/// Days that are often asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeriodPresetView {
    /// `This month so far`.
    pub label: String,
    /// First day, `01-Nov-2026`.
    pub from: String,
    /// Last day, included.
    pub to: String,
}

/// Which report is to be read.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportInput {
    /// `RP-01`.
    pub report: String,
    /// First day as it is typed: `01-Nov-2026`, `1/11/2026`, `2026-11-01`; UK local time.
    pub from: String,
    /// Last day, included.
    pub to: String,
    /// By what, as [`ReportGroupingView::code`] says; empty for the one to begin with.
    pub group: String,
    /// Whether beside the same over the days before.
    pub against: bool,
}

/// Behind which number the events are to be looked up.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BehindInput {
    /// Of which report.
    pub order: ReportInput,
    /// Key of the row; none for the total.
    pub row: Option<String>,
    /// Code of the column.
    pub column: String,
}

/// A report as a table.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportTableView {
    /// The report in words.
    pub report: ReportView,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day, included.
    pub to: String,
    /// `01-Nov-2026 to 30-Nov-2026`.
    pub days: String,
    /// The days that it is compared with; none where it is compared with nothing.
    pub days_before: Option<String>,
    /// When it was drawn, UK local time.
    pub drawn: String,
    /// By what the rows are told apart.
    pub grouping: ReportGroupingView,
    /// The rows; none is all zero, now and before.
    pub rows: Vec<ReportRowView>,
    /// The sum of the rows, a number for each column.
    pub total: Vec<ReportNumberView>,
    /// `2 events of these days cannot be read and are not counted. …`; empty where all can.
    pub unreadable: String,
}

/// A row of a report.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportRowView {
    /// A stable name, unique in its table; empty where the record does not say what it is about.
    pub key: String,
    /// What it is about.
    pub label: String,
    /// What tells it from others of that label: an id, a code. May be empty.
    pub detail: String,
    /// A number for each column.
    pub numbers: Vec<ReportNumberView>,
}

/// A number of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportNumberView {
    /// Over the days of the report.
    #[ts(type = "number")]
    pub now: u64,
    /// Over the days before; none where nothing is compared.
    #[ts(type = "number | null")]
    pub before: Option<u64>,
}

/// What is behind a number.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BehindView {
    /// The number.
    #[ts(type = "number")]
    pub number: u64,
    /// `The first 200 of 1,204 events`; empty where all are told.
    pub left_out: String,
    /// The events, in the order of the record.
    pub events: Vec<BehindEventView>,
}

/// One of the events behind a number.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BehindEventView {
    /// Number of the event in the audit record.
    #[ts(type = "number")]
    pub number: u64,
    /// When, UK local time; `Not known` where that cannot be read.
    pub at: String,
    /// Whether the event can be read. Where it cannot, the rest is what stands beside it, and is not to be trusted.
    pub readable: bool,
    /// What happened: `Booking requested`.
    pub what: String,
    /// Who, by username; empty where nobody was signed in; `Not known` where that cannot be read.
    pub user: String,
    /// The encounter's id; empty where it belongs to none.
    pub encounter: String,
    /// How many it counts.
    pub amount: u32,
    /// The event that tells why it counts as it does: `Slots searched, 20-Nov-2026 18:04:12 (event 812)`. May be empty.
    pub because: String,
}

impl ReportsView {
    /// All reports, with presets as of now.
    #[must_use]
    pub fn of(now: DateTime<Utc>) -> Self {
        Self { reports: StandardReport::ALL.into_iter().map(ReportView::from).collect(), presets: presets(now) }
    }
}

fn presets(now: DateTime<Utc>) -> Vec<PeriodPresetView> {
    let today = local_date(now);
    let month = today - Days::new(u64::from(today.day0()));
    let last_of_before = month - Days::new(1);
    let month_before = last_of_before - Days::new(u64::from(last_of_before.day0()));
    let week = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
    let preset = |label: &str, from: NaiveDate, to: NaiveDate| PeriodPresetView {
        label: label.to_owned(),
        from: display::date(from),
        to: display::date(to),
    };
    vec![
        preset("This month so far", month, today),
        preset("Last month", month_before, last_of_before),
        preset("This week so far", week, today),
        preset("Last week", week - Days::new(7), week - Days::new(1)),
        preset("Today", today, today),
    ]
}

impl From<StandardReport> for ReportView {
    fn from(report: StandardReport) -> Self {
        let columns = report.columns().iter().map(|column| ReportColumnView {
            code: column.code.to_owned(),
            title: column.title.to_owned(),
            words: column.words.to_owned(),
        });
        Self {
            id: report.id().to_owned(),
            title: report.title().to_owned(),
            definition: report.definition().to_owned(),
            columns: columns.collect(),
            charted: charted(report).iter().map(|code| (*code).to_owned()).collect(),
            groupings: report.groupings().iter().map(|grouping| ReportGroupingView::from(*grouping)).collect(),
        }
    }
}

/// Two columns where the report sets one against the other, else what it is about.
const fn charted(report: StandardReport) -> &'static [&'static str] {
    match report {
        StandardReport::BookingsAgainstReferrals => &["bookings", "referrals"],
        StandardReport::ReferredWithoutSlots
        | StandardReport::ReferredAlthoughSlots
        | StandardReport::ReferredOnlyLateSlots => &["referrals"],
        StandardReport::SlotsGone => &["gone", "bookedSince"],
        StandardReport::TopServicePassedOver => &["passedOver"],
        StandardReport::Errors => &["errors"],
        StandardReport::CancelledWithin | StandardReport::CancelledAfter => &["alone", "rebooking"],
        StandardReport::Rebooked => &["cancelled", "notCancelled"],
        StandardReport::SlotsInside | StandardReport::SlotsOutside => &["bookings", "slots"],
        StandardReport::BookedOutside => &["bookings"],
        StandardReport::Blocked => &["blocked", "referredThere"],
    }
}

impl From<Grouping> for ReportGroupingView {
    fn from(grouping: Grouping) -> Self {
        Self { code: grouping.code().to_owned(), title: grouping.title().to_owned() }
    }
}

impl ReportInput {
    /// Which report over which days, and whether beside the days before; or what is wrong with the form.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<(ReportOrder, bool), Problem> {
        let mut form = Form::default();
        let report: Option<StandardReport> =
            form.needed("report", self.report.parse(), "There is no such report: RP-01 to RP-14");
        let first = report.and_then(|report| report.groupings().first().copied());
        let grouping = match self.group.as_str() {
            "" => first,
            code => form.needed("group", code.parse::<Grouping>(), "This report is not told apart by that"),
        };
        let from = form.needed("from", day(&self.from), "Enter the first day, for example 01-Nov-2026");
        let to = form.needed("to", day(&self.to), "Enter the last day, for example 30-Nov-2026");
        let period = from.zip(to).and_then(|(from, to)| {
            form.needed("to", Period::new(from, to), "The last day must be the first day or one after it")
        });
        if let (Some(report), Some(grouping)) = (report, grouping) {
            form.check(report.groupings().contains(&grouping), "group", "This report is not told apart by that");
        }
        form.finish()?;
        match (report, period, grouping) {
            (Some(report), Some(period), Some(grouping)) => {
                Ok((ReportOrder { report, period, grouping }, self.against))
            }
            (None, ..) | (_, None, _) | (.., None) => Err(Problem::unexpected("report")),
        }
    }
}

fn days(period: Period) -> String {
    if period.from() == period.to() {
        display::date(period.from())
    } else {
        format!("{} to {}", display::date(period.from()), display::date(period.to()))
    }
}

impl ReportTableView {
    /// A report as shown. `dispositions` are those of the desk, for their words.
    #[must_use]
    pub fn of(read: &ReportRead, dispositions: &[Disposition]) -> Self {
        let Table { report, period, grouping, .. } = read.table;
        // Rows of either time, so that what has come to nothing is seen.
        let mut keys: BTreeMap<&RowKey, [&[u64]; 2]> = BTreeMap::new();
        for row in &read.table.rows {
            keys.entry(&row.key).or_default()[0] = &row.numbers;
        }
        for row in read.before.iter().flat_map(|before| &before.rows) {
            keys.entry(&row.key).or_default()[1] = &row.numbers;
        }
        let width = read.table.total.len();
        let compared = read.before.is_some();
        let at = |numbers: &[u64], column: usize| numbers.get(column).copied().unwrap_or_default();
        let numbers = |[now, before]: [&[u64]; 2]| {
            let number =
                |column| ReportNumberView { now: at(now, column), before: compared.then(|| at(before, column)) };
            (0..width).map(number).collect()
        };
        let row = |(key, both): (&RowKey, _)| {
            let (label, detail) = words(key, grouping, read, dispositions);
            ReportRowView { key: key.code(), label, detail, numbers: numbers(both) }
        };
        let total_before = read.before.as_ref().map(|before| before.total.as_slice()).unwrap_or_default();
        Self {
            report: report.into(),
            from: period.from().to_string(),
            to: period.to().to_string(),
            days: days(period),
            days_before: read.before.as_ref().map(|before| days(before.period)),
            drawn: display::to_the_second(read.at),
            grouping: grouping.into(),
            rows: keys.into_iter().map(row).collect(),
            total: numbers([&read.table.total, total_before]),
            unreadable: unreadable(read.table.unreadable, read.before.as_ref().map(|before| before.unreadable)),
        }
    }

    /// The table as CSV (RFC 4180, UTF-8 with a mark, as spreadsheets expect it): first what it is in words, then, after an
    /// empty line, its heading, its rows and the total.
    ///
    /// # Errors
    /// A [`Problem`], should it ever not be possible.
    pub fn csv(&self) -> Result<String, Problem> {
        let ReportView { id, title, definition, columns, .. } = &self.report;
        let mut lines: Vec<Vec<String>> = vec![
            vec!["Report".to_owned(), format!("{id} {title}")],
            vec!["Definition".to_owned(), definition.clone()],
            vec!["Days".to_owned(), self.days.clone(), self.from.clone(), self.to.clone()],
        ];
        if let Some(before) = &self.days_before {
            lines.push(vec!["Compared with".to_owned(), before.clone()]);
        }
        lines.push(vec!["Drawn".to_owned(), self.drawn.clone()]);
        if !self.unreadable.is_empty() {
            lines.push(vec!["Not counted".to_owned(), self.unreadable.clone()]);
        }
        lines.extend(columns.iter().map(|column| vec![column.title.clone(), column.words.clone()]));
        lines.push(vec![String::new()]);
        let mut heading = vec![self.grouping.title.clone(), "Code".to_owned()];
        for column in columns {
            heading.push(column.title.clone());
            if self.days_before.is_some() {
                heading.push(format!("{}, before", column.title));
            }
        }
        lines.push(heading);
        let numbers = |numbers: &[ReportNumberView]| {
            let both = numbers.iter().flat_map(|number| [Some(number.now), number.before]);
            both.flatten().map(|number| number.to_string()).collect::<Vec<_>>()
        };
        for row in &self.rows {
            let code = if row.detail.is_empty() { &row.key } else { &row.detail };
            lines.push([vec![harmless(&row.label), harmless(code)], numbers(&row.numbers)].concat());
        }
        lines.push([vec!["Total".to_owned(), String::new()], numbers(&self.total)].concat());
        let mut csv = csv::WriterBuilder::new()
            .flexible(true)
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        let written = lines.iter().try_for_each(|line| csv.write_record(line));
        let bytes = written.ok().and_then(|()| csv.into_inner().ok());
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| Problem::unexpected("csv"))
    }

    /// What a file with it is called: `RP-01-service-2026-11-01-to-2026-11-30.csv`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{}-{}-to-{}.csv", self.report.id, self.grouping.code, self.from, self.to)
    }
}

/// A text from elsewhere that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// Label and detail of a row.
fn words(key: &RowKey, grouping: Grouping, read: &ReportRead, dispositions: &[Disposition]) -> (String, String) {
    match key {
        RowKey::Of(code) => match grouping {
            Grouping::Service => {
                let name = read.service_names.get(code);
                (name.cloned().unwrap_or_else(|| "Service without a known name".to_owned()), code.clone())
            }
            Grouping::Disposition => {
                let known = dispositions.iter().find(|known| known.code.as_str() == code);
                let description = known.map(|known| known.description.clone());
                (description.unwrap_or_else(|| "Outcome that this desk does not know".to_owned()), code.clone())
            }
            Grouping::Practice | Grouping::User | Grouping::Message | Grouping::Reason | Grouping::Approver => {
                (code.clone(), String::new())
            }
        },
        RowKey::Message(fault) => (Problem::not_booked(&NotBooked::Failure(fault.failure())).title, String::new()),
        RowKey::Reason(number) => {
            let known = reject_reasons(Role::Clinician).find(|reason| reason.id.to_string() == *number);
            let text = known.map_or("A reason that this desk does not know", |reason| reason.text);
            (text.to_owned(), number.clone())
        }
        RowKey::OwnWord(user) => (format!("{user}, on their own word"), String::new()),
        RowKey::AtTheDesk(user) => (format!("{user}, at the desk"), String::new()),
        RowKey::ByTelephone(number) => ("By telephone, not verified".to_owned(), format!("registration {number}")),
        RowKey::NotKnown => (NOT_KNOWN.to_owned(), String::new()),
    }
}

impl From<&BehindNumber> for BehindView {
    fn from(behind: &BehindNumber) -> Self {
        let told = behind.told.len();
        let left_out =
            if told < behind.events { format!("The first {told} of {} events", behind.events) } else { String::new() };
        Self { number: behind.number, left_out, events: behind.told.iter().map(BehindEventView::from).collect() }
    }
}

impl From<&ToldEvent> for BehindEventView {
    fn from(ToldEvent { behind, event, because }: &ToldEvent) -> Self {
        let because = behind.because.map(|number| as_reason(number, because.as_ref()));
        let (at, user, encounter) = match event {
            Some(Ok(event)) => (Some(event.at), event.user.clone().unwrap_or_default(), event.encounter),
            Some(Err(beside)) => (beside.at, beside.username.clone().unwrap_or_else(not_known), beside.encounter),
            None => (None, not_known(), None),
        };
        Self {
            number: behind.event,
            at: at.map_or_else(not_known, display::to_the_second),
            readable: matches!(event, Some(Ok(_))),
            what: what(event.as_ref()),
            user,
            encounter: encounter.map(|id| id.to_string()).unwrap_or_default(),
            amount: behind.amount,
            because: because.unwrap_or_default(),
        }
    }
}

fn not_known() -> String {
    NOT_KNOWN.to_owned()
}

/// The name of its kind, or what stands in the place of an event that cannot be read.
fn what(event: Option<&AsRecorded>) -> String {
    match event {
        Some(Ok(event)) => crate::audit::title(&event.kind),
        Some(Err(_)) => UNREADABLE.to_owned(),
        None => TAKEN_OUT.to_owned(),
    }
}

fn as_reason(number: u64, event: Option<&AsRecorded>) -> String {
    match event {
        Some(Ok(readable)) => format!("{}, {} (event {number})", what(event), display::to_the_second(readable.at)),
        Some(Err(_)) => format!("Event {number}, which cannot be read"),
        None => format!("Event {number}, which is not in the record any more"),
    }
}

/// That a report leaves events out, or nothing.
fn unreadable(now: u64, before: Option<u64>) -> String {
    let of = |events: u64, days: &str| match events {
        1 => format!("1 event of {days} cannot be read and is not counted"),
        more => format!("{more} events of {days} cannot be read and are not counted"),
    };
    let told: Vec<String> = [(now, "these days"), (before.unwrap_or_default(), "the days before")]
        .into_iter()
        .filter(|(events, _)| *events > 0)
        .map(|(events, days)| of(events, days))
        .collect();
    if told.is_empty() {
        return String::new();
    }
    format!("{}. Verify the audit record: that says where its chain breaks.", told.join("; "))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use desk_domain::outcome::dispositions;
    use desk_domain::reports::{Behind, BookingFault, Row};
    use desk_journeys::ports::UnreadableEvent;
    use desk_journeys::reports::Recorded;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn now() -> DateTime<Utc> {
        "2026-11-20T18:04:12Z".parse().expect("an instant")
    }

    fn table(report: StandardReport, grouping: Grouping, from: &str, to: &str, rows: Vec<(RowKey, Vec<u64>)>) -> Table {
        let period = Period::new(date(from), date(to)).expect("a period");
        let width = report.columns().len();
        let total = (0..width).map(|column| rows.iter().map(|(_, numbers)| numbers[column]).sum()).collect();
        let rows = rows.into_iter().map(|(key, numbers)| Row { key, numbers }).collect();
        Table { report, period, grouping, rows, total, unreadable: 0 }
    }

    fn of(text: &str) -> RowKey {
        RowKey::Of(text.to_owned())
    }

    fn against_october() -> ReportTableView {
        let report = StandardReport::BookingsAgainstReferrals;
        let november = vec![(of("111001"), vec![3, 2, 1, 1]), (RowKey::NotKnown, vec![1, 0, 0, 0])];
        let october = vec![(of("111001"), vec![5, 2, 2, 0]), (of("111002"), vec![0, 1, 0, 1])];
        let names = [("111001", "=cmd, “Walk-in” centre"), ("111002", "GP out of hours")];
        let read = ReportRead {
            at: now(),
            table: table(report, Grouping::Service, "2026-11-01", "2026-11-20", november),
            before: Some(table(report, Grouping::Service, "2026-10-01", "2026-10-20", october)),
            service_names: names.into_iter().map(|(id, name)| (id.to_owned(), name.to_owned())).collect(),
        };
        ReportTableView::of(&read, &[])
    }

    #[test]
    fn a_report_against_the_days_before_has_the_rows_of_both() {
        let view = against_october();
        let first: Vec<_> = view
            .rows
            .iter()
            .map(|row| (row.detail.as_str(), row.numbers.first().map(|number| (number.now, number.before))))
            .collect();
        let expected = [("111001", Some((3, Some(5)))), ("111002", Some((0, Some(0)))), ("", Some((1, Some(0))))];
        assert_eq!(first, expected, "one that has come to nothing, and one that is new");
        assert_eq!(view.total.first(), Some(&ReportNumberView { now: 4, before: Some(5) }), "both totals");
        assert_eq!(view.days_before.as_deref(), Some("01-Oct-2026 to 20-Oct-2026"), "and which days they are");
        assert_eq!(view.rows.last().map(|row| row.label.as_str()), Some("Not known"), "said so, and last");
    }

    #[test]
    fn a_report_as_csv_says_what_it_counts_and_no_text_of_it_is_a_formula() {
        let csv = against_october().csv().expect("CSV");
        let bare = csv.strip_prefix('\u{feff}').expect("the mark that spreadsheets look for");
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bare.as_bytes());
        let lines: Vec<Vec<String>> =
            reader.records().map(|line| line.expect("a line").iter().map(str::to_owned).collect()).collect();
        let definition = StandardReport::BookingsAgainstReferrals.definition();
        assert!(lines.contains(&vec!["Definition".to_owned(), definition.to_owned()]), "in words");
        let first = ["'=cmd, “Walk-in” centre", "111001", "3", "5", "2", "2", "1", "2", "1", "0"];
        assert!(lines.iter().any(|line| line == &first), "harmless, with both numbers of each column: {lines:?}");
        let total = ["Total", "", "4", "5", "2", "3", "1", "2", "1", "1"];
        assert_eq!(lines.last().map(Vec::as_slice), Some(total.map(str::to_owned).as_slice()), "the total last");
        assert_eq!(against_october().file_name(), "RP-01-service-2026-11-01-to-2026-11-20.csv", "a name that tells");
    }

    #[test]
    fn what_is_charted_is_a_column_of_its_report() {
        for report in StandardReport::ALL.map(ReportView::from) {
            let is_column = |code: &String| report.columns.iter().any(|column| column.code == *code);
            assert!((1..=2).contains(&report.charted.len()) && report.charted.iter().all(is_column), "{report:?}");
        }
    }

    #[test]
    fn every_kind_of_row_has_words() {
        let known = dispositions();
        let said = |key: &RowKey, grouping| {
            let report = StandardReport::Errors;
            let table = table(report, grouping, "2026-11-01", "2026-11-01", Vec::new());
            let read = ReportRead { at: now(), table, before: None, service_names: HashMap::new() };
            words(key, grouping, &read, &known)
        };
        let owned = |label: &str, detail: &str| (label.to_owned(), detail.to_owned());
        assert_eq!(said(&of("111009"), Grouping::Service).1, "111009", "a service whose name nobody told");
        let expected = owned("To contact a Primary Care Service within 6 hours", "Dx06");
        assert_eq!(said(&of("Dx06"), Grouping::Disposition), expected, "an outcome in its words");
        let reason = RowKey::Reason("42".to_owned());
        assert_eq!(said(&reason, Grouping::Reason), owned("Unsuitable due to distance", "42"), "a reason");
        let telephone = RowKey::ByTelephone("C1234567".to_owned());
        assert!(said(&telephone, Grouping::Approver).0.contains("not verified"), "nobody verified it");
        for fault in BookingFault::all() {
            assert!(!said(&RowKey::Message(fault), Grouping::Message).0.is_empty(), "{fault:?}: as the user read it");
        }
    }

    #[test]
    fn the_form_of_a_report_names_each_field_to_put_right() {
        let input = |report: &str, from: &str, to: &str, group: &str| ReportInput {
            report: report.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            group: group.to_owned(),
            against: false,
        };
        let wrong = |input: ReportInput| {
            let problem = input.read().expect_err("something is wrong");
            problem.fields.into_iter().map(|field| field.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(input("RP-15", "", "2026-02-30", "")), ["report", "from", "to"], "each");
        assert_eq!(wrong(input("RP-01", "2026-11-02", "2026-11-01", "")), ["to"], "the wrong way round");
        assert_eq!(wrong(input("RP-01", "2026-11-01", "2026-11-02", "message")), ["group"], "not of this report");
        let (order, _) = input("RP-06", "2026-11-01", "2026-11-02", "").read().expect("right");
        assert_eq!(order.grouping, Grouping::Message, "the one to begin with");
    }

    #[test]
    fn presets_are_local_days_and_end_today_or_before() {
        // Past midnight in the United Kingdom already.
        let now = "2026-06-30T23:30:00Z".parse().expect("an instant");
        let told: Vec<_> = presets(now).into_iter().map(|preset| (preset.label, preset.from, preset.to)).collect();
        let expected = [
            ("This month so far", "01-Jul-2026", "01-Jul-2026"),
            ("Last month", "01-Jun-2026", "30-Jun-2026"),
            ("This week so far", "29-Jun-2026", "01-Jul-2026"),
            ("Last week", "22-Jun-2026", "28-Jun-2026"),
            ("Today", "01-Jul-2026", "01-Jul-2026"),
        ];
        assert_eq!(told, expected.map(|(label, from, to)| (label.to_owned(), from.to_owned(), to.to_owned())), "all");
    }

    #[test]
    fn an_event_behind_a_number_is_told_with_the_one_that_says_why() {
        let recorded = |kind: &str| Ok(Recorded { at: now(), kind: kind.to_owned(), user: None, encounter: None });
        let told = ToldEvent {
            behind: Behind { event: 7, because: Some(3), amount: 1 },
            event: Some(recorded("referralMade")),
            because: Some(recorded("slotsSearched")),
        };
        let view = BehindView::from(&BehindNumber { number: 9, events: 9, told: vec![told] });
        assert_eq!(view.left_out, "The first 1 of 9 events", "what is not shown is said");
        let event = view.events.first().expect("one");
        assert_eq!((event.what.as_str(), event.number, event.readable), ("Referral made", 7, true), "what was counted");
        assert_eq!(event.because, "Slots searched, 20-Nov-2026 18:04:12 (event 3)", "and why as it was");
    }

    #[test]
    fn an_event_behind_a_number_that_cannot_be_read_or_is_gone_is_a_row_that_says_so() {
        let (username, kind) = (Some("handler".to_owned()), "referralMade".to_owned());
        let beside = UnreadableEvent { at: Some(now()), kind, username, encounter: None };
        let nothing = UnreadableEvent { at: None, kind: String::new(), username: None, encounter: None };
        let told = |event, because| {
            let view = BehindEventView::from(&ToldEvent {
                behind: Behind { event: 7, because: Some(3), amount: 2 },
                event,
                because,
            });
            assert_eq!((view.number, view.amount, view.readable), (7, 2, false), "it counts as it did");
            (view.what, view.at, view.user, view.because)
        };
        let row = |what: &str, at: &str, user: &str, because: &str| {
            (what.to_owned(), at.to_owned(), user.to_owned(), because.to_owned())
        };
        let expected = row(UNREADABLE, "20-Nov-2026 18:04:12", "handler", "Event 3, which cannot be read");
        assert_eq!(told(Some(Err(beside)), Some(Err(nothing.clone()))), expected, "with what stands beside it");
        let gone = "Event 3, which is not in the record any more";
        assert_eq!(
            told(Some(Err(nothing)), None),
            row(UNREADABLE, "Not known", "Not known", gone),
            "as far as it goes"
        );
        assert_eq!(told(None, None), row(TAKEN_OUT, "Not known", "Not known", gone), "one that was taken out");
    }

    #[test]
    fn a_report_that_leaves_events_out_says_how_many() {
        let end = "Verify the audit record: that says where its chain breaks.";
        assert_eq!(unreadable(0, Some(0)), "", "nothing to say");
        let one = "1 event of these days cannot be read and is not counted";
        assert_eq!(unreadable(1, None), format!("{one}. {end}"), "one");
        let both = "2 events of these days cannot be read and are not counted; 1 event of the days before cannot be read and is \
                    not counted";
        assert_eq!(unreadable(2, Some(1)), format!("{both}. {end}"), "and what it is compared with");
        let mut view = against_october();
        view.unreadable = unreadable(1, None);
        assert!(view.csv().expect("CSV").contains(&format!("Not counted,{one}")), "the file says so, too");
    }
}
