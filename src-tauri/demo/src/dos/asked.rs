//! What a search asks for, checked field by field. Each fault has its number and says where it is.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Europe::London;

use crate::dos::element::Element;
use crate::world::{Point, after_working_days, find_place};

/// How far is looked where neither the search nor the district says otherwise, in kilometres.
const NATIONAL: u32 = 60;
const DAYS_IN_A_YEAR: f64 = 365.25;
/// In the order of the schema; the first word of each that may be left out is `?`.
const FIELDS: [&str; 13] = [
    "?caseRef",
    "?caseId",
    "postcode",
    "?surgery",
    "age",
    "ageFormat",
    "disposition",
    "symptomGroup",
    "symptomDiscriminatorList",
    "?searchDistance",
    "forceSearchDistance",
    "gender",
    "?searchDateTime",
];

/// A refusal: number and words.
#[derive(Debug)]
pub(super) struct Fault(pub(super) u32, pub(super) String);

pub(super) fn fault(code: u32, said: impl Into<String>) -> Fault {
    Fault(code, said.into())
}

/// What a search asks for.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) from: Point,
    pub(super) assurance: bool,
    pub(super) surgery: Option<String>,
    /// First and last age in days that the patient may have.
    pub(super) ages: (u32, u32),
    /// The age in days, where it was told as an age.
    pub(super) age_in_days: Option<u32>,
    pub(super) group: u32,
    pub(super) discriminators: Vec<u32>,
    pub(super) disposition: u32,
    pub(super) gender: char,
    pub(super) kilometres: u32,
    /// Whose word the distance is: `Override`, `District`, `National`.
    pub(super) distance_source: &'static str,
    /// The time that was asked for; a live search asks for none.
    pub(super) at: Option<DateTime<Utc>>,
}

impl Search {
    /// Reads the `c` of a CheckCapacitySummary.
    ///
    /// # Errors
    /// The directory's fault for the first thing that is wrong.
    pub(super) fn read(asked: &Element, now: DateTime<Utc>) -> Result<Self, Fault> {
        let number = |name: &str| asked.text(name).and_then(|text| text.parse::<u32>().ok());
        let told = |name: &str| asked.text(name).unwrap_or_default();
        let place = find_place(told("postcode"))
            .ok_or_else(|| fault(101, format!("c/postcode: there is no postcode {:?}", told("postcode"))))?;
        let gender = match told("gender") {
            "M" => 'M',
            "F" => 'F',
            "I" => 'I',
            other => return Err(fault(106, format!("c/gender must be M, F or I, not {other:?}"))),
        };
        let (ages, age_in_days) = age(asked)?;
        let group = number("symptomGroup").filter(|group| *group > 0);
        let group = group.ok_or_else(|| fault(120, "c/symptomGroup must be a number from 1"))?;
        let disposition = number("disposition").filter(|disposition| *disposition > 0);
        let disposition = disposition.ok_or_else(|| fault(121, "c/disposition must be a number from 1, without Dx"))?;
        let discriminators = discriminators(asked)?;
        let distance = asked.child("searchDistance").filter(|element| element.said().is_some());
        let wanted = number("searchDistance").filter(|distance| (1..=99).contains(distance));
        if distance.is_some() && wanted.is_none() {
            return Err(fault(105, "c/searchDistance must be a number of kilometres from 1 to 99"));
        }
        match told("forceSearchDistance") {
            "true" | "1" if wanted.is_none() => {
                return Err(fault(113, "c/forceSearchDistance is true, and there is no c/searchDistance"));
            }
            "true" | "1" | "false" | "0" => {}
            other => return Err(fault(108, format!("c/forceSearchDistance must be true or false, not {other:?}"))),
        }
        let at = asked.text("searchDateTime").map(instant).transpose()?;
        if at.is_some_and(|at| at < now - TimeDelta::minutes(1)) {
            return Err(fault(110, "c/searchDateTime lies in the past"));
        }
        in_the_schemas_order(asked)?;
        let (kilometres, distance_source) = match (wanted, place.reach) {
            (Some(wanted), _) => (wanted, "Override"),
            (None, Some(reach)) => (reach, "District"),
            (None, None) => (NATIONAL, "National"),
        };
        let surgery = asked.text("surgery").filter(|code| *code != "UNK").map(str::to_ascii_uppercase);
        Ok(Self {
            from: place.point,
            assurance: place.assurance,
            surgery,
            ages,
            age_in_days,
            group,
            discriminators,
            disposition,
            gender,
            kilometres,
            distance_source,
            at,
        })
    }

    /// How far is looked, in miles.
    pub(super) fn miles(&self) -> f64 {
        f64::from(self.kilometres) / 1.609_344
    }

    /// The time in which the patient is to be helped.
    pub(super) fn window(&self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let from = self.at.unwrap_or(now);
        let hours = |hours: i64| from + TimeDelta::hours(hours);
        let until = match self.disposition {
            1..=4 | 11 | 117 | 1112 => hours(1),
            5 | 12 | 1113 => hours(2),
            110 | 1114 => hours(4),
            6 | 13 | 1115 => hours(6),
            7 | 14 | 1116 => hours(12),
            81 | 112..=115 | 1117 => after_working_days(from, 1),
            75 => after_working_days(from, 3),
            // Without a limit.
            10 => hours(7 * 24),
            _ => hours(24),
        };
        (from, until)
    }
}

/// First and last age in days, and the age itself where it is told as one.
fn age(asked: &Element) -> Result<((u32, u32), Option<u32>), Fault> {
    let told = asked.text("age").ok_or_else(|| fault(119, "c/age is missing"))?;
    let number: u32 = told.parse().map_err(|_| fault(114, format!("c/age must be a number, not {told:?}")))?;
    let exactly = |days: f64| {
        let days = days as u32;
        Ok(((days, days), Some(days)))
    };
    let years = |from: f64, until: f64| {
        let days = |years: f64| (years * DAYS_IN_A_YEAR) as u32;
        Ok(((days(from), days(until).saturating_sub(1)), None))
    };
    match (asked.text("ageFormat"), number) {
        (Some("Days"), 0..=31) => exactly(f64::from(number)),
        (Some("Months"), 1..=23) => exactly(f64::from(number) * DAYS_IN_A_YEAR / 12.0),
        (Some("Years"), 2..=129) => exactly(f64::from(number) * DAYS_IN_A_YEAR),
        // Adults, children, toddlers, infants.
        (Some("AgeGroup"), 1) => years(16.0, 130.0),
        (Some("AgeGroup"), 2) => years(5.0, 16.0),
        (Some("AgeGroup"), 3) => years(1.0, 5.0),
        (Some("AgeGroup"), 4) => years(0.0, 1.0),
        (Some("Years"), _) => Err(fault(114, "c/age: an age in Years is one from 2 to 129")),
        (Some("Months"), _) => Err(fault(115, "c/age: an age in Months is one from 1 to 23")),
        (Some("Days"), _) => Err(fault(116, "c/age: an age in Days is one from 0 to 31")),
        (Some("AgeGroup"), _) => Err(fault(117, "c/age: an AgeGroup is one from 1 to 4")),
        (Some(_) | None, _) => Err(fault(118, "c/ageFormat must be Days, Months, Years or AgeGroup")),
    }
}

fn discriminators(asked: &Element) -> Result<Vec<u32>, Fault> {
    let wrong = || fault(104, "c/symptomDiscriminatorList must be there, with an int for every discriminator");
    let list = asked.child("symptomDiscriminatorList").ok_or_else(wrong)?;
    let read = |element: &Element| {
        let number = element.said().and_then(|text| text.parse().ok()).filter(|_| element.name == "int");
        number.ok_or_else(wrong)
    };
    list.children.iter().map(read).collect()
}

/// A date and time: with its offset, or UK time.
fn instant(text: &str) -> Result<DateTime<Utc>, Fault> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok();
    let at = local.and_then(|local| local.and_local_timezone(London).earliest());
    at.map(|at| at.to_utc()).ok_or_else(|| fault(108, format!("c/searchDateTime is no date and time: {text:?}")))
}

/// Every field that the schema needs, none twice, none that it does not have, and in its order.
fn in_the_schemas_order(asked: &Element) -> Result<(), Fault> {
    let wrong = |said: String| Err(fault(108, said));
    let mut so_far = 0;
    for child in &asked.children {
        let Some(at) = FIELDS.iter().position(|field| field.trim_start_matches('?') == child.name) else {
            return wrong(format!("c/{} is not in the schema", child.name));
        };
        if at < so_far {
            return wrong(format!("c/{} is not where the schema has it", child.name));
        }
        so_far = at + 1;
    }
    match FIELDS.iter().find(|field| !field.starts_with('?') && asked.child(field).is_none()) {
        Some(missing) => wrong(format!("c/{missing} is missing")),
        None => Ok(()),
    }
}
