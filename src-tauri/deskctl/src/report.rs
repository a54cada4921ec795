//! `report`: the reports of the standard (RP-01 to RP-14), and the events behind their numbers. Supervisors only.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use desk_contract::reports::{BehindView, ReportInput, ReportTableView, ReportsView};
use desk_journeys::{Desk, SignedIn};
use serde_json::json;

use crate::verbs::{Done, field, print, told};

/// A report, or without its id the list of reports with what each counts.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Which: RP-01 to RP-14.
    #[arg(value_name = "REPORT", requires_all = ["from", "to"])]
    report: Option<String>,
    /// First day, UK time.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<String>,
    /// Last day, included.
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// By what its numbers are told apart: service, practice, disposition, user, message, reason, approver; which of them a
    /// report has, the list of reports says. The report's first where left out.
    #[arg(long, value_name = "GROUP", default_value = "")]
    group: String,
    /// Beside the same over the days before: the month before of a month, as many days before of other days.
    #[arg(long)]
    against: bool,
    /// File that the table is written to as well, as CSV; one that is there already stays.
    #[arg(long, value_name = "FILE", requires = "report", conflicts_with = "column")]
    csv: Option<PathBuf>,
    /// The events behind the number in this column, by its code; of the total, where no row is named.
    #[arg(long, value_name = "CODE", requires = "report", conflicts_with = "against")]
    column: Option<String>,
    /// Key of the row.
    #[arg(long, value_name = "KEY", requires = "column")]
    row: Option<String>,
}

pub(crate) async fn report(desk: &Desk, who: &SignedIn, arguments: &ReportArguments) -> Done {
    let ReportArguments { report, from, to, group, against, csv, column, row } = arguments;
    let Some(report) = report.clone() else { return print(&ReportsView::of(desk.now())) };
    let [from, to] = [from, to].map(|day| day.clone().unwrap_or_default());
    let (order, against) = ReportInput { report, from, to, group: group.clone(), against: *against }.read()?;
    if let Some(column) = column {
        let behind = desk.behind_number(who, order, row.as_deref(), column).await.map_err(told)?;
        return print(&BehindView::from(&behind));
    }
    let read = desk.read_report(who, order, against).await.map_err(told)?;
    let table = ReportTableView::of(&read, desk.dispositions());
    let Some(file) = csv else { return print(&table) };
    let text = table.csv()?;
    whole_or_not(file, &text)
        .map_err(|error| field("csv", &format!("{} cannot be written: {error}", file.display())))?;
    print(&json!({ "file": file, "table": table }))
}

/// Writes a new file. One that could not be written whole does not stay: it would be taken for the report.
fn whole_or_not(file: &Path, text: &str) -> std::io::Result<()> {
    let mut new = std::fs::File::create_new(file)?;
    new.write_all(text.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(file)))
}
