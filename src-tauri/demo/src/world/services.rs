//! The services of the invented world: the dozen with their peculiarities, those of the assurance scenarios, and those
//! that only another need than an ordinary one finds.

use std::ops::RangeInclusive;

use crate::world::opening::Opening;
use crate::world::places::{ASSURANCE_POSTCODE, Point};
use crate::world::{PROVIDERS, UNREGISTERED_ASID};

/// What is peculiar to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peculiarity {
    Plain,
    BookingOnly,
    BookingOnlyFull,
    Full,
    NoBookings,
    Slow,
    LateOnly,
    TwoEndpoints,
    Unregistered,
    /// Says of itself that it is not booking only.
    NotBookingOnly,
    /// Its booking system is registered wrongly, under this ASID.
    Broken(&'static str),
}

/// How a service takes referrals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Referrals {
    /// Over ITK.
    Electronically,
    /// By secure mail alone, to this address.
    ByMail(&'static str),
    /// By secure mail to this address, and over ITK somebody else is informed: one at an address of use, and one at an address
    /// that is not encrypted, as stands in real directories.
    ByMailAndCopied(&'static str),
    /// By telephone alone.
    ByTelephone,
    /// The directory names no way.
    NoWay,
}

/// A service.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: (u32, &'static str),
    pub(crate) place: &'static str,
    pub(crate) address: String,
    pub(crate) postcode: &'static str,
    pub(crate) at: Point,
    pub(crate) phone: String,
    pub(crate) provider: usize,
    pub(crate) peculiarity: Peculiarity,
    pub(crate) opening: Opening,
    pub(crate) serves: Serves,
    pub(crate) capacity: Capacity,
    pub(crate) referrals: Referrals,
    /// A service that was closed down is in the directory still, and is never found.
    pub(crate) active: bool,
}

impl Service {
    pub(crate) fn asids(&self) -> Vec<&'static str> {
        match self.peculiarity {
            Peculiarity::NoBookings => Vec::new(),
            Peculiarity::Unregistered => vec![UNREGISTERED_ASID],
            Peculiarity::Broken(asid) => vec![asid],
            Peculiarity::TwoEndpoints => vec![PROVIDERS[self.provider].asid, PROVIDERS[(self.provider + 1) % 3].asid],
            Peculiarity::Plain
            | Peculiarity::BookingOnly
            | Peculiarity::BookingOnlyFull
            | Peculiarity::Full
            | Peculiarity::Slow
            | Peculiarity::NotBookingOnly
            | Peculiarity::LateOnly => vec![PROVIDERS[self.provider].asid],
        }
    }

    pub(crate) const fn booking_only(&self) -> bool {
        matches!(self.peculiarity, Peculiarity::BookingOnly | Peculiarity::BookingOnlyFull)
    }

    pub(crate) fn note(&self) -> &'static str {
        match self.peculiarity {
            Peculiarity::Plain => "takes bookings",
            Peculiarity::BookingOnly => "booking only, with slots",
            Peculiarity::BookingOnlyFull => "booking only, without slots",
            Peculiarity::Full => "takes bookings, without slots",
            Peculiarity::NoBookings => "takes no bookings",
            Peculiarity::Slow => "takes bookings, answers slowly",
            Peculiarity::LateOnly => "takes bookings, no slot in the next three hours",
            Peculiarity::TwoEndpoints => "has two booking connections in the directory",
            Peculiarity::NotBookingOnly => "takes bookings, and says that it is not booking only",
            Peculiarity::Broken(_) => "its booking system is registered wrongly in the Spine directory",
            Peculiarity::Unregistered => "its booking system is not in the Spine directory",
        }
    }
}

/// Which accounts of the directory are told of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Everybody,
    CallHandlers,
    Clinicians,
}

/// How much a service can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capacity {
    High,
    Low,
    None,
}

impl Capacity {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::High => "High",
            Self::Low => "Low",
            Self::None => "None",
        }
    }
}

/// Whom a service is for.
#[derive(Debug, Clone)]
pub(crate) struct Serves {
    pub(crate) audience: Audience,
    pub(crate) groups: RangeInclusive<u32>,
    pub(crate) discriminators: RangeInclusive<u32>,
    pub(crate) dispositions: &'static [RangeInclusive<u32>],
    /// In days, both ends belonging to it.
    pub(crate) ages: (u32, u32),
    /// `M`, `F`, `I`.
    pub(crate) genders: &'static str,
    /// Where not empty, only patients of these practices.
    pub(crate) practices: &'static [&'static str],
}

/// From birth to the hundred and thirtieth birthday.
const ALL_AGES: (u32, u32) = (0, 47_481);
/// The first day after the eighteenth birthday's eve.
const ADULT: u32 = 6574;
/// What primary care is asked for: to be seen, to be spoken to, community and prescriptions.
const PRIMARY_CARE: &[RangeInclusive<u32>] = &[4..=16, 28..=28, 60..=60, 75..=81, 110..=117, 1112..=1117];
const OWN_PRACTICE: &[RangeInclusive<u32>] = &[10..=10, 75..=75, 81..=81, 115..=115];
const DENTAL: &[RangeInclusive<u32>] = &[17..=22];
const EMERGENCY: &[RangeInclusive<u32>] = &[1..=3];

impl Serves {
    /// The ordinary needs that the dozen is for.
    const ORDINARY: Self = Self {
        audience: Audience::Everybody,
        groups: 1000..=1199,
        discriminators: 0..=u32::MAX,
        dispositions: PRIMARY_CARE,
        ages: ALL_AGES,
        genders: "MFI",
        practices: &[],
    };

    const fn group(groups: RangeInclusive<u32>) -> Self {
        Self { groups, ..Self::ORDINARY }
    }
}

const UTC: (u32, &str) = (121, "Urgent Treatment Centre");
const GP_ACCESS: (u32, &str) = (123, "Extended Access GP Hub");
const PHARMACY: (u32, &str) = (13, "Pharmacy");
const CAS: (u32, &str) = (130, "Clinical Assessment Service");
const NURSE: (u32, &str) = (20, "Community Nursing");

type Kind = (u32, &'static str);
type Line = (&'static str, Kind, &'static str, &'static str, &'static str, (f64, f64), usize, Peculiarity, Opening);

/// Name, kind, place, street, postcode, miles and direction from the middle, provider, peculiarity, opening.
const LINES: [Line; 12] = [
    (
        "Northdale Urgent Treatment Centre",
        UTC,
        "Northdale",
        "Mill Lane",
        "ND1 2AB",
        (0.8, 30.0),
        0,
        Peculiarity::Plain,
        Opening::ALL_HOURS,
    ),
    (
        "Ashbridge Urgent Treatment Centre",
        UTC,
        "Ashbridge",
        "Station Road",
        "ND4 5GH",
        (2.1, 85.0),
        0,
        Peculiarity::Plain,
        Opening::ALL_HOURS,
    ),
    (
        "Northdale GP Hub",
        GP_ACCESS,
        "Northdale",
        "Castle Street",
        "ND1 7QF",
        (1.1, 300.0),
        1,
        Peculiarity::BookingOnly,
        Opening::DAYTIME,
    ),
    (
        "Wexcombe GP Hub",
        GP_ACCESS,
        "Wexcombe",
        "Church Walk",
        "ND6 3LT",
        (3.4, 225.0),
        1,
        Peculiarity::BookingOnlyFull,
        Opening::DAYTIME,
    ),
    (
        "Market Square Walk-in Centre",
        UTC,
        "Northdale",
        "Market Square",
        "ND1 1AA",
        (1.3, 180.0),
        2,
        Peculiarity::NoBookings,
        Opening::ALL_HOURS,
    ),
    (
        "Eastfield Urgent Treatment Centre",
        UTC,
        "Eastfield",
        "Quarry Road",
        "ND8 2PD",
        (4.0, 103.0),
        0,
        Peculiarity::Slow,
        Opening::ALL_HOURS,
    ),
    (
        "Ashbridge GP Hub",
        GP_ACCESS,
        "Ashbridge",
        "Park View",
        "ND4 1BC",
        (2.6, 80.0),
        1,
        Peculiarity::LateOnly,
        Opening::DAYTIME,
    ),
    (
        "Wexcombe Urgent Treatment Centre",
        UTC,
        "Wexcombe",
        "Hospital Road",
        "ND6 9ZZ",
        (3.9, 220.0),
        2,
        Peculiarity::Full,
        Opening::ALL_HOURS,
    ),
    (
        "Northdale Clinical Assessment Service",
        CAS,
        "Northdale",
        "Mill Lane",
        "ND1 2AB",
        (0.9, 30.0),
        2,
        Peculiarity::Plain,
        Opening::ALL_HOURS,
    ),
    (
        "Riverside Pharmacy",
        PHARMACY,
        "Northdale",
        "Bridge End",
        "ND2 4RT",
        (1.7, 10.0),
        2,
        Peculiarity::TwoEndpoints,
        Opening::DAYTIME,
    ),
    (
        "Hilltop GP Hub",
        GP_ACCESS,
        "Hilltop",
        "Beacon Lane",
        "ND9 4EX",
        (5.2, 355.0),
        1,
        Peculiarity::Unregistered,
        Opening::DAYTIME,
    ),
    (
        "Northdale Community Nursing",
        NURSE,
        "Northdale",
        "Castle Street",
        "ND1 7QF",
        (1.2, 300.0),
        2,
        Peculiarity::Plain,
        Opening::DAYTIME,
    ),
];

/// The first of the ids of the assurance scenarios.
const FIRST_ASSURANCE_ID: usize = 111_900;

/// ASIDs whose entries in the Spine directory are wrong, each in a way of its own; `sds` says in which.
pub(crate) const WITHOUT_SLOTS: &str = "200000000401";
pub(crate) const WITHOUT_BOOKING: &str = "200000000402";
pub(crate) const MIXED: &str = "200000000403";
pub(crate) const SEVERAL_MHS: &str = "200000000404";
pub(crate) const WITHOUT_ENDPOINT: &str = "200000000405";
pub(crate) const NO_URL: &str = "200000000406";

pub(super) fn assurance_services() -> Vec<Service> {
    let lines = [
        ("Assurance: booking connection", 3, Peculiarity::Plain),
        ("Assurance: not booking only", 3, Peculiarity::NotBookingOnly),
        ("Assurance: booking only", 3, Peculiarity::BookingOnly),
        ("Assurance: no booking connection", 3, Peculiarity::NoBookings),
        ("Assurance: several booking connections", 0, Peculiarity::TwoEndpoints),
        ("Assurance: system not registered", 3, Peculiarity::Unregistered),
        ("Assurance: system without slots", 3, Peculiarity::Broken(WITHOUT_SLOTS)),
        ("Assurance: system without bookings", 3, Peculiarity::Broken(WITHOUT_BOOKING)),
        ("Assurance: system mixed with GP Connect", 3, Peculiarity::Broken(MIXED)),
        ("Assurance: several addresses", 3, Peculiarity::Broken(SEVERAL_MHS)),
        ("Assurance: no address", 3, Peculiarity::Broken(WITHOUT_ENDPOINT)),
        ("Assurance: address that is none", 3, Peculiarity::Broken(NO_URL)),
    ];
    let place = crate::world::places::find(ASSURANCE_POSTCODE).map_or(Point::MIDDLE, |place| place.point);
    let made = lines.into_iter().enumerate().map(|(index, (name, provider, peculiarity))| Service {
        id: (FIRST_ASSURANCE_ID + index).to_string(),
        ..service(
            index,
            name,
            UTC,
            ("Northdale", "Test Lane", ASSURANCE_POSTCODE),
            place.towards(0.5, 90.0),
            provider,
            peculiarity,
            Opening::ALL_HOURS,
        )
    });
    made.collect()
}

/// The dozen, and as many ordinary ones more as are asked for.
pub(super) fn services(count: usize) -> Vec<Service> {
    let named = LINES.iter().enumerate().map(|(index, line)| {
        let (name, kind, place, street, postcode, (miles, degrees), provider, peculiarity, opening) = *line;
        let at = Point::MIDDLE.towards(miles, degrees);
        service(index, name, kind, (place, street, postcode), at, provider, peculiarity, opening)
    });
    let more = (LINES.len()..).map(|index| {
        let number = index - LINES.len();
        let name = format!("Northdale Community Clinic {}", number + 1);
        let at = Point::MIDDLE.towards((number as f64).mul_add(0.1, 5.5), 315.0);
        let place = ("Northdale", "Ring Road", "ND3 3AA");
        service(index, &name, GP_ACCESS, place, at, index % 3, Peculiarity::Plain, Opening::ALL_HOURS)
    });
    named.chain(more).take(count.max(1)).collect()
}

const DENTIST: Kind = (30, "Dental Access Centre");
const PRACTICE: Kind = (100, "GP Practice");
const CLINIC: Kind = (60, "Specialist Clinic");
const ADVICE: Kind = (131, "Telephone Advice");
pub(crate) const EMERGENCY_DEPARTMENT: Kind = (40, "Emergency Department");

/// The directory's ranking of the types: the first is named first, whatever is nearer.
pub(crate) const RANKING: [Kind; 10] =
    [UTC, GP_ACCESS, CLINIC, CAS, ADVICE, DENTIST, PRACTICE, PHARMACY, NURSE, EMERGENCY_DEPARTMENT];

/// The symptom group for which only services are found that take no referral electronically.
const BY_HAND: u32 = 1290;

/// Services with needs of their own: an ordinary search by the desk's own account finds none of them. They take no
/// bookings.
pub(super) fn particular_services() -> Vec<Service> {
    let ordinary = || Serves::ORDINARY;
    let group = |groups| Serves::group(groups);
    let everywhere = Opening::ALL_HOURS;
    let of = |id: u32, name: &str, kind: Kind, direction: (f64, f64), opening: Opening, serves: Serves| Service {
        id: id.to_string(),
        serves,
        ..service(
            (id % 100) as usize,
            name,
            kind,
            ("Northdale", "Infirmary Road", "ND1 5AD"),
            Point::MIDDLE.towards(direction.0, direction.1),
            2,
            Peculiarity::NoBookings,
            opening,
        )
    };
    let dental = Serves { groups: 1000..=1399, dispositions: DENTAL, ..ordinary() };
    let practice = Serves { dispositions: OWN_PRACTICE, practices: &["N81001"], ..ordinary() };
    let women = Serves { ages: (ADULT, ALL_AGES.1), genders: "F", ..group(1240..=1249) };
    let children = Serves { ages: (0, ADULT - 1), ..group(1250..=1259) };
    let infants = Serves { ages: (0, 364), ..group(1250..=1259) };
    let wounds = Serves { discriminators: 4100..=4110, ..group(1260..=1269) };
    let eyes = group(1270..=1279);
    let hours = group(1280..=1289);
    let by_hand = |id: u32, name: &str, direction: (f64, f64), referrals: Referrals| Service {
        referrals,
        ..of(id, name, CLINIC, direction, everywhere, group(BY_HAND..=BY_HAND + 9))
    };
    let clinicians = Serves { audience: Audience::Clinicians, ..ordinary() };
    let handlers = Serves { audience: Audience::CallHandlers, ..ordinary() };
    let emergencies = Serves { groups: 1..=9999, dispositions: EMERGENCY, ..ordinary() };
    vec![
        of(111_801, "Northdale Dental Access Centre", DENTIST, (1.4, 40.0), Opening::DAYTIME, dental),
        of(111_802, "Castle Street Surgery", PRACTICE, (0.7, 310.0), Opening::OFFICE_HOURS, practice),
        of(111_803, "Northdale Women’s Clinic", CLINIC, (1.9, 60.0), everywhere, women),
        of(111_804, "Northdale Children’s Clinic", CLINIC, (2.2, 70.0), everywhere, children),
        of(111_805, "Northdale Baby Clinic", CLINIC, (1.0, 75.0), everywhere, infants),
        of(111_806, "Northdale Wound Clinic", CLINIC, (2.4, 200.0), everywhere, wounds),
        Service {
            capacity: Capacity::None,
            ..of(111_807, "Northdale Eye Clinic", CLINIC, (0.5, 15.0), everywhere, eyes.clone())
        },
        Service {
            capacity: Capacity::Low,
            ..of(111_808, "Ashbridge Eye Clinic", CLINIC, (2.5, 85.0), everywhere, eyes.clone())
        },
        Service { active: false, ..of(111_809, "Old Eye Hospital", CLINIC, (0.4, 120.0), everywhere, eyes) },
        of(111_810, "Northdale Weekday Clinic", CLINIC, (1.0, 20.0), Opening::OFFICE_HOURS, hours.clone()),
        of(111_811, "Northdale Night Clinic", CLINIC, (1.1, 25.0), Opening::NIGHTS, hours.clone()),
        of(111_812, "Northdale Long Clinic", CLINIC, (1.2, 35.0), Opening::NOT_AT_NEW_YEAR, hours),
        by_hand(
            111_831,
            "Northdale Minor Injuries Unit",
            (0.6, 45.0),
            Referrals::ByMail("referrals@minorinjuries.example"),
        ),
        by_hand(111_832, "Ashbridge Minor Injuries Clinic", (2.3, 82.0), Referrals::ByTelephone),
        by_hand(111_833, "Wexcombe First Aid Post", (3.2, 215.0), Referrals::NoWay),
        by_hand(
            111_834,
            "Castle Street Walk-in Centre",
            (3.8, 300.0),
            Referrals::ByMailAndCopied("referrals@castlestreet.example"),
        ),
        of(111_821, "Northdale Ambulatory Care", CLINIC, (1.5, 50.0), everywhere, clinicians),
        of(111_822, "Northdale Telephone Advice", ADVICE, (0.9, 150.0), everywhere, handlers),
        of(111_951, "Northdale Royal", EMERGENCY_DEPARTMENT, (2.0, 350.0), everywhere, emergencies.clone()),
        of(111_952, "Ashbridge General", EMERGENCY_DEPARTMENT, (7.5, 95.0), everywhere, emergencies.clone()),
        of(111_953, "Wexcombe Infirmary", EMERGENCY_DEPARTMENT, (6.0, 215.0), everywhere, emergencies),
    ]
}

#[expect(clippy::too_many_arguments, reason = "one line of a table")]
fn service(
    index: usize,
    name: &str,
    kind: Kind,
    (place, street, postcode): (&'static str, &'static str, &'static str),
    at: Point,
    provider: usize,
    peculiarity: Peculiarity,
    opening: Opening,
) -> Service {
    Service {
        id: (111_001 + index).to_string(),
        name: name.to_owned(),
        kind,
        place,
        address: format!("{} {street}", 1 + index * 7 % 90),
        postcode,
        at,
        phone: format!("01632 960{:03}", 100 + index % 900),
        provider,
        peculiarity,
        opening,
        serves: Serves::ORDINARY,
        capacity: if peculiarity == Peculiarity::Slow { Capacity::Low } else { Capacity::High },
        referrals: Referrals::Electronically,
        active: true,
    }
}
