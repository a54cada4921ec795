//! Queries, decoded, and what is wrong with them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;

use crate::fhir::outcome::{Refused, refuse};
use crate::fhir::shape::instant;

/// Names and values of a query, in order; an error where one is not UTF-8.
pub(crate) fn pairs(raw: &str) -> impl Iterator<Item = Result<(String, String), Refused>> {
    raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(name)?, decoded(value)?))
    })
}

fn decoded(text: &str) -> Result<String, Refused> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map(|text| text.into_owned());
    decoded.map_err(|_| refuse(400, "INVALID_PARAMETER", "The query is not UTF-8"))
}

/// A search, as far as it is understood; what is not known is ignored, as FHIR has it.
#[derive(Debug, Default)]
pub(crate) struct Query {
    services: Vec<String>,
    from: Vec<String>,
    until: Vec<String>,
    has_odd_start: bool,
    statuses: Vec<String>,
    includes: BTreeSet<String>,
    patients: Vec<String>,
    /// Which page, from 0.
    pub(crate) page: usize,
    /// As it came, without the page.
    pub(crate) bare: String,
}

fn bad(name: &str, said: &str) -> Refused {
    refuse(400, "INVALID_PARAMETER", said).at(&format!("http.{name}"))
}

fn only<'a>(name: &str, given: &'a [String]) -> Result<&'a str, Refused> {
    match given {
        [one] if !one.is_empty() => Ok(one),
        [_] => Err(bad(name, &format!("{name} is empty"))),
        [] => Err(bad(name, &format!("{name} is missing"))),
        [..] => Err(bad(name, &format!("{name} stands more than once"))),
    }
}

impl Query {
    pub(crate) fn read(raw: &str) -> Result<Self, Refused> {
        let bare: Vec<&str> = raw.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_page=")).collect();
        let mut query = Self { bare: bare.join("&"), ..Self::default() };
        for pair in pairs(raw) {
            let (name, value) = pair?;
            match name.as_str() {
                "schedule.actor:healthcareservice" | "schedule.actor:HealthcareService" => {
                    query.services.push(value.rsplit('/').next().unwrap_or_default().to_owned());
                }
                "start" => match (value.strip_prefix("ge"), value.strip_prefix("le")) {
                    (Some(from), _) => query.from.push(from.to_owned()),
                    (_, Some(until)) => query.until.push(until.to_owned()),
                    _ => query.has_odd_start = true,
                },
                "status" => query.statuses.push(value),
                "_include" | "_include:iterate" | "_include:recurse" => {
                    query.includes.insert(value.replace('.', ":"));
                }
                "patient.identifier" => query.patients.push(value),
                "_page" => query.page = value.parse().map_err(|_| bad("_page", "There is no such page"))?,
                _ => {}
            }
        }
        Ok(query)
    }

    /// The DoS id of the service whose slots are asked for.
    pub(crate) fn service(&self) -> Result<&str, Refused> {
        only("schedule.actor:healthcareservice", &self.services)
    }

    /// Whether free and whether busy slots are asked for.
    pub(crate) fn statuses(&self) -> Result<(bool, bool), Refused> {
        let statuses: Vec<&str> = only("status", &self.statuses)?.split(',').collect();
        if statuses.iter().all(|status| ["free", "busy"].contains(status)) {
            Ok((statuses.contains(&"free"), statuses.contains(&"busy")))
        } else {
            Err(bad("status", "status must be free, busy, or both"))
        }
    }

    /// The patient whose bookings are asked for: system (empty where none is named) and number.
    pub(crate) fn patient(&self) -> Result<(&str, &str), Refused> {
        let patient = only("patient.identifier", &self.patients)?;
        Ok(patient.split_once('|').unwrap_or(("", patient)))
    }

    /// Whether something is to be included: source, element, and which kind.
    pub(crate) fn wants(&self, source: &str, kind: &str) -> bool {
        self.includes.contains(source) || self.includes.contains(&format!("{source}:{kind}"))
    }

    fn bound(&self, given: &[String], otherwise: DateTime<Utc>) -> Result<DateTime<Utc>, Refused> {
        let Some(text) = given.first() else { return Ok(otherwise) };
        instant(text).ok_or_else(|| bad("start", "start is not an instant with its zone; `+` is written %2B"))
    }

    /// From when until when. Where an end is needed, a window that is wholly in the past makes no sense.
    pub(crate) fn window(&self, is_end_needed: bool) -> Result<(DateTime<Utc>, DateTime<Utc>), Refused> {
        if self.has_odd_start {
            return Err(bad("start", "start takes ge and le, and nothing else"));
        }
        if self.from.len() > 1 || self.until.len() > 1 {
            return Err(bad("start", "start takes one ge and one le"));
        }
        if is_end_needed && self.until.is_empty() {
            return Err(bad("start", "start=le is missing"));
        }
        let now = crate::now();
        let earliest = if is_end_needed { now } else { DateTime::<Utc>::MIN_UTC };
        let (from, until) = (self.bound(&self.from, earliest)?, self.bound(&self.until, DateTime::<Utc>::MAX_UTC)?);
        if is_end_needed && until < now {
            return Err(bad("start", "The window lies in the past"));
        }
        if until < from {
            return Err(bad("start", "The window ends before it begins"));
        }
        Ok((from, until))
    }
}
