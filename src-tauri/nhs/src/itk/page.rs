//! The document of a referral as a page for people: HTML, whole in one file, for a service that reads its mail and nothing
//! else. It tells what the document tells, out of the same report; nothing in it is fetched, and nothing in it runs.

use chrono::{DateTime, Utc};
use desk_domain::calendar::{local, zone_name};
use desk_domain::patient::{Gender, Patient};
use desk_domain::personal::Personal;
use desk_domain::report::{Block, BookedSlot, Report, Section};
use desk_journeys::ports::ReferralContent;

use super::document::{Form, Sender, upper};
use super::markup::{Tag, tag, writable};

/// Black on white, and nothing that a printer or a mail program has not got. No quotation marks: they would be escaped.
const STYLE: &str = "body{font-family:Arial,sans-serif;font-size:16px;line-height:1.4;color:#000;background:#fff;\
     max-width:52em;margin:1em auto;padding:0 1em}h1{font-size:1.6em;margin:0 0 .2em}h2{font-size:1.2em;margin:1.4em 0 .3em;\
     border-bottom:1px solid #666}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;\
     padding:.3em .6em .3em 0;border-bottom:1px solid #ccc}th[scope=row]{width:14em}.who{border:2px solid #000;padding:.5em 1em}\
     p{margin:.3em 0}section{break-inside:avoid}";

/// The page. The content has no gaps any more.
///
/// # Errors
/// It cannot be written.
pub(super) fn page(content: &ReferralContent, form: Form, sender: &Sender<'_>) -> std::io::Result<String> {
    let booked = content.booking.as_ref().map(|booking| BookedSlot { url: &booking.url, slot: &booking.slot });
    let report = Report::of(&content.encounter, &content.outcome, &content.service, booked);
    let head = tag("head")
        .holding(tag("meta").with("charset", "utf-8"))
        // The patient is not in it: titles stand in lists of windows.
        .holding(tag("title").saying(form.title()))
        .holding(tag("style").saying(STYLE));
    let top = tag("header")
        .holding(tag("h1").saying(form.title()))
        .holding(tag("p").saying(&format!("To {}, from {}", content.service.name, sender.organisation.name)));
    let body = tag("body")
        .holding(top)
        .holding(patient(&content.encounter.patient, sender.settings.nhs_numbers_traced))
        .holding(tag("main").holding_all(report.sections.iter().map(section)))
        .holding(written_by(content, sender));
    let html = tag("html").with("lang", "en-GB").holding(head).holding(body);
    Ok(format!("<!DOCTYPE html>\n{}\n", html.to_xml()?))
}

fn patient(patient: &Patient, traced: bool) -> Tag {
    let number = patient.nhs_number.as_ref().map_or_else(
        || "Not known".to_owned(),
        |number| if traced { number.grouped() } else { format!("{} (not traced)", number.grouped()) },
    );
    let gender = match patient.gender {
        Gender::Female => "Female",
        Gender::Male => "Male",
        Gender::Other => "Not specified",
        Gender::Unknown => "Not known",
    };
    let lines = patient.address.lines.iter().chain([&patient.address.town]).map(|line| line.reveal().trim().to_owned());
    let address = lines.chain([patient.address.postcode.as_str().to_owned()]).filter(|line| !line.is_empty());
    let rows = [
        ("Patient", patient.name.displayed()),
        ("Born", patient.birth_date.reveal().format("%d-%b-%Y").to_string()),
        ("Gender", gender.to_owned()),
        ("NHS number", number),
        ("Address", address.collect::<Vec<_>>().join("\n")),
        ("GP practice", patient.gp_practice.as_ref().map_or_else(|| "Not known".to_owned(), ToString::to_string)),
    ];
    tag("div").with("class", "who").holding(facts(rows.iter().map(|(name, value)| (*name, value.as_str()))))
}

fn written_by(content: &ReferralContent, sender: &Sender<'_>) -> Tag {
    let organisation = sender.organisation;
    let mut rows = vec![
        ("Written by", format!("{}, {}", content.author.name.spoken(), content.author.role.words())),
        ("Organisation", format!("{} ({})", organisation.name, organisation.ods_code)),
    ];
    rows.extend(sender.settings.call_back.clone().map(|number| ("Call back on", number)));
    rows.push(("Made", moment(content.made)));
    rows.push(("Document", upper(content.document.0)));
    tag("footer")
        .holding(tag("h2").saying("Who sends this"))
        .holding(facts(rows.iter().map(|(name, value)| (*name, value.as_str()))))
}

fn section(told: &Section) -> Tag {
    let blocks = told.blocks.iter().map(|block| match block {
        Block::Text(said) => lines(tag("p"), said.reveal()),
        Block::Facts(rows) => facts(rows.iter().map(|(name, value)| (*name, value.reveal().as_str()))),
        Block::Table { headings, rows } => table(*headings, rows),
        // Said as well, so that paper has it.
        Block::Link { words, url } => {
            tag("p").holding(tag("a").with("href", url).saying(words)).saying(&format!(": {url}"))
        }
    });
    tag("section").holding(tag("h2").saying(&told.heading)).holding_all(blocks)
}

fn facts<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> Tag {
    let row = |(name, value): (&str, &str)| {
        tag("tr").holding(tag("th").with("scope", "row").saying(name)).holding(lines(tag("td"), value))
    };
    tag("table").holding(tag("tbody").holding_all(rows.map(row)))
}

fn table(headings: [&str; 2], rows: &[[Personal<String>; 2]]) -> Tag {
    let head = headings.map(|heading| tag("th").with("scope", "col").saying(heading));
    let row =
        |row: &[Personal<String>; 2]| tag("tr").holding_all(row.iter().map(|cell| lines(tag("td"), cell.reveal())));
    tag("table")
        .holding(tag("thead").holding(tag("tr").holding_all(head)))
        .holding(tag("tbody").holding_all(rows.iter().map(row)))
}

/// Text with its line breaks.
fn lines(into: Tag, said: &str) -> Tag {
    let said = writable(said);
    let mut lines = said.split('\n');
    let first = into.saying(lines.next().unwrap_or_default());
    lines.fold(first, |into, line| into.holding(tag("br")).saying(line))
}

/// `20-Nov-2026 14:30 GMT`, UK local time.
fn moment(at: DateTime<Utc>) -> String {
    format!("{} {}", local(at).format("%d-%b-%Y %H:%M"), zone_name(at))
}
