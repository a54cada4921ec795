//! The reports once more, from the exported lines of JSON alone: each question is asked of the whole list anew, without a
//! word of the code under test. Slow, and easy to read against the definitions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use desk_domain::reports::{BookingFault, Grouping, Period, StandardReport};
use serde_json::Value;

/// An event of the export.
struct Line(Value);

impl Line {
    fn number(&self) -> u64 {
        self.0["number"].as_u64().expect("a number")
    }

    fn at(&self) -> DateTime<Utc> {
        self.text("/event/at").parse().expect("an instant")
    }

    fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn kind(&self) -> &str {
        self.text("/event/what/kind")
    }

    fn is(&self, kind: &str) -> bool {
        self.kind() == kind
    }

    fn what(&self, field: &str) -> &str {
        self.text(&format!("/event/what/{field}"))
    }

    fn number_of(&self, field: &str) -> Option<u64> {
        self.0.pointer(&format!("/event/what/{field}")).and_then(Value::as_u64)
    }

    fn encounter(&self) -> &str {
        self.text("/event/encounter")
    }
}

/// What one event counts.
struct Item<'a> {
    event: &'a Line,
    columns: Vec<usize>,
    amount: u64,
    service: String,
    /// Before which event, of which encounter, the outcome stood, and the practice is looked up.
    of: &'a Line,
    particular: String,
}

struct Export {
    lines: Vec<Line>,
}

impl Export {
    /// Events of an encounter before an event, newest first.
    fn before<'a>(&'a self, event: &'a Line) -> impl Iterator<Item = &'a Line> {
        let earlier = self.lines.iter().rev().filter(|line| line.number() < event.number());
        earlier.filter(|line| line.encounter() == event.encounter())
    }

    /// Events of an encounter after an event, oldest first.
    fn after<'a>(&'a self, event: &'a Line) -> impl Iterator<Item = &'a Line> {
        let later = self.lines.iter().filter(|line| line.number() > event.number());
        later.filter(|line| line.encounter() == event.encounter())
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.is(kind))
    }

    fn outcome_at<'a>(&'a self, event: &'a Line) -> Option<&'a Line> {
        self.before(event).find(|line| line.is("outcomeRecorded"))
    }

    /// The order that an event settles, where it is a booking's.
    fn ordered<'a>(&'a self, event: &'a Line) -> Option<&'a Line> {
        self.before(event).find(|line| line.is("bookingIntended") && line.what("intent") == event.what("intent"))
    }

    fn books(line: &Line) -> bool {
        (line.is("bookingSettled") && line.what("result") == "confirmed")
            || (line.is("unfinishedSettledByHand") && line.0["event"]["what"]["held"] == true)
    }

    /// Events that make a booking, each order once.
    fn bookings(&self) -> Vec<(&Line, &Line)> {
        let all = self.lines.iter().filter(|line| Self::books(line));
        let ordered = all.filter_map(|line| Some((line, self.ordered(line)?)));
        let first = |(line, order): &(&Line, &Line)| {
            !self.before(line).any(|earlier| {
                Self::books(earlier)
                    && earlier.what("intent") == line.what("intent")
                    && earlier.number() > order.number()
            })
        };
        ordered.filter(first).collect()
    }

    /// The event that made a booking of this desk's record.
    fn made(&self, booking: &str) -> Option<(&Line, &Line)> {
        self.bookings().into_iter().find(|(line, _)| !booking.is_empty() && line.what("booking") == booking)
    }

    /// Whether an encounter held, before an event, a booking at a service that was settled by hand.
    fn held_by_hand(&self, event: &Line) -> bool {
        let by_hand = |line: &Line, order: &Line| {
            line.is("unfinishedSettledByHand")
                && line.number() < event.number()
                && line.encounter() == event.encounter()
                && order.what("service") == event.what("service")
        };
        self.bookings().iter().any(|(line, order)| by_hand(line, order))
    }

    /// Searches of a service's slots before an event and after the outcome was recorded, newest first.
    fn searches<'a>(&'a self, event: &'a Line, service: &'a str) -> impl Iterator<Item = &'a Line> {
        let since = self.outcome_at(event).map_or(0, Line::number);
        self.before(event)
            .filter(move |line| line.is("slotsSearched") && line.what("service") == service && line.number() > since)
    }

    fn last_answer<'a>(&'a self, event: &'a Line, service: &'a str) -> Option<(u64, u64)> {
        self.searches(event, service).find_map(counted)
    }

    fn cancellations(&self) -> Vec<(&Line, &Line)> {
        let cancels = |line: &&Line| {
            (line.is("cancelSettled") && line.what("result") == "cancelled")
                || (line.is("unfinishedSettledByHand") && line.0["event"]["what"]["held"] == false)
        };
        let order = |line: &Line| {
            let intent = line.what("intent").to_owned();
            self.lines.iter().rev().find(|order| {
                order.is("cancelIntended")
                    && order.what("intent") == intent
                    && order.number() < line.number()
                    && order.encounter() == line.encounter()
            })
        };
        let mut seen = BTreeSet::new();
        let all = self.lines.iter().filter(cancels).filter_map(|line| Some((line, order(line)?)));
        all.filter(|(_, order)| !order.what("booking").is_empty() && seen.insert(order.what("booking").to_owned()))
            .collect()
    }

    fn is_within(&self, made: &Line, event: &Line) -> bool {
        let ended = self.lines.iter().find(|line| line.is("encounterEnded") && line.encounter() == made.encounter());
        made.encounter() == event.encounter() && ended.is_none_or(|ended| ended.number() > event.number())
    }
}

fn counted(search: &Line) -> Option<(u64, u64)> {
    search.number_of("count/in_time").zip(search.number_of("count/out_of_time"))
}

fn item<'a>(event: &'a Line, service: &str, columns: &[usize]) -> Item<'a> {
    let (service, columns) = (service.to_owned(), columns.to_vec());
    Item { event, columns, amount: 1, service, of: event, particular: String::new() }
}

fn items(export: &Export, report: StandardReport) -> Vec<Item<'_>> {
    match report {
        StandardReport::BookingsAgainstReferrals => {
            let bookings = export.bookings();
            let bookings = bookings.into_iter().map(|(line, order)| item(line, order.what("service"), &[0]));
            let referrals = export.of_kind("referralMade").map(|line| {
                let with = !line.what("booking").is_empty() || export.held_by_hand(line);
                item(line, line.what("service"), if with { &[1, 2] } else { &[1, 3] })
            });
            bookings.chain(referrals).collect()
        }
        StandardReport::ReferredWithoutSlots
        | StandardReport::ReferredAlthoughSlots
        | StandardReport::ReferredOnlyLateSlots => {
            let unbooked = export.of_kind("referralMade");
            let unbooked = unbooked.filter(|line| line.what("booking").is_empty() && !export.held_by_hand(line));
            unbooked.filter_map(|line| referred_unbooked(export, report, line)).collect()
        }
        StandardReport::SlotsGone => {
            let gone = export
                .of_kind("bookingSettled")
                .filter(|line| line.what("result") == "notBooked" && line.what("fault") == "slotGone");
            let bookings = export.bookings();
            gone.map(|line| {
                let booked = bookings
                    .iter()
                    .any(|(made, _)| made.encounter() == line.encounter() && made.number() > line.number());
                let service = export.ordered(line).map(|order| order.what("service")).unwrap_or_default();
                item(line, service, if booked { &[0, 1] } else { &[0] })
            })
            .collect()
        }
        StandardReport::TopServicePassedOver => passed_over(export),
        StandardReport::Errors => errors(export),
        StandardReport::CancelledWithin | StandardReport::CancelledAfter => {
            let all = export.cancellations().into_iter().filter_map(|(line, order)| {
                let (made, ordered) = export.made(order.what("booking"))?;
                let within = export.is_within(made, line);
                let columns: &[usize] = if order.what("rebook").is_empty() { &[0, 1] } else { &[0, 2] };
                let one = Item { of: made, ..item(line, ordered.what("service"), columns) };
                (within == (report == StandardReport::CancelledWithin)).then_some(one)
            });
            all.collect()
        }
        StandardReport::Rebooked => {
            let new = export.of_kind("rebookMoved").filter(|line| line.what("step") == "newBooked");
            new.filter_map(|line| {
                let same = |other: &&Line| other.what("rebook") == line.what("rebook");
                let began = export.before(line).filter(|other| other.is("rebookBegan")).find(same)?;
                let (made, ordered) = export.made(began.what("booking"))?;
                let when = if export.is_within(made, line) { 1 } else { 2 };
                let mut later = export.after(line).filter(same);
                let gone = if later.any(|other| other.what("step") == "rebooked") { 3 } else { 4 };
                Some(Item { of: made, ..item(line, ordered.what("service"), &[0, when, gone]) })
            })
            .collect()
        }
        StandardReport::SlotsInside => available(export, 0),
        StandardReport::SlotsOutside => available(export, 1),
        StandardReport::BookedOutside => {
            let late = export.bookings().into_iter().filter_map(|(line, order)| {
                let seconds = order.number_of("late/late_seconds")?;
                let bands = [1_800, 3_600, 7_200, 21_600];
                let band = 1 + bands.iter().filter(|upper| seconds > **upper).count();
                let by = match order.what("late/approval/by/how") {
                    "atTheDesk" => format!("desk:{}", order.what("late/approval/by/username")),
                    "byTelephone" => format!("telephone:{}", order.what("late/approval/by/registration")),
                    _ if line.text("/event/who/username").is_empty() => String::new(),
                    _ => format!("own:{}", line.text("/event/who/username")),
                };
                Some(Item { particular: by, ..item(line, order.what("service"), &[0, band]) })
            });
            late.collect()
        }
        StandardReport::Blocked => {
            let by_rule = |line: &&Line| ["bookingRequired", "bookingGone"].contains(&line.what("refusal"));
            let blocks = export.of_kind("referralBlocked").filter(by_rule);
            let first = blocks.filter(|line| {
                let mut earlier = export.before(line).filter(|other| other.is("referralBlocked")).filter(by_rule);
                !earlier.any(|other| other.what("service") == line.what("service"))
            });
            first
                .map(|line| {
                    let referred: BTreeSet<&str> = export
                        .after(line)
                        .filter(|other| other.is("referralMade"))
                        .map(|other| other.what("service"))
                        .collect();
                    let ended = export.after(line).any(|other| other.is("encounterEnded"));
                    let how = match (referred.contains(line.what("service")), referred.is_empty(), ended) {
                        (true, ..) => 1,
                        (false, false, _) => 2,
                        (false, true, true) => 3,
                        (false, true, false) => 4,
                    };
                    item(line, line.what("service"), &[0, how])
                })
                .collect()
        }
    }
}

fn referred_unbooked<'a>(export: &Export, report: StandardReport, line: &'a Line) -> Option<Item<'a>> {
    let service = line.what("service");
    let asked = export.searches(line, service).next().is_some();
    let in_event = line.number_of("slots/in_time").zip(line.number_of("slots/out_of_time"));
    let shown = export.last_answer(line, service).or(in_event.filter(|_| !asked));
    let columns: &[usize] = match (report, shown) {
        (StandardReport::ReferredWithoutSlots, Some((0, 0))) => &[0, 1],
        (StandardReport::ReferredWithoutSlots, None) if asked => &[0, 2],
        (StandardReport::ReferredWithoutSlots, None) => &[0, 3],
        (StandardReport::ReferredAlthoughSlots, Some((inside, _))) if inside > 0 => &[0, 1],
        (StandardReport::ReferredAlthoughSlots, Some((0, outside))) if outside > 0 => &[0, 2],
        (StandardReport::ReferredOnlyLateSlots, Some((0, outside))) if outside > 0 => &[0],
        _ => return None,
    };
    Some(item(line, service, columns))
}

fn passed_over(export: &Export) -> Vec<Item<'_>> {
    let last = export.of_kind("serviceChosen").filter(|line| {
        let mut later = export.after(line).filter(|other| other.is("serviceChosen"));
        !later.any(|other| other.what("search") == line.what("search"))
    });
    last.filter_map(|line| {
        let search = export.before(line).filter(|other| other.is("servicesSearched"));
        let top = search.filter(|other| other.what("search") == line.what("search")).last()?.what("services/0");
        let slots = export.last_answer(line, top)?;
        let columns: &[usize] = match slots {
            (0, 0) => return None,
            (0, _) => &[0, 2],
            _ => &[0, 1],
        };
        let reason = line.number_of("rejectReason").map(|reason| reason.to_string()).unwrap_or_default();
        let passed = !top.is_empty() && top != line.what("service");
        passed.then(|| Item { particular: reason, ..item(line, top, columns) })
    })
    .collect()
}

fn errors(export: &Export) -> Vec<Item<'_>> {
    let ending = |line: &Line| match (line.kind(), line.what("result")) {
        ("bookingSettled", "notBooked") => Some("notBooked"),
        ("bookingSettled", "unknown") => Some("unknown"),
        ("bookingSettled", "confirmed") => Some("booked"),
        ("unfinishedSettledByHand", _) if line.0["event"]["what"]["held"] == true => Some("booked"),
        ("unfinishedSettledByHand", _) => Some("notBooked"),
        _ => None,
    };
    let mut found = Vec::new();
    for order in export.of_kind("bookingIntended") {
        let results: Vec<&Line> = export
            .after(order)
            .filter(|line| ending(line).is_some() && line.what("intent") == order.what("intent"))
            .collect();
        let Some(at) = results.iter().position(|line| ending(line) != Some("booked")) else { continue };
        let columns: &[usize] = match results.last().and_then(|line| ending(line)) {
            Some("notBooked") => &[0, 1],
            Some("unknown") => &[0, 2],
            _ => &[3],
        };
        let fault = results[at].what("fault").to_owned();
        found.push(Item { particular: fault, ..item(results[at], order.what("service"), columns) });
    }
    found
}

fn available(export: &Export, which: usize) -> Vec<Item<'_>> {
    let bookings = export.bookings().into_iter().map(|(line, order)| {
        let late = usize::from(order.number_of("late/late_seconds").is_some());
        item(line, order.what("service"), if late == which { &[0, 1] } else { &[0] })
    });
    let last = export.of_kind("slotsSearched").filter(|line| {
        let mut later = export.after(line).take_while(|other| !other.is("outcomeRecorded"));
        counted(line).is_some()
            && !later.any(|other| {
                other.is("slotsSearched") && other.what("service") == line.what("service") && counted(other).is_some()
            })
    });
    let slots = last.filter_map(|line| {
        let (inside, outside) = counted(line)?;
        let amount = [inside, outside][which];
        (amount > 0).then(|| Item { amount, ..item(line, line.what("service"), &[2]) })
    });
    bookings.chain(slots).collect()
}

/// Faults in the order in which the application lists them; every other row is in the order of its text.
fn place(report: StandardReport, grouping: Grouping, key: &str) -> (usize, String) {
    let last = usize::MAX;
    let at = match (report, grouping) {
        _ if key.is_empty() => last,
        (_, Grouping::Message) => BookingFault::all().position(|fault| fault.code() == key).unwrap_or(last - 1),
        (_, Grouping::Approver) => {
            ["own", "desk", "telephone"].iter().position(|how| key.starts_with(how)).unwrap_or(last)
        }
        _ => 0,
    };
    (at, key.to_owned())
}

/// The lines of a table, as [`crate::record::lines`] writes them.
pub(crate) fn recounted<'p>(
    exported: &str,
    report: StandardReport,
    period: Period,
    grouping: Grouping,
    practice_of: impl Fn(&str) -> Option<&'p str>,
) -> Vec<String> {
    let lines = exported.lines().map(|line| Line(serde_json::from_str(line).expect("JSON"))).collect();
    let export = Export { lines };
    let width = report.columns().len();
    let mut rows: BTreeMap<(usize, String), Vec<u64>> = BTreeMap::new();
    let mut total = vec![0; width];
    for item in items(&export, report) {
        let local = item.event.at().with_timezone(&chrono_tz::Europe::London).date_naive();
        if local < period.from() || local > period.to() {
            continue;
        }
        let key = match grouping {
            Grouping::Service => item.service,
            Grouping::Practice => practice_of(item.of.encounter()).unwrap_or_default().to_owned(),
            Grouping::Disposition => {
                export.outcome_at(item.of).map(|line| line.what("code")).unwrap_or_default().to_owned()
            }
            Grouping::User => item.event.text("/event/who/username").to_owned(),
            Grouping::Message | Grouping::Reason | Grouping::Approver => item.particular,
        };
        let numbers = rows.entry(place(report, grouping, &key)).or_insert_with(|| vec![0; width]);
        for column in item.columns {
            numbers[column] += item.amount;
            total[column] += item.amount;
        }
    }
    let line = |key: &str, numbers: &[u64]| {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        format!("{}: {}", if key.is_empty() { "-" } else { key }, numbers.join(" "))
    };
    let rows = rows.iter().map(|((_, key), numbers)| line(key, numbers));
    rows.chain([line("=", &total)]).collect()
}
