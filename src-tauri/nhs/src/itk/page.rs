//! A referral on paper as a page for people: HTML, whole in one file, for a service that reads its mail and nothing else. It
//! tells what the document tells, out of the same report; nothing in it is fetched, and nothing in it runs.

use desk_domain::paper::{Paper, PaperDocument, PaperSender, Part};
use desk_domain::personal::Personal;
use desk_domain::report::{Block, BookedSlot, Report};
use desk_journeys::ports::ReferralContent;

use super::document::{Form, Sender};
use super::markup::{Tag, tag, writable};

/// Black on white, and nothing that a printer or a mail program has not got. No quotation marks: they would be escaped.
///
/// The head of the table around everything is for paper: browsers repeat it on every sheet, with the three identifiers.
const STYLE: &str = "body{font-family:Arial,sans-serif;font-size:16px;line-height:1.4;color:#000;background:#fff;\
     max-width:52em;margin:1em auto;padding:0 1em}h1{font-size:1.6em;margin:0 0 .2em}h2{font-size:1.2em;margin:1.2em 0 .3em;\
     border-bottom:1px solid #666;break-after:avoid}table{border-collapse:collapse;width:100%;table-layout:fixed}\
     th,td{text-align:left;vertical-align:top;padding:.3em .6em .3em 0;border-bottom:1px solid #ccc}th[scope=row]{width:13em}\
     th,td,p,h1,h2{overflow-wrap:anywhere}section tr{break-inside:avoid}.who{border:2px solid #000;padding:0 1em .5em;\
     margin-top:1em}.who h2{margin-top:.5em}.invented{border:2px dashed #000;padding:.3em .6em;font-weight:700}\
     p{margin:.3em 0;orphans:3;widows:3}.sheet>*>tr>td{border:0;padding:0}.head{display:none}\
     @media print{@page{margin:15mm;@bottom-right{content:counter(page)}}body{font-size:11pt;margin:0;padding:0;max-width:none}\
     .head{display:table-header-group;break-inside:avoid}.head td{border-bottom:1px solid #000;font-weight:700}a{display:none}}";

/// A referral on paper.
pub(super) fn paper(content: &ReferralContent, form: Form, sender: &Sender<'_>) -> Paper {
    let booked = content.booking.as_ref().map(|booking| BookedSlot { url: &booking.url, slot: &booking.slot });
    let report = Report::of(&content.encounter, &content.outcome, &content.service, booked);
    let (id, made, to) = (content.document, content.made, content.service.name.as_str());
    let organisation = sender.organisation;
    let by = PaperSender {
        author: &content.author,
        organisation: &organisation.name,
        ods_code: &organisation.ods_code,
        call_back: sender.settings.call_back.as_deref(),
        traced: sender.settings.nhs_numbers_traced,
        demonstration: sender.settings.demonstration,
    };
    Paper::of(report, &content.encounter.patient, PaperDocument { title: form.title(), id, made, to }, by)
}

/// The page.
///
/// # Errors
/// It cannot be written.
pub(super) fn page(paper: &Paper) -> std::io::Result<String> {
    let head = tag("head")
        .holding(tag("meta").with("charset", "utf-8"))
        // The patient is not in it: titles stand in lists of windows.
        .holding(tag("title").saying(paper.title))
        .holding(tag("style").saying(STYLE));
    let invented = paper.invented.then(|| tag("p").with("class", "invented").saying(INVENTED));
    let top = tag("header")
        .holding(tag("h1").saying(paper.title))
        .holding(tag("p").saying(&format!("To {}, from {}", paper.to, paper.from)))
        .holding_all(invented);
    let parts = paper.parts.iter().enumerate().map(|(number, told)| part(told, number == 0));
    let all = tag("td").holding(top).holding(tag("main").holding_all(parts));
    let row = |cell: Tag| tag("tr").holding(cell);
    let sheet = tag("table")
        .with("class", "sheet")
        .with("role", "presentation")
        .holding(tag("thead").with("class", "head").holding(row(tag("td").saying(paper.identifiers.reveal()))))
        .holding(tag("tbody").holding(row(all)));
    let html = tag("html").with("lang", "en-GB").holding(head).holding(tag("body").holding(sheet));
    Ok(format!("<!DOCTYPE html>\n{}\n", html.to_xml()?))
}

/// What a demonstration's paper says of itself (H17).
const INVENTED: &str = "DEMONSTRATION: patient, service and referral are invented";

fn part(told: &Part, is_patient: bool) -> Tag {
    let blocks = told.blocks.iter().map(|block| match block {
        Block::Text(said) => lines(tag("p"), said.reveal()),
        Block::Facts(rows) => facts(rows.iter().map(|(name, value)| (*name, value.reveal().as_str()))),
        Block::Table { headings, rows } => table(*headings, rows),
        Block::Link { words, url } => tag("p").holding(tag("a").with("href", url).saying(words)),
    });
    let section = tag("section");
    let section = if is_patient { section.with("class", "who") } else { section };
    section.holding(tag("h2").saying(&told.heading)).holding_all(blocks)
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
