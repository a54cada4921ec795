//! How dates, times, names and addresses are written, in one place: clinical display conventions, UK local time (SL-7).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use desk_domain::calendar::{local, local_date, zone_name};
use desk_domain::id::NhsNumber;
use desk_domain::patient::{Age, Gender};
use desk_domain::slot::{DeliveryChannel, Place, Practitioner, SlotCount};

/// What stands where a provider gave no delivery channel; never a default (SL-2).
pub const CHANNEL_NOT_GIVEN: &str = "Not given by the provider";
/// What stands where something about the patient is not known.
pub const NOT_KNOWN: &str = "Not known";

/// `12-Nov-1974`.
#[must_use]
pub fn date(day: NaiveDate) -> String {
    day.format("%d-%b-%Y").to_string()
}

/// `Friday 20-Nov-2026`.
#[must_use]
pub fn long_date(at: DateTime<Utc>) -> String {
    local(at).format("%A %d-%b-%Y").to_string()
}

/// `18:04`, UK local time.
#[must_use]
pub fn time(at: DateTime<Utc>) -> String {
    local(at).format("%H:%M").to_string()
}

/// `20-Nov-2026 18:04`, UK local time.
#[must_use]
pub fn date_time(at: DateTime<Utc>) -> String {
    local(at).format("%d-%b-%Y %H:%M").to_string()
}

/// `20-Nov-2026 18:04:12`, UK local time.
#[must_use]
pub fn to_the_second(at: DateTime<Utc>) -> String {
    local(at).format("%d-%b-%Y %H:%M:%S").to_string()
}

/// `GMT` or `BST`.
#[must_use]
pub fn zone(at: DateTime<Utc>) -> String {
    zone_name(at).to_owned()
}

/// `Today, Friday 20-Nov-2026`, `Tomorrow, Saturday 21-Nov-2026`, `Sunday 22-Nov-2026`.
#[must_use]
pub fn day_heading(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (local_date(at) - local_date(now)).num_days() {
        0 => format!("Today, {}", long_date(at)),
        1 => format!("Tomorrow, {}", long_date(at)),
        _ => long_date(at),
    }
}

/// `Today 19:20`, `Tomorrow 08:00`, `Sun 22-Nov 08:00`.
#[must_use]
pub fn near_time(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (local_date(at) - local_date(now)).num_days() {
        0 => format!("Today {}", time(at)),
        1 => format!("Tomorrow {}", time(at)),
        _ => local(at).format("%a %d-%b %H:%M").to_string(),
    }
}

/// `Friday 20-Nov-2026 19:20`.
#[must_use]
pub fn day_and_time(at: DateTime<Utc>) -> String {
    format!("{} {}", long_date(at), time(at))
}

/// `1 copy`, `3 copies`.
#[must_use]
pub fn count(number: usize, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}

/// `1,234,567`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `20 miles`, of what a directory counts in whole kilometres: as many whole miles as lie within, which is what was asked for
/// in miles.
#[must_use]
pub fn miles(km: impl Into<f64>) -> String {
    let miles = (km.into() / 1.609_344).floor();
    if (0.5..1.5).contains(&miles) { "1 mile".to_owned() } else { format!("{miles} miles") }
}

/// A name in camel or snake case as words: `bookingSettled` as `Booking settled`.
#[must_use]
pub fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter == '_' {
            words.push(' ');
        } else if words.is_empty() {
            words.extend(letter.to_uppercase());
        } else if letter.is_uppercase() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

/// `2 free in time, 3 too late`, `No free slots`.
#[must_use]
pub fn slots_in_and_out(count: &SlotCount) -> String {
    match (count.in_time, count.out_of_time) {
        (0, 0) => "No free slots".to_owned(),
        (0, late) => format!("None in time, {late} too late"),
        (free, 0) => format!("{free} free in time"),
        (free, late) => format!("{free} free in time, {late} too late"),
    }
}

/// `1 h 20 min late`.
#[must_use]
pub fn late(by: TimeDelta) -> String {
    format!("{} late", desk_domain::outcome::duration_words(by))
}

/// An instant for a running clock: RFC 3339, UTC.
#[must_use]
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// `52y`, `14m`, `9d`, `age group 2`.
#[must_use]
pub fn age(age: Age) -> String {
    match age {
        Age::Days(days) => format!("{days}d"),
        Age::Months(months) => format!("{months}m"),
        Age::Years(years) => format!("{years}y"),
        Age::Group(group) => format!("age group {}", group.number()),
    }
}

/// `Female`, `Male`, `Other`, `Not known`.
#[must_use]
pub const fn gender(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "Female",
        Gender::Male => "Male",
        Gender::Other => "Other",
        Gender::Unknown => NOT_KNOWN,
    }
}

/// `943 476 5919`, or `Not known`.
#[must_use]
pub fn nhs_number(number: Option<&NhsNumber>) -> String {
    number.map_or_else(|| NOT_KNOWN.to_owned(), NhsNumber::grouped)
}

/// `In person`, `Telephone`, `Video`, the provider's own word, or that it was not given.
#[must_use]
pub fn delivery_channel(channel: Option<&DeliveryChannel>) -> String {
    match channel {
        Some(DeliveryChannel::InPerson) => "In person".to_owned(),
        Some(DeliveryChannel::Telephone) => "Telephone".to_owned(),
        Some(DeliveryChannel::Video) => "Video".to_owned(),
        Some(DeliveryChannel::Other(word)) => word.clone(),
        None => CHANNEL_NOT_GIVEN.to_owned(),
    }
}

/// Name and address of a place on one line; empty where the provider gave neither.
#[must_use]
pub fn place(place: Option<&Place>) -> String {
    let parts = place.map(|place| [place.name.as_deref(), place.address.as_deref()]).unwrap_or_default();
    joined(parts)
}

/// Name with role; empty where neither is given.
#[must_use]
pub fn practitioner(practitioner: Option<&Practitioner>) -> String {
    let parts = practitioner.map(|someone| [someone.name.as_deref(), someone.role.as_deref()]).unwrap_or_default();
    joined(parts)
}

fn joined(parts: [Option<&str>; 2]) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sl_7_times_are_shown_in_uk_local_time_whatever_the_season() {
        let winter: DateTime<Utc> = "2026-11-20T18:04:12Z".parse().expect("an instant");
        let summer: DateTime<Utc> = "2026-07-20T18:04:12Z".parse().expect("an instant");
        assert_eq!(to_the_second(winter), "20-Nov-2026 18:04:12", "GMT");
        assert_eq!(to_the_second(summer), "20-Jul-2026 19:04:12", "BST");
        assert_eq!((zone(winter), zone(summer)), ("GMT".to_owned(), "BST".to_owned()), "zones");
    }

    #[test]
    fn large_numbers_stand_in_groups_of_three_and_names_in_words() {
        let told = [0, 999, 1_000, 1_234_567].map(thousands);
        assert_eq!(told, ["0", "999", "1,000", "1,234,567"], "grouped");
        assert_eq!([spaced("bookingSettled"), spaced("in_time")], ["Booking settled", "In time"], "spaced");
    }

    #[test]
    fn di_1_a_distance_asked_for_in_miles_is_told_in_the_same_miles() {
        for asked in 1..=u8::MAX {
            let Some(distance) = desk_domain::service::SearchDistance::from_miles(asked) else { continue };
            let told = miles(distance.km());
            assert_eq!(told, if asked == 1 { "1 mile".to_owned() } else { format!("{asked} miles") });
        }
        assert_eq!(miles(60_u32), "37 miles", "the directory's own");
    }

    #[test]
    fn sl_2_a_missing_delivery_channel_is_said_to_be_missing() {
        assert_eq!(delivery_channel(None), CHANNEL_NOT_GIVEN, "never defaulted");
    }

    #[test]
    fn a_day_is_named_by_the_local_calendar() {
        let now: DateTime<Utc> = "2026-07-20T22:30:00Z".parse().expect("an instant");
        let later: DateTime<Utc> = "2026-07-20T23:30:00Z".parse().expect("an instant");
        assert_eq!(near_time(later, now), "Tomorrow 00:30", "past local midnight in summer time");
    }
}
