//! The Spine directory: LDAP searches over the entries of the registered systems. Anonymous, read-only.

use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use ldap3_proto::LdapCodec;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindResponse, LdapFilter, LdapMsg, LdapOp, LdapPartialAttribute, LdapResult, LdapResultCode,
    LdapSearchRequest, LdapSearchResultEntry, LdapSearchScope,
};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::codec::Framed;

use crate::control::Cue;
use crate::world::{MIXED, NO_URL, PROVIDERS, SEVERAL_MHS, WITHOUT_BOOKING, WITHOUT_ENDPOINT, WITHOUT_SLOTS, World};

pub(crate) const BASE: &str = "ou=Services,o=nhs";
const CARE_CONNECT: [&str; 6] = [
    "urn:nhs:names:services:careconnect:fhir:rest:read:slot",
    "urn:nhs:names:services:careconnect:fhir:rest:create:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:read:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:search:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:update:appointment",
    "urn:nhs:names:services:careconnect:fhir:rest:read:metadata",
];

struct Entry {
    dn: String,
    attributes: Vec<(&'static str, Vec<String>)>,
}

pub(crate) async fn serve(listener: TcpListener, world: Arc<World>) {
    let entries = Arc::new(entries(&world));
    // Dropped with this future, so that no conversation outlives the demonstration.
    let mut conversations = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while conversations.try_join_next().is_some() {}
        conversations.spawn(converse(stream, Arc::clone(&entries), Arc::clone(&world)));
    }
}

fn entries(world: &World) -> Vec<Entry> {
    let text = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let mut entries = Vec::new();
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
    entries
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

async fn converse(stream: TcpStream, entries: Arc<Vec<Entry>>, world: Arc<World>) {
    let mut framed = Framed::new(stream, LdapCodec::default());
    while let Some(Ok(message)) = framed.next().await {
        match world.cue("sds", |_| true) {
            Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
            Some(_) => return,
            None => {}
        }
        let answers = match answers(&message.op, &entries, &world) {
            Some(answers) => answers,
            None => return,
        };
        for op in answers {
            if framed.send(LdapMsg { msgid: message.msgid, op, ctrl: Vec::new() }).await.is_err() {
                return;
            }
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum; whatever is not a bind or a search is not for this directory"
)]
fn answers(op: &LdapOp, entries: &[Entry], world: &World) -> Option<Vec<LdapOp>> {
    match op {
        LdapOp::BindRequest(bind) => {
            let anonymous =
                bind.dn.is_empty() && matches!(&bind.cred, LdapBindCred::Simple(password) if password.is_empty());
            let code = if anonymous { LdapResultCode::Success } else { LdapResultCode::InvalidCredentials };
            Some(vec![LdapOp::BindResponse(LdapBindResponse { res: result(code), saslcreds: None })])
        }
        LdapOp::SearchRequest(search) => Some(found(search, entries, world)),
        LdapOp::AbandonRequest(_) => Some(Vec::new()),
        LdapOp::UnbindRequest => None,
        _ => Some(vec![LdapOp::SearchResultDone(result(LdapResultCode::UnwillingToPerform))]),
    }
}

fn found(search: &LdapSearchRequest, entries: &[Entry], world: &World) -> Vec<LdapOp> {
    world.note_asked("sds", json!({ "base": search.base, "filter": format!("{:?}", search.filter) }));
    let same = |one: &str, other: &str| one.replace(' ', "").eq_ignore_ascii_case(&other.replace(' ', ""));
    let below = |dn: &str| dn.to_ascii_lowercase().ends_with(&search.base.replace(' ', "").to_ascii_lowercase());
    let known =
        same(&search.base, BASE) || same(&search.base, "o=nhs") || entries.iter().any(|e| same(&e.dn, &search.base));
    if !known {
        return vec![LdapOp::SearchResultDone(result(LdapResultCode::NoSuchObject))];
    }
    let in_scope = |entry: &&Entry| match search.scope {
        LdapSearchScope::Base => same(&entry.dn, &search.base),
        LdapSearchScope::OneLevel => same(&search.base, BASE),
        LdapSearchScope::Subtree | LdapSearchScope::Children => below(&entry.dn),
    };
    let hits: Vec<&Entry> = entries.iter().filter(in_scope).filter(|entry| entry.fits(&search.filter)).collect();
    let limit = usize::try_from(search.sizelimit).unwrap_or(0);
    let cut = limit > 0 && hits.len() > limit;
    let shown = hits.into_iter().take(if cut { limit } else { usize::MAX });
    let mut answers: Vec<LdapOp> = shown.map(|entry| LdapOp::SearchResultEntry(entry.shown(&search.attrs))).collect();
    let code = if cut { LdapResultCode::SizeLimitExceeded } else { LdapResultCode::Success };
    answers.push(LdapOp::SearchResultDone(result(code)));
    answers
}

impl Entry {
    fn values(&self, attribute: &str) -> &[String] {
        let found = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        found.map_or(&[], |(_, values)| values.as_slice())
    }

    fn fits(&self, filter: &LdapFilter) -> bool {
        match filter {
            LdapFilter::And(all) => all.iter().all(|part| self.fits(part)),
            LdapFilter::Or(any) => any.iter().any(|part| self.fits(part)),
            LdapFilter::Not(not) => !self.fits(not),
            LdapFilter::Equality(attribute, value) | LdapFilter::Approx(attribute, value) => {
                self.values(attribute).iter().any(|own| own.eq_ignore_ascii_case(value))
            }
            LdapFilter::Present(attribute) => !self.values(attribute).is_empty(),
            LdapFilter::Substring(..)
            | LdapFilter::GreaterOrEqual(..)
            | LdapFilter::LessOrEqual(..)
            | LdapFilter::Extensible(_) => false,
        }
    }

    fn shown(&self, wanted: &[String]) -> LdapSearchResultEntry {
        let all = wanted.is_empty() || wanted.iter().any(|name| name == "*");
        let attributes = self
            .attributes
            .iter()
            .filter(|(name, _)| all || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
            .map(|(name, values)| LdapPartialAttribute {
                atype: (*name).to_owned(),
                vals: values.iter().map(|value| value.clone().into_bytes()).collect(),
            })
            .collect();
        LdapSearchResultEntry { dn: self.dn.clone(), attributes }
    }
}

fn result(code: LdapResultCode) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: String::new(), referral: Vec::new() }
}
