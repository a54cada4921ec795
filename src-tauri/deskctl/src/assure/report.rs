//! The evidence: a summary first, then each scenario with what was found, then every exchange.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use desk_composition::Composed;
use serde_json::{Value, json};

use crate::assure::Run;
use crate::assure::masking::Mask;
use crate::assure::recorder::Seen;
use crate::assure::scenarios::{Judged, Verdict};
use crate::assure::wire;

/// A report, masked.
pub(crate) struct Report {
    pub(crate) at: DateTime<Utc>,
    about: Vec<(&'static str, String)>,
    judged: Vec<Judged>,
    exchanges: Vec<Value>,
}

impl Report {
    /// Of a run.
    pub(crate) fn of(run: &Run, judged: &[Judged], composed: &Composed, mask: Mask) -> Self {
        let at = composed.desk.now();
        let user = run.who.user();
        let proxy = run.systems.proxy.clone().unwrap_or_else(|| "none: providers are asked directly".to_owned());
        let about = vec![
            ("Software", format!("Booking Desk {}", env!("CARGO_PKG_VERSION"))),
            ("Organisation", format!("{} ({})", composed.organisation, run.systems.our_ods_code)),
            ("Our ASID", run.systems.our_asid.clone()),
            (
                "Against",
                if composed.demonstration { "the demonstration NHS" } else { "the configured systems" }.to_owned(),
            ),
            ("Directory of Services", run.systems.dos.clone()),
            ("Spine directory", run.systems.sds.clone()),
            ("Spine proxy", proxy),
            ("Driven by", format!("{} ({})", user.username, user.role.words())),
            ("When (UTC)", at.format("%Y-%m-%d %H:%M:%S").to_string()),
            ("When (UK)", desk_contract::display::to_the_second(at)),
        ];
        let judged = judged.iter().map(|one| one.masked(|text| mask.text(text))).collect();
        let exchanges = (1..).zip(&run.seen).map(|(number, seen)| exchange(number, seen, &mask)).collect();
        Self { at, about, judged, exchanges }
    }

    /// Whether every scenario was met.
    pub(crate) fn all_met(&self) -> bool {
        self.judged.iter().all(|one| one.verdict == Verdict::Met)
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.judged.iter().filter(|one| one.verdict == verdict).count()
    }

    /// One line, and a line for each scenario that was not met.
    pub(crate) fn summary(&self) -> String {
        let mut text = format!(
            "{} scenarios: {} met, {} not met, {} not run",
            self.judged.len(),
            self.count(Verdict::Met),
            self.count(Verdict::NotMet),
            self.count(Verdict::NotRun)
        );
        for one in self.judged.iter().filter(|one| one.verdict != Verdict::Met) {
            let why = one.findings.iter().filter(|finding| !finding.holds).map(|finding| finding.what.as_str());
            let _ = write!(
                text,
                "\n  {} {}: {} ({})",
                one.id,
                one.title,
                one.verdict.words(),
                why.collect::<Vec<_>>().join("; ")
            );
        }
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "about": self.about.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<serde_json::Map<_, _>>(),
            "at": self.at.to_rfc3339(),
            "allMet": self.all_met(),
            "scenarios": self.judged.iter().map(Judged::json).collect::<Vec<_>>(),
            "exchanges": self.exchanges,
        })
    }

    /// For people.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from("# Consumer assurance: evidence\n\n");
        for (name, value) in &self.about {
            let _ = writeln!(text, "- **{name}**: {value}");
        }
        let summary = self.summary();
        let _ = writeln!(text, "\n**{}**\n", summary.lines().next().unwrap_or_default());
        text.push_str(
            "Patient details and passwords are masked; tokens are shown taken apart, without their signature.\n\n",
        );
        text.push_str("| Scenario | Requirements | Verdict | Exchanges |\n|---|---|---|---|\n");
        for one in &self.judged {
            let exchanges = numbers(&one.exchanges);
            let (id, title, ids, verdict) = (one.id, one.title, one.requirements, one.verdict.words());
            let _ = writeln!(text, "| {id} {title} | {ids} | {verdict} | {exchanges} |");
        }
        for one in &self.judged {
            let _ = writeln!(
                text,
                "\n## {} {}\n\n{} ({})\n",
                one.id,
                one.title,
                capital(one.verdict.words()),
                one.requirements
            );
            for finding in &one.findings {
                let _ = writeln!(text, "- {} {}", if finding.holds { "✓" } else { "✗" }, finding.what);
            }
            if !one.exchanges.is_empty() {
                let _ = writeln!(text, "\nExchanges: {}", numbers(&one.exchanges));
            }
        }
        text.push_str("\n# Exchanges\n");
        for exchange in &self.exchanges {
            let _ = writeln!(text, "\n## Exchange {}\n", exchange["number"]);
            markdown_of(&mut text, exchange);
        }
        text
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn numbers(exchanges: &[usize]) -> String {
    exchanges.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

fn exchange(number: usize, seen: &Seen, mask: &Mask) -> Value {
    match seen {
        Seen::Http(http) => {
            let headers = |headers: &[(String, String)]| -> Vec<Value> {
                let shown = headers.iter().map(|(name, value)| {
                    let secret = name.eq_ignore_ascii_case("authorization");
                    let value = if secret { "Bearer [see token]".to_owned() } else { mask.text(value) };
                    json!([name, value])
                });
                shown.collect()
            };
            let token = wire::token(http).map(|token| {
                json!({ "header": mask.json(&token.header), "claims": mask.json(&token.claims), "signed": token.signed })
            });
            let answer = match &http.answer {
                Ok(answer) => {
                    json!({ "status": answer.status, "headers": headers(&answer.headers), "body": mask.body(&answer.body) })
                }
                Err(why) => json!({ "none": why }),
            };
            json!({
                "number": number,
                "at": http.at.to_rfc3339(),
                "kind": "HTTP",
                "request": {
                    "method": http.method,
                    "url": mask.text(&http.url),
                    "headers": headers(&http.headers),
                    "token": token,
                    "body": mask.body(&http.body),
                },
                "answer": answer,
            })
        }
        Seen::Ldap(ldap) => json!({
            "number": number,
            "at": ldap.at.to_rfc3339(),
            "kind": "LDAP",
            "request": { "url": ldap.url, "base": ldap.base, "filter": ldap.filter },
            "answer": match &ldap.answer {
                Ok(entries) => json!({ "entries": entries }),
                Err(why) => json!({ "none": why }),
            },
        }),
    }
}

fn markdown_of(text: &mut String, exchange: &Value) {
    let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let request = &exchange["request"];
    let fenced = |text: &mut String, language: &str, content: &str| {
        // A fence longer than any in the content.
        let fence = "`".repeat(3.max(content.split(|c| c != '`').map(str::len).max().unwrap_or(0) + 1));
        let _ = writeln!(text, "{fence}{language}\n{}\n{fence}\n", content.trim_end());
    };
    let mut lines = String::new();
    if exchange["kind"] == "LDAP" {
        let _ = write!(
            lines,
            "search {}\nbase {}\nfilter {}",
            said(&request["url"]),
            said(&request["base"]),
            said(&request["filter"])
        );
        fenced(text, "", &lines);
        let answer = serde_json::to_string_pretty(&exchange["answer"]).unwrap_or_default();
        return fenced(text, "json", &answer);
    }
    let headers = |lines: &mut String, headers: &Value| {
        for header in headers.as_array().into_iter().flatten() {
            let _ = write!(lines, "\n{}: {}", said(&header[0]), said(&header[1]));
        }
    };
    let _ = write!(lines, "{} {}", said(&request["method"]), said(&request["url"]));
    headers(&mut lines, &request["headers"]);
    fenced(text, "http", &lines);
    if !request["token"].is_null() {
        text.push_str("Token:\n\n");
        fenced(text, "json", &serde_json::to_string_pretty(&request["token"]).unwrap_or_default());
    }
    if request["body"].as_str().is_some_and(|body| !body.is_empty()) {
        fenced(text, "", &said(&request["body"]));
    }
    let answer = &exchange["answer"];
    if let Some(none) = answer["none"].as_str() {
        let _ = writeln!(text, "No answer: {none}");
        return;
    }
    let mut lines = format!("Answer {}", answer["status"]);
    headers(&mut lines, &answer["headers"]);
    fenced(text, "http", &lines);
    fenced(text, "", &said(&answer["body"]));
}
