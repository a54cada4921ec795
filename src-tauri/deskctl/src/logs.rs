//! `logs`: everything on a reference that a user quotes, oldest first: lines of the log, exchanges, audit events, orders.
//! Supervisors only; nothing personal is among it.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use desk_composition::Composed;
use desk_composition::logging::{Found, lines_on};
use desk_contract::display::{NOT_KNOWN, instant};
use desk_domain::id::short_reference;
use desk_domain::reference::Reference;
use desk_journeys::SignedIn;
use desk_journeys::references::UnderReference;
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::{give, say};
use crate::verbs::{Done, print, told};

/// Which reference.
#[derive(Debug, Args)]
pub(crate) struct LogsArguments {
    /// As a screen shows it; or the whole id of a request, a search, a trace or an order; or a correlation id.
    #[arg(long, value_name = "REFERENCE")]
    reference: String,
    /// As text for people, a line each.
    #[arg(long)]
    text: bool,
}

/// One thing that was found.
#[derive(Debug, Serialize)]
struct Entry {
    /// None, and first, where that cannot be read.
    at: Option<DateTime<Utc>>,
    source: &'static str,
    what: Value,
    #[serde(skip)]
    words: String,
}

pub(crate) async fn logs(composed: &Composed, who: &SignedIn, arguments: &LogsArguments) -> Done {
    let (reference, under) = composed.desk.under_reference(who, &arguments.reference).await.map_err(told)?;
    let mut wanted: Vec<String> = vec![arguments.reference.trim().to_owned(), reference.shown()];
    wanted.extend(reference.id_begins());
    wanted.extend(under.ids.iter().flat_map(|id| [id.to_string(), short_reference(*id)]));
    let found = lines_on(&composed.data_folder, &wanted);
    let entries = entries(&under, &found);
    let looked = looked_over(&found);
    if entries.is_empty() {
        say(&format!("Nothing was found on {}. {looked}", shown(&reference)));
    }
    if arguments.text {
        return print_text(&entries, &looked);
    }
    print(&json!({
        "reference": reference.shown(),
        "ids": under.ids,
        "logsFrom": found.from,
        "logsTo": found.to,
        "logsNotRead": found.not_read,
        "found": entries.len(),
        "entries": entries,
    }))
}

fn shown(reference: &Reference) -> String {
    match reference {
        Reference::Id(id) => id.to_string(),
        Reference::Short(_) | Reference::Other(_) => reference.shown(),
    }
}

/// What was looked over, in words.
fn looked_over(found: &Found) -> String {
    let logs = match (found.from, found.to) {
        (Some(from), Some(to)) => format!("Looked over the logs from {from} to {to}, and the whole record."),
        (_, None) | (None, _) => "There are no logs; looked over the whole record.".to_owned(),
    };
    match found.not_read {
        0 => logs,
        count => format!("{logs} Log files that could not be read: {count}."),
    }
}

fn entries(under: &UnderReference, found: &Found) -> Vec<Entry> {
    let mut entries = Vec::new();
    for line in &found.lines {
        let text = |name: &str| line.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let words = format!("{} {}: {}", text("level"), text("program"), text("message"));
        entries.push(Entry { at: Some(line.at), source: "log", what: Value::Object(line.fields.clone()), words });
    }
    for exchange in &under.exchanges {
        let ended = match (&exchange.failure, exchange.status) {
            (Some(failure), Some(status)) => format!("answered {status}, {failure}"),
            (Some(failure), None) => failure.clone(),
            (None, Some(status)) => format!("answered {status}"),
            (None, None) => "answered".to_owned(),
        };
        let took = exchange.took.as_millis();
        let words = format!("{}, {}: {ended}, after {took} ms", exchange.system, exchange.operation);
        entries.push(Entry { at: Some(exchange.at), source: "exchange", what: json!(exchange), words });
    }
    for event in &under.events {
        let who = event.username.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
        let words = format!("number {}, {} by {who}", event.number, event.kind);
        let what = json!({ "number": event.number, "event": event.event });
        entries.push(Entry { at: event.at, source: "audit", what, words });
    }
    for order in &under.orders {
        let settled = order.results.iter().any(|(_, settled)| *settled);
        let results = order.results.iter().map(|(at, settled)| json!({ "at": at, "settled": settled }));
        let results: Vec<Value> = results.collect();
        let words = format!(
            "{} of encounter {}: {}",
            order.kind,
            order.encounter,
            if settled { "settled" } else { "not settled" }
        );
        let what = json!({ "intent": order.id, "kind": order.kind, "request": order.request,
            "encounter": order.encounter, "results": results, "detailsRemoved": order.removed });
        entries.push(Entry { at: Some(order.ordered), source: "order", what, words });
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn print_text(entries: &[Entry], looked: &str) -> Done {
    for Entry { at, source, words, .. } in entries {
        let at = at.map_or_else(|| format!("{NOT_KNOWN:24}"), instant);
        give(&format!("{at}  {source:8}  {words}"));
    }
    give(looked);
    Ok(ExitCode::SUCCESS)
}
