//! The Spine directory, played by the server of OpenLDAP, and by servers that are none (DI-6, DI-7, AU-3).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use desk_domain::failure::{CertificateFault, EndpointFailure};
use desk_domain::id::OdsCode;
use desk_domain::service::BookingConnection;
use desk_journeys::ports::ProviderAddress;
use desk_nhs::settings::{NhsSettings, TlsSettings};
use tempfile::TempDir;

use crate::support::certificates::{Certified, For, Good, authority};
use crate::support::desk::{Desk, asid, encounter, request, settings, timeouts};
use crate::support::server::{Raw, Silent};
use crate::support::slapd::{Encrypted, Slapd};

const READ_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:slot";
const SEARCH_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:search:slot";
const CREATE: &str = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
const GP_CONNECT: &str = "urn:nhs:names:services:gpconnect:fhir:rest:search:slot-1";
const BOTH: &[&str] = &[READ_SLOT, CREATE];

/// A value as LDIF writes any value at all.
fn value(name: &str, value: &str) -> String {
    format!("{name}:: {}\n", STANDARD.encode(value))
}

/// An accredited system.
fn system(asid: &str, key: Option<&str>, interactions: &[&str]) -> String {
    let interactions: String = interactions.iter().map(|one| value("nhsAsSvcIA", one)).collect();
    let key = key.map_or(String::new(), |key| value("nhsMHSPartyKey", key));
    format!(
        "dn: uniqueIdentifier={asid},ou=Services,o=nhs\nobjectClass: nhsAs\nuniqueIdentifier: {asid}\n\
         nhsIDCode: X{}\nnhsMhsManufacturerOrg: YES\n{key}{interactions}\n",
        &asid[9..]
    )
}

/// A message handling system: where bookings of a party go.
fn handler(id: &str, key: &str, endpoints: &[&str]) -> String {
    let endpoints: String = endpoints.iter().map(|one| value("nhsMhsEndPoint", one)).collect();
    format!(
        "dn: uniqueIdentifier={id},ou=Services,o=nhs\nobjectClass: nhsMhs\nuniqueIdentifier: {id}\n{}{}{endpoints}\n",
        value("nhsMHSPartyKey", key),
        value("nhsMhsSvcIA", CREATE)
    )
}

fn by_asid(digits: &str) -> BookingConnection {
    BookingConnection::System(asid(digits))
}

fn by_ods(code: &str) -> BookingConnection {
    BookingConnection::Organisation(OdsCode::new(code).expect("a code"))
}

fn at(url: &str) -> NhsSettings {
    let mut settings = settings();
    settings.sds.url = url.parse().expect("a URL");
    settings
}

async fn resolve(settings: NhsSettings, connection: &BookingConnection) -> Result<ProviderAddress, EndpointFailure> {
    Desk::new(settings).nhs.endpoints.resolve(encounter(), request(), connection).await
}

#[tokio::test]
async fn di_6_two_queries_lead_from_an_asid_to_an_address() {
    let root = "https://provider.example:8443/a b/é/STU3?x=%41";
    let entries = [
        system("200000000301", Some("A12345-1234567"), BOTH),
        handler("mhs1", "A12345-1234567", &[root]),
        system("200000000302", Some("A12345-7654321"), &[SEARCH_SLOT, READ_SLOT, CREATE]),
        handler("mhs2", "A12345-7654321", &["https://other.example/STU3/1", "https://other.example/STU3/1 "]),
        // The same party receives something else elsewhere.
        handler("mhs3", "A12345-1234567", &["https://elsewhere.example/"])
            .replace(&value("nhsMhsSvcIA", CREATE), &value("nhsMhsSvcIA", "urn:nhs:names:services:itk:message")),
    ];
    let slapd = Slapd::start(&entries.concat(), "", None);
    let desk = Desk::new(at(&slapd.url));
    let found = desk.nhs.endpoints.resolve(encounter(), request(), &by_asid("200000000301")).await.expect("an address");
    assert_eq!(found.root, root, "exactly as the directory has it");
    assert_eq!(found.asid, asid("200000000301"), "the system that was asked for");
    assert_eq!(found.slot_interaction.as_deref(), Some(READ_SLOT), "as registered");
    let recorded = desk.recorded();
    assert_eq!(recorded.len(), 1, "one exchange");
    assert_eq!((recorded[0].encounter, recorded[0].failure.as_deref()), (Some(encounter()), None), "leads back");
    let other = resolve(at(&slapd.url), &by_ods("X302")).await.expect("by the organisation");
    assert_eq!(
        (other.asid, other.slot_interaction.as_deref()),
        (asid("200000000302"), Some(SEARCH_SLOT)),
        "its system"
    );
    assert_eq!(other.root, "https://other.example/STU3/1", "one address, though it stands twice");
}

#[tokio::test]
async fn di_7_every_failure_is_told_apart() {
    let good = |id: &str, key: &str| handler(id, key, &["https://provider.example/STU3/1"]);
    let entries = [
        system("200000000303", Some("K-303"), &[READ_SLOT]),
        good("m303", "K-303"),
        system("200000000304", Some("K-304"), &[CREATE]),
        good("m304", "K-304"),
        system("200000000305", Some("K-305"), &[READ_SLOT, CREATE, GP_CONNECT]),
        good("m305", "K-305"),
        system("200000000306", Some("K-306"), BOTH),
        good("m306a", "K-306"),
        good("m306b", "K-306"),
        system("200000000307", Some("K-307"), BOTH),
        system("200000000308", Some("K-308"), BOTH),
        handler("m308", "K-308", &[]),
        system("200000000309", Some("K-309"), BOTH),
        handler("m309", "K-309", &["http://provider.example/STU3/1"]),
        system("200000000310", Some("K-310"), BOTH),
        handler("m310", "K-310", &["https://a.example/", "https://b.example/"]),
        system("200000000311", None, BOTH),
        system("200000000312", Some("K-312"), BOTH),
        system("200000000313", Some("K-313"), BOTH).replace("X313", "X312"),
        system("200000000314", Some("K-314"), BOTH),
        handler("m314", "K-314", &["not a URL"]),
        // No ASID that a request could be sent to.
        system("200000000315", Some("K-315"), BOTH).replace("200000000315", "none"),
        good("m315", "K-315"),
    ];
    let slapd = Slapd::start(&entries.concat(), "", None);
    use EndpointFailure as F;
    let table = [
        (by_asid("200000000999"), F::SystemNotFound),
        (by_asid("200000000303"), F::InteractionsMissing),
        (by_asid("200000000304"), F::InteractionsMissing),
        (by_asid("200000000305"), F::MixedWithGpConnect),
        (by_asid("200000000306"), F::SeveralAddresses),
        (by_asid("200000000307"), F::NoUsableAddress),
        (by_asid("200000000308"), F::NoUsableAddress),
        (by_asid("200000000309"), F::NoUsableAddress),
        (by_asid("200000000310"), F::SeveralAddresses),
        (by_asid("200000000311"), F::NoUsableAddress),
        (by_ods("X312"), F::SeveralAddresses),
        (by_asid("200000000314"), F::NoUsableAddress),
        (by_ods("X315"), F::SystemNotFound),
        (by_ods("NOBODY"), F::SystemNotFound),
        (BookingConnection::None, F::NoUsableAddress),
        (BookingConnection::Several, F::NoUsableAddress),
    ];
    for (connection, expected) in table {
        let desk = Desk::new(at(&slapd.url));
        let found = desk.nhs.endpoints.resolve(encounter(), request(), &connection).await;
        let words = expected.to_string();
        assert_eq!(found, Err(expected), "{connection:?}");
        let recorded = desk.recorded();
        assert_eq!(recorded.last().and_then(|one| one.failure.clone()), Some(words), "{connection:?}: logged");
    }
    let mut elsewhere = at(&slapd.url);
    elsewhere.sds.base = "ou=Nowhere,o=nhs".to_owned();
    assert_eq!(resolve(elsewhere, &by_asid("200000000303")).await, Err(F::SystemNotFound), "no such base");
}

/// Party keys are what somebody registered: one that is a filter finds its own entry, and nobody else's.
#[tokio::test]
async fn di_7_a_hostile_party_key_is_a_value_and_never_a_filter() {
    let keys =
        ["*", "K-*", "*)(objectClass=*", "K-900)(|(objectClass=nhsMhs", "(", ")", "a\\2a", "\\", "\\zz", "a\0b", "é*"];
    let mut entries = vec![handler("bystander", "K-900", &["https://bystander.example/"])];
    let mut asids = Vec::new();
    for (at, key) in keys.into_iter().enumerate() {
        let digits = format!("2000000004{at:02}");
        entries.push(system(&digits, Some(key), BOTH));
        entries.push(handler(&format!("h{at}"), key, &[&format!("https://own{at}.example/")]));
        asids.push((key, digits, format!("https://own{at}.example/")));
    }
    let slapd = Slapd::start(&entries.concat(), "", None);
    for (key, digits, own) in asids {
        let found = resolve(at(&slapd.url), &by_asid(&digits)).await;
        assert_eq!(found.map(|found| found.root), Ok(own), "{key:?}");
    }
}

#[tokio::test]
async fn di_7_a_directory_that_gives_fewer_than_there_are_is_not_believed() {
    let entries: String = (1..=3)
        .map(|at| system(&format!("20000000050{at}"), Some("K"), BOTH).replace(&format!("X50{at}"), "X500"))
        .collect();
    for (limit, expected) in
        [("sizelimit 1", EndpointFailure::Failed), ("sizelimit 2", EndpointFailure::SeveralAddresses)]
    {
        let slapd = Slapd::start(&entries, limit, None);
        assert_eq!(resolve(at(&slapd.url), &by_ods("X500")).await, Err(expected), "{limit}");
    }
    let many: String = (10..60).map(|at| handler(&format!("m{at}"), "K-many", &["https://a.example/"])).collect();
    let entries = [system("200000000501", Some("K-many"), BOTH), many];
    let slapd = Slapd::start(&entries.concat(), "", None);
    let found = resolve(at(&slapd.url), &by_asid("200000000501")).await;
    assert_eq!(found, Err(EndpointFailure::SeveralAddresses), "more than are asked for");
}

#[tokio::test]
async fn di_7_another_directory_is_not_asked_on_a_strangers_word() {
    let other = Silent::start();
    let refer = format!("referral ldap://127.0.0.1:{}/", other.port());
    let slapd = Slapd::start("", &refer, None);
    let mut outside = at(&slapd.url);
    outside.sds.base = "ou=Services,o=elsewhere".to_owned();
    let found = resolve(outside, &by_asid("200000000301")).await;
    assert_eq!(found, Err(EndpointFailure::ReferredElsewhere), "a referral in answer");

    let reference = format!(
        "dn: ou=Part,ou=Services,o=nhs\nobjectClass: referral\nobjectClass: extensibleObject\nou: Part\n\
         ref: ldap://127.0.0.1:{}/ou=Part,o=other\n\n",
        other.port()
    );
    let slapd = Slapd::start(&reference, "", None);
    let found = resolve(at(&slapd.url), &by_asid("200000000301")).await;
    assert_eq!(found, Err(EndpointFailure::ReferredElsewhere), "nothing but a reference");

    let entries =
        [reference, system("200000000301", Some("K"), BOTH), handler("m", "K", &["https://provider.example/"])];
    let slapd = Slapd::start(&entries.concat(), "", None);
    let found = resolve(at(&slapd.url), &by_asid("200000000301")).await;
    assert_eq!(
        found.map(|found| found.root),
        Ok("https://provider.example/".to_owned()),
        "found here, beside a reference"
    );
    assert!(other.is_untouched(), "the other directory was never asked");
}

/// The certificates of one test, and a directory that demands one of ours.
struct Papers {
    folder: TempDir,
    trusted: Certified,
    stranger: Certified,
}

impl Papers {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, trusted: authority("Northdale test authority"), stranger: authority("Somebody") }
    }

    fn slapd(&self, own: &Certified, configuration: &str) -> Slapd {
        let (certificate, key) = own.write(self.folder.path(), "server");
        let (authority, _) = self.trusted.write(self.folder.path(), "authority");
        let entries =
            [system("200000000301", Some("K"), BOTH), handler("m", "K", &["https://provider.example/STU3/1"])];
        Slapd::start(&entries.concat(), configuration, Some(&Encrypted { certificate, key, authority }))
    }

    fn settings(&self, slapd: &Slapd, shown: Option<&Certified>) -> NhsSettings {
        let (ca, _) = self.trusted.write(self.folder.path(), "authority");
        let (client_certificate, client_key) =
            shown.map(|certified| certified.write(self.folder.path(), "desk")).unzip();
        NhsSettings { tls: TlsSettings { client_certificate, client_key, ca: Some(ca) }, ..at(&slapd.url) }
    }
}

#[tokio::test]
async fn au_3_the_directory_gets_the_same_certificate_and_the_sides_are_told_apart() {
    let papers = Papers::new();
    let ours = papers.trusted.issue(For::Client, Good::Now);
    let (expired, strange) =
        (papers.trusted.issue(For::Client, Good::LongAgo), papers.stranger.issue(For::Client, Good::Now));
    let good = papers.trusted.issue(For::Server("localhost"), Good::Now);
    // Debian and Ubuntu build it with GnuTLS, which ends a connection without an alert. At its best, and held to TLS 1.2.
    for configuration in ["", "TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.2\n"] {
        let slapd = papers.slapd(&good, configuration);
        let table = [
            ("ours", Some(&ours), None),
            ("expired", Some(&expired), Some(CertificateFault::Ours)),
            ("a stranger's", Some(&strange), Some(CertificateFault::Ours)),
            ("none", None, Some(CertificateFault::Ours)),
        ];
        for (what, shown, fault) in table {
            let found = resolve(papers.settings(&slapd, shown), &by_asid("200000000301")).await;
            assert_eq!(found.err(), fault.map(EndpointFailure::NotSafe), "{what}, {configuration:?}");
        }
    }
    for (what, own) in [
        ("expired", papers.trusted.issue(For::Server("localhost"), Good::LongAgo)),
        ("of another host", papers.trusted.issue(For::Server("elsewhere.example"), Good::Now)),
        ("a stranger's", papers.stranger.issue(For::Server("localhost"), Good::Now)),
    ] {
        let slapd = papers.slapd(&own, "");
        let found = resolve(papers.settings(&slapd, Some(&ours)), &by_asid("200000000301")).await;
        assert_eq!(found.err(), Some(EndpointFailure::NotSafe(CertificateFault::Theirs)), "{what}");
    }
}

#[tokio::test]
async fn er_1_a_directory_that_is_not_there_does_not_answer_or_talks_nonsense_is_told_apart() {
    let nobody = at("ldap://127.0.0.1:1");
    assert_eq!(resolve(nobody, &by_asid("200000000301")).await, Err(EndpointFailure::Unreachable), "nobody");
    let silent = Silent::start();
    let mut waits = at(&format!("ldap://127.0.0.1:{}", silent.port()));
    waits.timeouts = timeouts(20, 1, 20);
    assert_eq!(resolve(waits, &by_asid("200000000301")).await, Err(EndpointFailure::TimedOut), "no answer");
    let mut greets = at(&format!("ldaps://127.0.0.1:{}", silent.port()));
    greets.timeouts = timeouts(1, 20, 20);
    assert_eq!(resolve(greets, &by_asid("200000000301")).await, Err(EndpointFailure::TimedOut), "no greeting");

    let deep = |levels: usize| {
        (0..levels).fold(vec![4, 0], |inner, _| {
            let length = u32::try_from(inner.len()).expect("small").to_be_bytes();
            [&[0x30, 0x84], &length[..], &inner].concat()
        })
    };
    let table: [(&str, Vec<u8>, EndpointFailure); 8] = [
        ("closes", Vec::new(), EndpointFailure::Unreachable),
        ("closes in a message", vec![0x30, 0x10, 2, 1, 1], EndpointFailure::Unreachable),
        ("says goodbye", vec![0x30, 12, 2, 1, 0, 0x78, 7, 10, 1, 52, 4, 0, 4, 0], EndpointFailure::Unreachable),
        ("is a web server", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), EndpointFailure::Failed),
        ("answers something else", vec![0x30, 12, 2, 1, 9, 0x65, 7, 10, 1, 0, 4, 0, 4, 0], EndpointFailure::Failed),
        ("names a huge message", vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], EndpointFailure::Failed),
        ("names an endless message", vec![0x30, 0x80, 2, 1, 1], EndpointFailure::Failed),
        ("goes on inwards", deep(2000), EndpointFailure::Failed),
    ];
    for (what, bytes, expected) in table {
        let server = Raw::start(move |wire| wire.write_all(&bytes));
        let found = resolve(at(&format!("ldap://127.0.0.1:{}", server.port())), &by_asid("200000000301")).await;
        assert_eq!(found, Err(expected), "a server that {what}");
    }
}

#[tokio::test]
async fn er_3_a_directory_without_end_is_not_read_to_its_end() {
    let entry = |id: u8| [vec![0x30, 0x0b, 2, 1, id, 0x64, 6, 4, 2], b"dn".to_vec(), vec![0x30, 0]].concat();
    let reference = [vec![0x30, 0x0b, 2, 1, 1, 0x73, 6, 4, 4], b"ldap".to_vec()].concat();
    let intermediate = [0x30, 5, 2, 1, 1, 0x79, 0];
    let table = [
        ("entries", entry(1).repeat(65_536), EndpointFailure::SeveralAddresses),
        ("references", reference.repeat(65_536), EndpointFailure::Failed),
        ("what is neither", intermediate.repeat(65_536), EndpointFailure::Failed),
    ];
    for (what, part, expected) in table {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let server = Raw::start(move |wire| {
            loop {
                wire.write_all(&part)?;
                counted.fetch_add(part.len(), Ordering::SeqCst);
            }
        });
        let found = resolve(at(&format!("ldap://127.0.0.1:{}", server.port())), &by_asid("200000000301")).await;
        assert_eq!(found, Err(expected), "{what}");
        // What was read, and what sockets hold.
        assert!(sent.load(Ordering::SeqCst) < 32 * 1024 * 1024, "{what}: {} bytes", sent.load(Ordering::SeqCst));
    }
}
