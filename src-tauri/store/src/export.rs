//! Writing the audit record to files: JSON Lines, from which the chain can be verified by anybody, CSV for people, and a
//! manifest with the hash of each. One event in memory at a time.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use desk_domain::audit::{AuditEvent, AuditFilter};
use desk_domain::canonical::whole;
use desk_domain::chain::{Hash, Stored};
use desk_journeys::ports::{AuditExport, ExportFailure, ExportedFile, LongWalk, RecordedEvent};
use rusqlite::{Connection, Row, params_from_iter};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::audit::{head, recorded};
use crate::chain::{number_of, personal, stored};
use crate::error::StoreError;
use crate::instant;
use crate::sought::Sought;

const JSON_LINES: &str = "audit.jsonl";
const CSV: &str = "audit.csv";
const MANIFEST: &str = "manifest.json";

const HEADINGS: [&str; 15] = [
    "number",
    "at",
    "kind",
    "outcome",
    "username",
    "role",
    "organisation",
    "device",
    "encounter",
    "patient",
    "service",
    "request",
    "personal part",
    "what",
    "hash",
];

/// Writes what a filter leaves in, oldest first. Files that are there already stay, and nothing is written. None where it
/// was stopped.
pub(crate) fn export(
    connection: &Connection,
    filter: AuditFilter,
    folder: &Path,
    made: DateTime<Utc>,
    walk: &LongWalk,
) -> Result<Option<AuditExport>, StoreError> {
    let made_here = !folder.exists();
    std::fs::create_dir_all(folder).map_err(told)?;
    if [JSON_LINES, CSV, MANIFEST].into_iter().any(|name| folder.join(name).exists()) {
        return Err(StoreError::ExportedAlready);
    }
    let written = write_all(connection, filter, folder, made, walk);
    if !matches!(written, Ok(Some(_))) {
        // A part that looks like a whole is worse than nothing.
        for name in [JSON_LINES, CSV, MANIFEST] {
            drop(std::fs::remove_file(folder.join(name)));
        }
        if made_here {
            drop(std::fs::remove_dir(folder));
        }
    }
    written
}

/// What a failure is to whoever wanted the files; what is not about the files is the record's own.
pub(crate) fn failure(error: StoreError) -> ExportFailure {
    if error == StoreError::ExportedAlready {
        return ExportFailure::ThereAlready;
    }
    if error == StoreError::Full {
        return ExportFailure::DiskFull;
    }
    if matches!(error, StoreError::Export(_) | StoreError::ReadOnly) {
        return ExportFailure::NotWritable;
    }
    ExportFailure::Record(error.into())
}

fn write_all(
    connection: &Connection,
    filter: AuditFilter,
    folder: &Path,
    made: DateTime<Utc>,
    walk: &LongWalk,
) -> Result<Option<AuditExport>, StoreError> {
    let mut lines = Hashed::create(folder, JSON_LINES)?;
    let mut csv = csv::Writer::from_writer(Hashed::create(folder, CSV)?);
    csv.write_record(HEADINGS).map_err(|error| told(error.into()))?;
    let sought = Sought::of(connection, &filter)?;
    let count = format!("SELECT count(*) FROM ({})", sought.numbers());
    walk.begin(connection.query_row(&count, params_from_iter(sought.values()), |row| number_of(row, 0))?);
    let mut statement = connection.prepare(&sought.events())?;
    let mut rows = statement.query(params_from_iter(sought.values()))?;
    let (mut events, mut unreadable) = (0, 0);
    while let Some(row) = rows.next()? {
        serde_json::to_writer(&mut lines, &Line::of(row)?)?;
        lines.write_all(b"\n").map_err(told)?;
        let recorded = recorded(row)?;
        events += 1;
        unreadable += u64::from(recorded.event.is_err());
        csv.write_record(cells(row, recorded)?).map_err(|error| told(error.into()))?;
        if !walk.step() {
            return Ok(None);
        }
    }
    let csv = csv.into_inner().map_err(|error| told(error.into_error()))?;
    let files = vec![lines.done(JSON_LINES)?, csv.done(CSV)?];
    let export = AuditExport { filter, events, unreadable, head: head(connection)?, files };
    let mut manifest = Hashed::create(folder, MANIFEST)?;
    serde_json::to_writer_pretty(&mut manifest, &Manifest { made: instant(made), export: &export })?;
    manifest.done(MANIFEST)?;
    Ok(Some(export))
}

fn told(error: std::io::Error) -> StoreError {
    let what = error.to_string();
    let told = StoreError::from(error);
    if matches!(told, StoreError::Folder(_)) { StoreError::Export(what) } else { told }
}

/// What the table says of an event that cannot be read.
const UNREADABLE: &str = "This event cannot be read; verifying the record says where the chain breaks";

/// A line of JSON: all that the chain covers, the salt and the personal part where they are there still, the hash. What is no
/// JSON stands there as text, under another name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    number: u64,
    previous: Hash,
    at: &'a str,
    kind: &'a str,
    username: Option<&'a str>,
    encounter: Option<&'a str>,
    patient: Option<&'a str>,
    service: Option<&'a str>,
    request: Option<&'a str>,
    format: i64,
    event: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_as_it_stands: Option<&'a str>,
    commitment: Option<Hash>,
    salt: Option<String>,
    personal: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal_as_it_stands: Option<&'a str>,
    hash: Hash,
}

/// A text as the JSON that it is; as itself where it is none, or would not stay on its line.
fn json(text: &str) -> (Option<&RawValue>, Option<&str>) {
    match serde_json::from_str(text) {
        Ok(json) if !text.contains(['\n', '\r']) => (Some(json), None),
        Ok(_) | Err(_) => (None, Some(text)),
    }
}

impl<'a> Line<'a> {
    fn of(row: &'a Row<'_>) -> Result<Self, StoreError> {
        let Stored { link, hash } = stored(row)?;
        let (salt, personal) = personal(row)?.unzip();
        let (event, event_as_it_stands) = json(link.plain);
        let (personal, personal_as_it_stands) = personal.map_or((None, None), json);
        Ok(Self {
            number: link.number,
            previous: link.previous,
            at: link.at,
            kind: link.kind,
            username: link.username,
            encounter: link.encounter,
            patient: link.patient,
            service: link.service,
            request: link.request,
            format: link.format,
            event,
            event_as_it_stands,
            commitment: link.commitment,
            salt: salt.map(|salt| salt.iter().map(|byte| format!("{byte:02x}")).collect()),
            personal,
            personal_as_it_stands,
            hash,
        })
    }
}

/// A line of CSV, as [`HEADINGS`] name it.
fn cells(row: &Row<'_>, recorded: RecordedEvent) -> Result<[String; HEADINGS.len()], StoreError> {
    let Stored { link, .. } = stored(row)?;
    let RecordedEvent { number, event, personal_removed, hash, .. } = recorded;
    let (outcome, who, desk, what) = match event {
        Ok(AuditEvent { who, desk, outcome, what, .. }) => (<&str>::from(outcome), who, desk, whole(&what)?),
        Err(_) => ("", None, None, UNREADABLE.to_owned()),
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let personal = match (link.commitment, personal_removed) {
        (None, _) => "none",
        (Some(_), false) => "kept",
        (Some(_), true) => "removed",
    };
    let (organisation, device) = desk.map(|desk| (desk.organisation.to_string(), desk.device)).unwrap_or_default();
    let cells = [
        number.to_string(),
        link.at.to_owned(),
        link.kind.to_owned(),
        outcome.to_owned(),
        text(link.username),
        who.map(|who| who.role.words().to_owned()).unwrap_or_default(),
        organisation,
        device,
        text(link.encounter),
        text(link.patient),
        text(link.service),
        text(link.request),
        personal.to_owned(),
        what,
        hash.to_string(),
    ];
    Ok(cells.map(no_formula))
}

/// A cell that no spreadsheet takes for a formula.
fn no_formula(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    /// When it was made (UTC).
    made: String,
    #[serde(flatten)]
    export: &'a AuditExport,
}

/// A file, its length and its hash while it is written. Its owner alone may read it.
struct Hashed {
    file: BufWriter<File>,
    bytes: u64,
    digest: Sha256,
}

impl Hashed {
    fn create(folder: &Path, name: &str) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = BufWriter::new(options.open(folder.join(name)).map_err(told)?);
        Ok(Self { file, bytes: 0, digest: Sha256::new() })
    }

    /// All of it is on disk.
    fn done(self, name: &str) -> Result<ExportedFile, StoreError> {
        let file = self.file.into_inner().map_err(|error| told(error.into_error()))?;
        file.sync_all().map_err(told)?;
        let sha256 = Hash::from(<[u8; 32]>::from(self.digest.finalize()));
        Ok(ExportedFile { name: name.to_owned(), bytes: self.bytes, sha256 })
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        self.bytes += u64::try_from(written).unwrap_or_default();
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::no_formula;

    #[test]
    fn a_spreadsheet_shows_what_was_typed_and_computes_nothing() {
        for typed in ["=1+1", "+44 1632 960123", "-", "@SUM(A1)"] {
            assert_eq!(no_formula(typed.to_owned()), format!("'{typed}"), "as text");
        }
        assert_eq!(no_formula("Dx06 = 6 h".to_owned()), "Dx06 = 6 h", "anything else stays");
    }
}
