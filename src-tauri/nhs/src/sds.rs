//! The Spine Directory Service over LDAP: two queries from an ASID to an address, and every failure of DI-7 told apart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use desk_domain::failure::{CertificateFault, EndpointFailure};
use desk_domain::id::{Asid, EncounterId, RequestId};
use desk_domain::service::BookingConnection;
use desk_journeys::ports::{Clock, EndpointDirectory, Exchange, ExchangeLog, ProviderAddress};
use ldap3::asn1::StructureTag;
use ldap3::ldap_escape;
use tokio::time::timeout;

use crate::address::may_be_called;
use crate::connection::NotConnected;
use crate::ldap::{Directory, NoResult, SIZE_LIMIT, next};
use crate::observe::{LdapObserved, Observer};
use crate::settings::{NhsSettings, SdsSettings};

const READ_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:slot";
const SEARCH_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:search:slot";
const CREATE_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
/// More than one is "several" already.
const MOST_ENTRIES: usize = 20;
const GP_CONNECT: &str = "urn:nhs:names:services:gpconnect:";

pub(crate) struct Sds {
    settings: SdsSettings,
    connect: Duration,
    answer: Duration,
    tls: Arc<rustls::ClientConfig>,
    clock: Arc<dyn Clock>,
    log: Arc<dyn ExchangeLog>,
    observer: Option<Arc<dyn Observer>>,
}

/// Why one connection to the directory gave no address.
enum NotFound {
    /// It asked for our certificate, and hung up without a word.
    HungUp,
    Because(EndpointFailure),
}

/// An entry, its attributes by lower-case name.
struct Entry(HashMap<String, Vec<String>>);

impl Entry {
    fn all(&self, name: &str) -> &[String] {
        self.0.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    fn pairs(&self) -> Vec<(String, Vec<String>)> {
        let mut pairs: Vec<_> = self.0.iter().map(|(name, values)| (name.clone(), values.clone())).collect();
        pairs.sort();
        pairs
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.all(name).iter().map(|value| value.trim()).find(|value| !value.is_empty())
    }
}

impl Sds {
    pub(crate) fn new(
        settings: &NhsSettings,
        tls: Arc<rustls::ClientConfig>,
        clock: Arc<dyn Clock>,
        log: Arc<dyn ExchangeLog>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        let (connect, answer) = (settings.timeouts.connect(), settings.timeouts.first_byte());
        Self { settings: settings.sds.clone(), connect, answer, tls, clock, log, observer }
    }

    async fn two_queries(&self, wanted: Wanted<'_>) -> Result<ProviderAddress, EndpointFailure> {
        // Some directories say nothing where they do not accept our certificate: they ask for it, and hang up. Once, that
        // may be anything; a lookup changes nothing and can be made again.
        let found = match self.connected(wanted).await {
            Err(NotFound::HungUp) => self.connected(wanted).await,
            found => found,
        };
        found.map_err(|not| match not {
            NotFound::HungUp => EndpointFailure::NotSafe(CertificateFault::Ours),
            NotFound::Because(failure) => failure,
        })
    }

    async fn connected(&self, wanted: Wanted<'_>) -> Result<ProviderAddress, NotFound> {
        let opened = timeout(self.connect, Directory::open(&self.settings.url, &self.tls)).await;
        let opened = opened.map_err(|_| NotFound::Because(EndpointFailure::TimedOut))?;
        let mut directory = opened.map_err(|not| match not {
            NotConnected::NotSafe(fault) => NotFound::Because(EndpointFailure::NotSafe(fault)),
            NotConnected::HungUp => NotFound::HungUp,
            NotConnected::Unreachable => NotFound::Because(EndpointFailure::Unreachable),
        })?;
        let found = self.ask(&mut directory, wanted).await.map_err(|failure| {
            let ended = failure == EndpointFailure::Unreachable;
            if ended && directory.is_mute_since_it_saw_our_certificate() {
                NotFound::HungUp
            } else {
                NotFound::Because(failure)
            }
        });
        timeout(self.connect, directory.close()).await.unwrap_or_default();
        found
    }

    async fn ask(&self, directory: &mut Directory, wanted: Wanted<'_>) -> Result<ProviderAddress, EndpointFailure> {
        let connection = match wanted {
            Wanted::Connection(connection) => connection,
            Wanted::Root(root) => return self.ask_for_root(directory, root).await,
        };
        let filter = match connection {
            BookingConnection::System(asid) => {
                format!("(&(objectClass=nhsAs)(uniqueIdentifier={}))", ldap_escape(asid.as_str()))
            }
            BookingConnection::Organisation(code) => format!(
                "(&(nhsIDCode={})(objectClass=nhsAs)(nhsAsSvcIA={CREATE_APPOINTMENT}))",
                ldap_escape(code.as_str())
            ),
            BookingConnection::None | BookingConnection::Several | BookingConnection::Unusable => {
                return Err(EndpointFailure::NoUsableAddress);
            }
        };
        let systems = self.search(directory, &filter, &["uniqueIdentifier", "nhsMHSPartyKey", "nhsAsSvcIA"]).await?;
        let (asid, slot_interaction, key) = system(&systems, connection)?;
        let filter =
            format!("(&(objectClass=nhsMhs)(nhsMHSPartyKey={})(nhsMhsSvcIA={CREATE_APPOINTMENT}))", ldap_escape(key));
        let root = address(&self.search(directory, &filter, &["nhsMHSEndPoint"]).await?)?;
        Ok(ProviderAddress { asid, root, slot_interaction: Some(slot_interaction) })
    }

    /// The two queries the other way round: whose address it is, and which system has that party key.
    async fn ask_for_root(&self, directory: &mut Directory, root: &str) -> Result<ProviderAddress, EndpointFailure> {
        let filter = format!(
            "(&(objectClass=nhsMhs)(nhsMHSEndPoint={})(nhsMhsSvcIA={CREATE_APPOINTMENT}))",
            ldap_escape(root.trim_end_matches('/'))
        );
        let hosts = self.search(directory, &filter, &["nhsMHSPartyKey", "nhsMHSEndPoint"]).await?;
        let root = address(&hosts)?;
        let key = hosts.first().and_then(|host| host.first("nhsMHSPartyKey"));
        let key = key.ok_or(EndpointFailure::SystemNotFound)?;
        let filter =
            format!("(&(objectClass=nhsAs)(nhsMHSPartyKey={})(nhsAsSvcIA={CREATE_APPOINTMENT}))", ldap_escape(key));
        let systems = self.search(directory, &filter, &["uniqueIdentifier", "nhsMHSPartyKey", "nhsAsSvcIA"]).await?;
        let (asid, slot_interaction, _) = system(&systems, &BookingConnection::None)?;
        Ok(ProviderAddress { asid, root, slot_interaction: Some(slot_interaction) })
    }

    async fn search(
        &self,
        directory: &mut Directory,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, EndpointFailure> {
        let at = self.clock.now();
        let found = self.search_once(directory, filter, attributes).await;
        if let Some(observer) = &self.observer {
            let entries = |entries: &Vec<Entry>| entries.iter().map(Entry::pairs).collect();
            observer.ldap(LdapObserved {
                at,
                url: self.settings.url.to_string(),
                base: self.settings.base.clone(),
                filter: filter.to_owned(),
                answer: found.as_ref().map(entries).map_err(ToString::to_string),
            });
        }
        found
    }

    async fn search_once(
        &self,
        directory: &mut Directory,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, EndpointFailure> {
        let search = directory.search(&self.settings.base, filter, attributes, MOST_ENTRIES);
        let found = timeout(self.answer, search).await.map_err(|_| EndpointFailure::TimedOut)?;
        let found = found.map_err(|none| match none {
            NoResult::Ended => EndpointFailure::Unreachable,
            NoResult::NotSafe(fault) => EndpointFailure::NotSafe(fault),
            NoResult::Malformed => EndpointFailure::Failed,
        })?;
        let elsewhere = found.references > 0;
        let entries: Vec<Entry> = found.entries.into_iter().filter_map(entry).collect();
        match found.code {
            // Whatever there may be stands in another directory.
            0 if entries.is_empty() && elsewhere => Err(EndpointFailure::ReferredElsewhere),
            0 => Ok(entries),
            // The base is there without entries.
            32 => Ok(Vec::new()),
            // More entries than asked for: with two or more in hand that is "several" to the caller; with fewer, nobody
            // can say what the directory kept back.
            SIZE_LIMIT if entries.len() > 1 => Ok(entries),
            3 | 51 | 52 => Err(EndpointFailure::TimedOut),
            10 => Err(EndpointFailure::ReferredElsewhere),
            code => {
                tracing::warn!(code, "the Spine directory refused a search");
                Err(EndpointFailure::Failed)
            }
        }
    }
}

/// An entry of the answer.
fn entry(found: StructureTag) -> Option<Entry> {
    let read = attributes(found);
    if read.is_none() {
        tracing::warn!("an entry of the Spine directory is not well-formed");
    }
    read
}

/// The attributes of an entry as it came (RFC 4511, 4.5.2), values that are no text left out.
fn attributes(found: StructureTag) -> Option<Entry> {
    let mut parts = found.expect_constructed()?.into_iter();
    let (_name, attributes) = (parts.next()?, parts.next()?.expect_constructed()?);
    let mut all = HashMap::<String, Vec<String>>::new();
    for attribute in attributes {
        let mut parts = attribute.expect_constructed()?.into_iter();
        let name = String::from_utf8(parts.next()?.expect_primitive()?).ok()?.to_ascii_lowercase();
        let values = parts.next()?.expect_constructed()?.into_iter().filter_map(StructureTag::expect_primitive);
        all.entry(name).or_default().extend(values.filter_map(|value| String::from_utf8(value).ok()));
    }
    Some(Entry(all))
}

/// What the desk makes of directory messages (BER, one after another) that answer both queries: party key and address, or why
/// there is none.
pub(crate) fn read_messages(
    mut bytes: &[u8],
    connection: &BookingConnection,
) -> Result<(String, String), EndpointFailure> {
    let mut entries = Vec::new();
    while let Some((message, rest)) = next(bytes) {
        bytes = rest;
        entries.extend(entry(message));
    }
    let (_, _, key) = system(&entries, connection)?;
    address(&entries).map(|root| (key, root))
}

/// The one system among the entries of the first query: ASID, slot interaction, party key.
fn system(entries: &[Entry], connection: &BookingConnection) -> Result<(Asid, String, String), EndpointFailure> {
    let system = match entries {
        [] => return Err(EndpointFailure::SystemNotFound),
        [one] => one,
        _ => return Err(EndpointFailure::SeveralAddresses),
    };
    let slot_interaction = interactions(system)?;
    let key = system.first("nhsMHSPartyKey").ok_or(EndpointFailure::NoUsableAddress)?;
    let asid = match connection {
        BookingConnection::System(asid) => asid.clone(),
        BookingConnection::Organisation(_)
        | BookingConnection::None
        | BookingConnection::Several
        | BookingConnection::Unusable => {
            let given = system.first("uniqueIdentifier").and_then(|given| Asid::new(given).ok());
            given.ok_or(EndpointFailure::SystemNotFound)?
        }
    };
    Ok((asid, slot_interaction, key.to_owned()))
}

/// The one address among the entries of the second query.
fn address(entries: &[Entry]) -> Result<String, EndpointFailure> {
    match entries {
        [] => Err(EndpointFailure::NoUsableAddress),
        [one] => usable(one),
        _ => Err(EndpointFailure::SeveralAddresses),
    }
}

/// Both booking interactions, and none of GP Connect's (DI-7). Gives the slot interaction that is registered.
fn interactions(system: &Entry) -> Result<String, EndpointFailure> {
    let all = system.all("nhsAsSvcIA");
    let has = |wanted: &str| all.iter().any(|given| given.trim().eq_ignore_ascii_case(wanted));
    if all.iter().any(|given| given.trim().to_ascii_lowercase().starts_with(GP_CONNECT)) {
        return Err(EndpointFailure::MixedWithGpConnect);
    }
    let slot = [SEARCH_SLOT, READ_SLOT].into_iter().find(|slot| has(slot));
    slot.filter(|_| has(CREATE_APPOINTMENT)).map(str::to_owned).ok_or(EndpointFailure::InteractionsMissing)
}

/// The one address of an entry, where it is one that may be called.
fn usable(mhs: &Entry) -> Result<String, EndpointFailure> {
    let mut addresses: Vec<&str> =
        mhs.all("nhsMHSEndPoint").iter().map(|a| a.trim()).filter(|a| !a.is_empty()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let address = match addresses.as_slice() {
        [] => return Err(EndpointFailure::NoUsableAddress),
        [one] => *one,
        _ => return Err(EndpointFailure::SeveralAddresses),
    };
    if may_be_called(address) { Ok(address.to_owned()) } else { Err(EndpointFailure::NoUsableAddress) }
}

#[async_trait]
impl EndpointDirectory for Sds {
    async fn resolve(
        &self,
        encounter: EncounterId,
        request: RequestId,
        connection: &BookingConnection,
    ) -> Result<ProviderAddress, EndpointFailure> {
        self.recorded((encounter, request), "resolve", Wanted::Connection(connection)).await
    }

    async fn system_at(
        &self,
        encounter: EncounterId,
        request: RequestId,
        root: &str,
    ) -> Result<ProviderAddress, EndpointFailure> {
        self.recorded((encounter, request), "system at", Wanted::Root(root)).await
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
enum Wanted<'a> {
    /// The system of a booking connection.
    Connection(&'a BookingConnection),
    /// The system behind a service root.
    Root(&'a str),
}

impl Sds {
    async fn recorded(
        &self,
        (encounter, request): (EncounterId, RequestId),
        operation: &str,
        wanted: Wanted<'_>,
    ) -> Result<ProviderAddress, EndpointFailure> {
        let (at, began) = (self.clock.now(), std::time::Instant::now());
        let found = self.two_queries(wanted).await;
        self.log.record(Exchange {
            at,
            system: "SDS".to_owned(),
            operation: operation.to_owned(),
            encounter: Some(encounter),
            service: None,
            request: Some(request),
            search: None,
            trace: None,
            correlation: None,
            their_request: None,
            clock_ahead: None,
            status: None,
            failure: found.as_ref().err().map(ToString::to_string),
            took: began.elapsed(),
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry_of(pairs: &[(&str, &[&str])]) -> Entry {
        Entry(
            pairs.iter().map(|(k, v)| (k.to_ascii_lowercase(), v.iter().map(|v| (*v).to_owned()).collect())).collect(),
        )
    }

    #[test]
    fn di_7_interactions_are_told_apart() {
        let gp = "urn:nhs:names:services:gpconnect:fhir:rest:search:slot-1";
        let table: [(&[&str], Result<&str, EndpointFailure>); 5] = [
            (&[READ_SLOT, CREATE_APPOINTMENT], Ok(READ_SLOT)),
            (&[SEARCH_SLOT, CREATE_APPOINTMENT], Ok(SEARCH_SLOT)),
            (&[READ_SLOT], Err(EndpointFailure::InteractionsMissing)),
            (&[CREATE_APPOINTMENT], Err(EndpointFailure::InteractionsMissing)),
            (&[READ_SLOT, CREATE_APPOINTMENT, gp], Err(EndpointFailure::MixedWithGpConnect)),
        ];
        for (given, expected) in table {
            let read = interactions(&entry_of(&[("nhsassvcia", given)]));
            assert_eq!(read, expected.map(str::to_owned), "{given:?}");
        }
    }

    #[test]
    fn di_7_an_address_that_may_not_be_called_is_no_address() {
        let table = [
            ("https://p.example/STU3/1", true),
            ("HTTPS://p.example/STU3/1", true),
            ("https:/p.example/STU3/1", false),
            ("https:p.example/STU3/1", false),
            ("https:///p.example/STU3/1", false),
            ("https://p.exa\nmple/STU3/1", false),
            ("http://127.0.0.1:80/STU3/1", true),
            ("http://p.example/STU3/1", false),
            ("https://somebody:secret@p.example/STU3/1", false),
            ("p.example", false),
            ("ldap://127.0.0.1", false),
        ];
        for (address, fits) in table {
            assert_eq!(usable(&entry_of(&[("nhsMhsEndPoint", &[address])])).is_ok(), fits, "{address}");
        }
        let two = entry_of(&[("nhsMHSEndPoint", &["https://a.example/1", "https://b.example/1"])]);
        assert_eq!(usable(&two), Err(EndpointFailure::SeveralAddresses), "several");
    }
}
