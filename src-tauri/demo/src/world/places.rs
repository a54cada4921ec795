//! Where the invented postcodes lie. Distances are as the crow flies, in miles; the middle is sector 4 of ND1.

/// A place: miles east and north of the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) east: f64,
    pub(crate) north: f64,
}

/// From here, and from nowhere else, the services of the assurance scenarios are found.
pub(crate) const ASSURANCE_POSTCODE: &str = "ND99 9ZZ";
/// Metres in a mile.
const METRES: f64 = 1609.344;
/// How far the sectors of one district lie from each other, in miles.
const SECTOR: f64 = 0.2;

/// Number of the district, and where its sector 4 lies. ND1 to ND9 are the town and what is around it, ND10 to ND12 the
/// country, ND20 an island far off.
const DISTRICTS: [(u32, Point); 14] = [
    (1, at(0.0, 0.0)),
    (2, at(0.3, 1.7)),
    (3, at(-3.9, 3.9)),
    (4, at(2.3, 0.2)),
    (5, at(-2.0, -1.0)),
    (6, at(-2.5, -2.7)),
    (7, at(1.0, -4.5)),
    (8, at(3.9, -0.9)),
    (9, at(-0.5, 5.2)),
    (10, at(14.0, 9.0)),
    (11, at(-30.0, 12.0)),
    (12, at(4.0, -33.0)),
    (20, at(90.0, 120.0)),
    (99, at(0.0, -0.5)),
];

/// Districts from which one has to look farther than elsewhere, in kilometres.
const FARTHER: [(u32, u32); 2] = [(11, 75), (20, 90)];

const fn at(east: f64, north: f64) -> Point {
    Point { east, north }
}

impl Point {
    pub(crate) const MIDDLE: Self = at(0.0, 0.0);

    /// So many miles from here, in a direction (degrees from north, clockwise).
    pub(crate) fn towards(self, miles: f64, degrees: f64) -> Self {
        let turned = degrees.to_radians();
        Self { east: turned.sin().mul_add(miles, self.east), north: turned.cos().mul_add(miles, self.north) }
    }

    /// In miles.
    pub(crate) fn distance(self, other: Self) -> f64 {
        (self.east - other.east).hypot(self.north - other.north)
    }

    /// Metres on a grid of this world: eastings and northings.
    pub(crate) fn on_the_grid(self) -> (i64, i64) {
        let metres = |miles: f64, from: f64| miles.mul_add(METRES, from).round() as i64;
        (metres(self.east, 420_000.0), metres(self.north, 540_000.0))
    }
}

/// A postcode of the invented area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) point: Point,
    /// Whether it is the one of the assurance scenarios.
    pub(crate) assurance: bool,
    /// How far one looks from its district, in kilometres, where that is another distance than everybody's.
    pub(crate) reach: Option<u32>,
}

/// Where a postcode lies: `ND1 2AB`, with or without its space, in any letter case. None where there is no such place.
pub(crate) fn find(postcode: &str) -> Option<Place> {
    let bare: String = postcode.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    let rest = bare.strip_prefix("ND").filter(|rest| rest.is_ascii())?;
    let (district, inward) = rest.split_at_checked(rest.len().checked_sub(3)?)?;
    let (sector, unit) = inward.split_at_checked(1)?;
    if district.starts_with('0') || !unit.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok());
    let (district, sector) = (number(district)??, number(sector)??);
    let (_, middle) = DISTRICTS.iter().find(|(number, _)| *number == district)?;
    Some(Place {
        point: middle.towards((f64::from(sector) - 4.0).abs() * SECTOR, f64::from(sector) * 40.0),
        assurance: bare == ASSURANCE_POSTCODE.replace(' ', ""),
        reach: FARTHER.iter().find(|(number, _)| *number == district).map(|(_, reach)| *reach),
    })
}
