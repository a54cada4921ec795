//! Reports: what there is to read, a report as a table, what is behind a number, the table as a file.

use desk_contract::problem::Problem;
use desk_contract::reports::{BehindInput, BehindView, ReportInput, ReportTableView, ReportsView};
use tauri::path::BaseDirectory;
use tauri::{AppHandle, Manager, State};

use super::told;
use crate::desk_state::DeskState;

#[tauri::command]
pub(crate) async fn reports(state: State<'_, DeskState>) -> Result<ReportsView, Problem> {
    let (wired, _) = state.at_the_desk().await?;
    Ok(ReportsView::of(wired.composed.desk.now()))
}

#[tauri::command]
pub(crate) async fn report(state: State<'_, DeskState>, input: ReportInput) -> Result<ReportTableView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (order, against) = input.read()?;
    let desk = &wired.composed.desk;
    let read = desk.read_report(&who, order, against).await.map_err(|error| told(&error))?;
    Ok(ReportTableView::of(&read, desk.dispositions()))
}

#[tauri::command]
pub(crate) async fn behind_number(state: State<'_, DeskState>, input: BehindInput) -> Result<BehindView, Problem> {
    let (wired, who) = state.at_the_desk().await?;
    let (order, _) = input.order.read()?;
    let behind = wired.composed.desk.behind_number(&who, order, input.row.as_deref(), &input.column).await;
    Ok(BehindView::from(&behind.map_err(|error| told(&error))?))
}

/// Saves a report as CSV where the user finds it; earlier files stay. Says where.
#[tauri::command]
pub(crate) async fn save_report(
    app: AppHandle,
    state: State<'_, DeskState>,
    input: ReportInput,
) -> Result<String, Problem> {
    let table = report(state, input).await?;
    let (name, text) = (table.file_name(), table.csv()?);
    let place = |folder| app.path().resolve(&name, folder);
    let file = place(BaseDirectory::Download).or_else(|_| place(BaseDirectory::Document)).map_err(|_| not_saved())?;
    let saved = tauri::async_runtime::spawn_blocking(move || new_file(&file, &text));
    let saved = saved.await.map_err(|_| Problem::unexpected("save"))?.map_err(|error| {
        tracing::error!(%error, "a report could not be saved");
        not_saved()
    })?;
    Ok(saved.display().to_string())
}

/// Writes a file, under another name where there is one of that name already: `… (2).csv`.
fn new_file(wanted: &std::path::Path, text: &str) -> std::io::Result<std::path::PathBuf> {
    if let Some(folder) = wanted.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let stem = wanted.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut file = wanted.to_owned();
    let mut number = 2;
    loop {
        match std::fs::File::create_new(&file) {
            Ok(mut new) => {
                // A part of it would be taken for the report.
                let written = std::io::Write::write_all(&mut new, text.as_bytes());
                return written.inspect_err(|_| drop(std::fs::remove_file(&file))).map(|()| file);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                file = wanted.with_file_name(format!("{stem} ({number}).csv"));
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn not_saved() -> Problem {
    Problem::misconfigured(
        "The report could not be saved on this computer: there is no folder for it, or the disk is full.",
    )
}

#[cfg(test)]
mod tests {
    use super::new_file;

    #[test]
    fn a_report_that_was_saved_before_is_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let wanted = folder.path().join("saved").join("RP-01.csv");
        let first = new_file(&wanted, "one").expect("saved");
        let second = new_file(&wanted, "two").expect("saved");
        assert_eq!(second.file_name().and_then(|name| name.to_str()), Some("RP-01 (2).csv"), "beside it");
        let texts = [first, second].map(|file| std::fs::read_to_string(file).expect("text"));
        assert_eq!(texts, ["one", "two"], "each as it was");
    }
}
