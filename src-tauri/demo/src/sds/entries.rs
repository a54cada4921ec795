//! What is in the Spine directory: the registered systems, their addresses, and which entries fit a search.

use ldap3_proto::proto::{
    LdapFilter, LdapPartialAttribute, LdapSearchRequest, LdapSearchResultEntry, LdapSearchScope, LdapSubstringFilter,
};

use crate::world::{
    MIXED, NO_URL, OUR_ASID, PROVIDERS, SEVERAL_MHS, WITHOUT_BOOKING, WITHOUT_ENDPOINT, WITHOUT_SLOTS, World,
};

pub(crate) const BASE: &str = "ou=Services,o=nhs";
const CARE_CONNECT: [&str; 6] = [
    "urn:nhs:names:services:careconnect:fhir:rest:read:slot",
    "urn:nhs:names:services:careconnect:fhir:rest:create:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:read:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:search:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:update:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:read:metadata",
];

/// An entry: name, and its attributes with their values.
pub(super) struct Entry {
    dn: String,
    attributes: Vec<(&'static str, Vec<String>)>,
}

/// All entries.
pub(crate) struct Directory(Vec<Entry>);

impl Directory {
    pub(crate) fn of(world: &World) -> Self {
        let text = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let mut entries = vec![
            Entry {
                dn: "o=nhs".to_owned(),
                attributes: vec![("objectClass", text(&["organization", "top"])), ("o", text(&["nhs"]))],
            },
            Entry {
                dn: BASE.to_owned(),
                attributes: vec![("objectClass", text(&["organizationalUnit", "top"])), ("ou", text(&["Services"]))],
            },
            // The desk's own system: it asks, and is never asked.
            Entry {
                dn: format!("uniqueIdentifier={OUR_ASID},{BASE}"),
                attributes: vec![
                    ("objectClass", text(&["nhsAs", "top"])),
                    ("uniqueIdentifier", text(&[OUR_ASID])),
                    ("nhsIDCode", text(&["NDA01"])),
                    ("nhsMHSPartyKey", text(&["NDA01-9000205"])),
                    ("nhsMhsManufacturerOrg", text(&["NDM01"])),
                ],
            },
        ];
        for (seed, root) in PROVIDERS.iter().zip(&world.roots) {
            entries.push(Entry {
                dn: format!("uniqueIdentifier={},{BASE}", seed.asid),
                attributes: vec![
                    ("objectClass", text(&["nhsAs", "top"])),
                    ("uniqueIdentifier", text(&[seed.asid])),
                    ("nhsIDCode", text(&[seed.ods_code])),
                    ("nhsMHSPartyKey", text(&[seed.party_key])),
                    ("nhsMhsManufacturerOrg", text(&["NDM01"])),
                    ("nhsAsSvcIA", text(&CARE_CONNECT)),
                ],
            });
            entries.push(Entry {
                dn: format!("uniqueIdentifier={}-mhs,{BASE}", seed.asid),
                attributes: vec![
                    ("objectClass", text(&["nhsMhs", "top"])),
                    ("uniqueIdentifier", vec![format!("{}-mhs", seed.asid)]),
                    ("nhsIDCode", text(&[seed.ods_code])),
                    ("nhsMHSPartyKey", text(&[seed.party_key])),
                    ("nhsMhsSvcIA", text(&CARE_CONNECT)),
                    ("nhsMHSEndPoint", vec![root.clone()]),
                ],
            });
        }
        entries.extend(broken());
        Self(entries)
    }

    /// Whether there is a system with this ASID.
    pub(crate) fn has_system(&self, asid: &str) -> bool {
        self.system(asid).is_some()
    }

    /// The interactions that the system is registered for.
    pub(crate) fn interactions(&self, asid: &str) -> &[String] {
        self.system(asid).map_or(&[], |system| system.values("nhsAsSvcIA"))
    }

    /// The addresses of the system, through its party key.
    pub(crate) fn addresses(&self, asid: &str) -> Vec<&str> {
        let keys = self.system(asid).map_or(&[][..], |system| system.values("nhsMHSPartyKey"));
        let handlers = self.0.iter().filter(|entry| entry.is("nhsMhs"));
        let own = handlers.filter(|entry| entry.values("nhsMHSPartyKey").iter().any(|key| keys.contains(key)));
        own.flat_map(|entry| entry.values("nhsMHSEndPoint")).map(String::as_str).collect()
    }

    fn system(&self, asid: &str) -> Option<&Entry> {
        let mut systems = self.0.iter().filter(|entry| entry.is("nhsAs"));
        systems.find(|entry| entry.values("uniqueIdentifier").iter().any(|own| own == asid))
    }

    /// The entries that a search is for; none where there is no such base.
    pub(super) fn search(&self, search: &LdapSearchRequest) -> Option<Vec<&Entry>> {
        let base = parts(&search.base);
        // The root of all has no entry of its own.
        if !base.is_empty() && !self.0.iter().any(|entry| parts(&entry.dn) == base) {
            return None;
        }
        let in_scope = |entry: &&Entry| {
            let own = parts(&entry.dn);
            let below = own.len().checked_sub(base.len()).filter(|more| own[*more..] == base[..]);
            match search.scope {
                LdapSearchScope::Base => below == Some(0),
                LdapSearchScope::OneLevel => below == Some(1),
                LdapSearchScope::Subtree => below.is_some(),
                LdapSearchScope::Children => below.is_some_and(|more| more > 0),
            }
        };
        Some(self.0.iter().filter(in_scope).filter(|entry| entry.fits(&search.filter)).collect())
    }

    /// The nearest name above one that is not there.
    pub(super) fn nearest(&self, dn: &str) -> String {
        let wanted = parts(dn);
        let above = |entry: &&Entry| wanted.ends_with(&parts(&entry.dn));
        let nearest = self.0.iter().filter(above).max_by_key(|entry| parts(&entry.dn).len());
        nearest.map(|entry| entry.dn.clone()).unwrap_or_default()
    }
}

/// The parts of a name, compared without regard to case and to spaces around the signs.
fn parts(dn: &str) -> Vec<String> {
    let part = |part: &str| part.split('=').map(str::trim).collect::<Vec<_>>().join("=").to_lowercase();
    if dn.trim().is_empty() { Vec::new() } else { dn.split(',').map(part).collect() }
}

/// Entries that are wrong, for the assurance scenarios.
fn broken() -> Vec<Entry> {
    const SLOTS: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:slot";
    const BOOKINGS: &str = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
    const GP_CONNECT: &str = "urn:nhs:names:services:gpconnect:fhir:rest:search:slot-1";
    let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let key = |asid: &str| format!("NDZ04-{}", &asid[5..]);
    let system = |asid: &'static str, interactions: &[&str]| Entry {
        dn: format!("uniqueIdentifier={asid},{BASE}"),
        attributes: vec![
            ("objectClass", texts(&["nhsAs", "top"])),
            ("uniqueIdentifier", texts(&[asid])),
            ("nhsIDCode", texts(&["NDZ04"])),
            ("nhsMHSPartyKey", vec![key(asid)]),
            ("nhsAsSvcIA", texts(interactions)),
        ],
    };
    let address = |asid: &'static str, number: u8, endpoint: Option<&str>| {
        let mut attributes = vec![
            ("objectClass", texts(&["nhsMhs", "top"])),
            ("uniqueIdentifier", vec![format!("{asid}-mhs{number}")]),
            ("nhsIDCode", texts(&["NDZ04"])),
            ("nhsMHSPartyKey", vec![key(asid)]),
            ("nhsMhsSvcIA", texts(&[SLOTS, BOOKINGS])),
        ];
        attributes.extend(endpoint.map(|endpoint| ("nhsMHSEndPoint", texts(&[endpoint]))));
        Entry { dn: format!("uniqueIdentifier={asid}-mhs{number},{BASE}"), attributes }
    };
    let somewhere = Some("https://assured.northdale.example/STU3/1");
    vec![
        system(WITHOUT_SLOTS, &[BOOKINGS]),
        address(WITHOUT_SLOTS, 1, somewhere),
        system(WITHOUT_BOOKING, &[SLOTS]),
        address(WITHOUT_BOOKING, 1, somewhere),
        system(MIXED, &[SLOTS, BOOKINGS, GP_CONNECT]),
        address(MIXED, 1, somewhere),
        system(SEVERAL_MHS, &[SLOTS, BOOKINGS]),
        address(SEVERAL_MHS, 1, somewhere),
        address(SEVERAL_MHS, 2, Some("https://assured.northdale.example/STU3/2")),
        system(WITHOUT_ENDPOINT, &[SLOTS, BOOKINGS]),
        address(WITHOUT_ENDPOINT, 1, None),
        system(NO_URL, &[SLOTS, BOOKINGS]),
        address(NO_URL, 1, Some("to be confirmed")),
    ]
}

impl Entry {
    fn values(&self, attribute: &str) -> &[String] {
        let found = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        found.map_or(&[], |(_, values)| values.as_slice())
    }

    fn is(&self, class: &str) -> bool {
        self.values("objectClass").iter().any(|own| own.eq_ignore_ascii_case(class))
    }

    fn fits(&self, filter: &LdapFilter) -> bool {
        let any = |attribute: &str, holds: &dyn Fn(&str) -> bool| {
            self.values(attribute).iter().any(|own| holds(&own.to_lowercase()))
        };
        match filter {
            LdapFilter::And(all) => all.iter().all(|part| self.fits(part)),
            LdapFilter::Or(one) => one.iter().any(|part| self.fits(part)),
            LdapFilter::Not(not) => !self.fits(not),
            LdapFilter::Equality(attribute, value) | LdapFilter::Approx(attribute, value) => {
                let value = value.to_lowercase();
                any(attribute, &|own| own == value)
            }
            LdapFilter::Present(attribute) => !self.values(attribute).is_empty(),
            LdapFilter::Substring(attribute, pieces) => any(attribute, &|own| has_pieces(own, pieces)),
            LdapFilter::GreaterOrEqual(attribute, value) => {
                let value = value.to_lowercase();
                any(attribute, &|own| own >= value.as_str())
            }
            LdapFilter::LessOrEqual(attribute, value) => {
                let value = value.to_lowercase();
                any(attribute, &|own| own <= value.as_str())
            }
            // A rule that is not known is true of nothing.
            LdapFilter::Extensible(_) => false,
        }
    }

    /// The entry with the attributes that are wanted: all for none named or `*`, none for `1.1`.
    pub(super) fn shown(&self, wanted: &[String], types_only: bool) -> LdapSearchResultEntry {
        let all = wanted.is_empty() || wanted.iter().any(|name| name == "*");
        let attributes = self
            .attributes
            .iter()
            .filter(|(name, _)| all || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
            .map(|(name, values)| LdapPartialAttribute {
                atype: (*name).to_owned(),
                vals: values.iter().filter(|_| !types_only).map(|value| value.clone().into_bytes()).collect(),
            })
            .collect();
        LdapSearchResultEntry { dn: self.dn.clone(), attributes }
    }
}

/// Whether a value (in lower case) begins, goes on and ends as the filter says.
fn has_pieces(own: &str, pieces: &LdapSubstringFilter) -> bool {
    let lower = |piece: &Option<String>| piece.as_deref().unwrap_or_default().to_lowercase();
    let Some(mut rest) = own.strip_prefix(lower(&pieces.initial).as_str()) else { return false };
    for piece in &pieces.any {
        let piece = piece.to_lowercase();
        let Some((_, after)) = rest.split_once(piece.as_str()) else { return false };
        rest = after;
    }
    rest.ends_with(lower(&pieces.final_).as_str())
}
