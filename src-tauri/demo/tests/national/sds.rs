//! The Spine directory: searches by a client of its own kind, and raw bytes.

use std::time::Duration;

use demo_nhs::{DemoNhs, DemoOptions};
use ldap3::{Ldap, LdapConnAsync, LdapError, Mod, Scope, SearchEntry, SearchOptions};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::consumer::start;

const BASE: &str = "ou=Services,o=nhs";
const SLOTS: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:slot";
const BOOKINGS: &str = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";

async fn connected(nhs: &DemoNhs) -> Ldap {
    let (connection, ldap) = LdapConnAsync::new(&nhs.description().sds.url).await.expect("connected");
    ldap3::drive!(connection);
    ldap
}

/// Result code and entries.
async fn search(ldap: &mut Ldap, base: &str, scope: Scope, filter: &str, wanted: &[&str]) -> (u32, Vec<SearchEntry>) {
    let found = ldap.search(base, scope, filter, wanted.to_vec()).await.expect("an answer");
    (found.1.rc, found.0.into_iter().map(SearchEntry::construct).collect())
}

#[tokio::test]
async fn di_6_an_entry_is_found_by_its_name_in_every_way_to_write_it() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    for name in [
        "uniqueIdentifier=200000000301,ou=Services,o=nhs",
        "UNIQUEIDENTIFIER=200000000301, OU=services, O=NHS",
        "uniqueIdentifier = 200000000301 , ou = Services , o = nhs",
    ] {
        let (code, found) = search(&mut ldap, name, Scope::Base, "(objectClass=*)", &["*"]).await;
        assert_eq!((code, found.len()), (0, 1), "{name}");
        assert_eq!(found[0].attrs["nhsMHSPartyKey"], ["NDU01-9000301"], "{name}");
    }
    let (code, _) = search(&mut ldap, &format!("uniqueIdentifier=1,{BASE}"), Scope::Base, "(objectClass=*)", &[]).await;
    assert_eq!(code, 32, "an unknown name");
    let elsewhere = ldap.search("ou=People,o=nhs", Scope::Subtree, "(objectClass=*)", vec!["*"]).await.expect("asked");
    assert_eq!((elsewhere.1.rc, elsewhere.1.matched.as_str()), (32, "o=nhs"), "and what is nearest to it");
}

#[tokio::test]
async fn di_6_scopes_reach_as_far_as_they_should() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    let mut count =
        async |base: &str, scope: Scope| search(&mut ldap, base, scope, "(objectClass=*)", &["1.1"]).await.1.len();
    let below = count(BASE, Scope::OneLevel).await;
    assert!(below > 20, "systems and addresses: {below}");
    assert_eq!(count(BASE, Scope::Subtree).await, below + 1, "with the base itself");
    assert_eq!(count("o=nhs", Scope::Subtree).await, below + 2, "and what is above");
    assert_eq!(count("o=nhs", Scope::OneLevel).await, 1, "one level below the top");
    assert_eq!(count("", Scope::Subtree).await, below + 2, "from the root of all");
    assert_eq!(count(BASE, Scope::Base).await, 1, "the base alone");
    assert_eq!(count(&format!("uniqueIdentifier=200000000301,{BASE}"), Scope::OneLevel).await, 0, "nothing below");
}

#[tokio::test]
async fn di_6_filters_mean_what_they_say_in_any_letter_case() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    let table = [
        ("(&(objectClass=NHSAS)(UNIQUEidentifier=200000000301))".to_owned(), 1),
        (format!("(&(objectClass=nhsMhs)(nhsMHSPartyKey=ndu01-9000301)(nhsMhsSvcIA={}))", SLOTS.to_uppercase()), 1),
        (format!("(&(nhsIDCode=NDU01)(objectClass=nhsAS)(nhsAsSvcIA={BOOKINGS}))"), 1),
        ("(|(uniqueIdentifier=200000000301)(uniqueIdentifier=200000000302))".to_owned(), 2),
        ("(&(objectClass=nhsAs)(!(nhsIDCode=NDZ04))(!(nhsIDCode=NDA01)))".to_owned(), 3),
        ("(&(objectClass=nhsAs)(uniqueIdentifier=20000000030*))".to_owned(), 4),
        ("(&(objectClass=nhsAs)(uniqueIdentifier=2*3*1))".to_owned(), 1),
        ("(nhsMHSEndPoint=*/HUB/*)".to_owned(), 1),
        ("(uniqueIdentifier=*301)".to_owned(), 1),
        ("(uniqueIdentifier=2*22*1)".to_owned(), 0),
        ("(&(objectClass=nhsAs)(uniqueIdentifier>=200000000405))".to_owned(), 2),
        ("(&(objectClass=nhsAs)(uniqueIdentifier<=200000000205))".to_owned(), 1),
        ("(noSuchAttribute=*)".to_owned(), 0),
        ("(uniqueIdentifier:caseExactMatch:=200000000301)".to_owned(), 0),
        ("(uniqueIdentifier=\\2a)".to_owned(), 0),
        ("(uniqueIdentifier=200000000399)".to_owned(), 0),
    ];
    for (filter, count) in table {
        let (code, found) = search(&mut ldap, BASE, Scope::Subtree, &filter, &["*"]).await;
        let names: Vec<_> = found.iter().map(|entry| &entry.dn).collect();
        assert_eq!((code, found.len()), (0, count), "{filter}: {names:?}");
    }
}

#[tokio::test]
async fn di_6_only_the_attributes_that_are_wanted_come() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    let name = format!("uniqueIdentifier=200000000301,{BASE}");
    let table: [(&[&str], usize); 6] =
        [(&["*"], 6), (&[], 6), (&["1.1"], 0), (&["NHSmhspartyKEY"], 1), (&["nhsIDCode", "none"], 1), (&["none"], 0)];
    for (wanted, count) in table {
        let (_, found) = search(&mut ldap, &name, Scope::Base, "(objectClass=*)", wanted).await;
        assert_eq!(found[0].attrs.len(), count, "{wanted:?}: {:?}", found[0].attrs);
    }
    let types = ldap.with_search_options(SearchOptions::new().typesonly(true));
    let (found, _) =
        types.search(&name, Scope::Base, "(objectClass=*)", vec!["*"]).await.expect("asked").success().expect("found");
    let entry = SearchEntry::construct(found[0].clone());
    assert!(entry.attrs.len() == 6 && entry.attrs.values().all(Vec::is_empty), "types without values: {entry:?}");
}

#[tokio::test]
async fn di_6_a_limit_is_kept_and_told() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    for (limit, count, code) in [(2, 2, 4), (1, 1, 4), (100, 11, 0), (0, 11, 0), (11, 11, 0)] {
        let limited = ldap.with_search_options(SearchOptions::new().sizelimit(limit));
        let found = limited.search(BASE, Scope::Subtree, "(objectClass=nhsAs)", vec!["1.1"]).await.expect("asked");
        assert_eq!((found.0.len(), found.1.rc), (count, code), "at most {limit}");
    }
}

#[tokio::test]
async fn di_7_entries_that_are_wrong_are_wrong_each_in_its_way() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    let mut of = async |asid: &str, attribute: &str| {
        let class = if attribute == "nhsAsSvcIA" { "nhsAs" } else { "nhsMhs" };
        let filter = format!("(&(objectClass={class})(uniqueIdentifier={asid}*))");
        let (_, found) = search(&mut ldap, BASE, Scope::Subtree, &filter, &[attribute]).await;
        found.into_iter().flat_map(|entry| entry.attrs.get(attribute).cloned().unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(of("200000000401", "nhsAsSvcIA").await, [BOOKINGS], "without slots");
    assert_eq!(of("200000000402", "nhsAsSvcIA").await, [SLOTS], "without bookings");
    assert_eq!(of("200000000403", "nhsAsSvcIA").await.len(), 3, "with GP Connect");
    assert_eq!(of("200000000404", "nhsMHSEndPoint").await.len(), 2, "several addresses");
    assert!(of("200000000405", "nhsMHSEndPoint").await.is_empty(), "no address");
    assert_eq!(of("200000000406", "nhsMHSEndPoint").await, ["to be confirmed"], "an address that is none");
    assert!(of("200000000399", "nhsAsSvcIA").await.is_empty(), "not registered");
}

#[tokio::test]
async fn au_3_the_directory_is_bound_to_by_nobody_in_particular() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    let table = [("", "", 0), ("cn=desk,o=nhs", "secret", 49), ("", "secret", 49), ("cn=desk,o=nhs", "", 53)];
    for (name, password, code) in table {
        let bound = ldap.simple_bind(name, password).await.expect("an answer");
        assert_eq!(bound.rc, code, "{name:?} with {password:?}: {}", bound.text);
        assert_eq!(bound.text.is_empty(), code == 0, "and says why");
    }
    let external = ldap.sasl_external_bind().await.expect("an answer");
    assert_eq!(external.rc, 7, "no other method");
    let (code, found) = search(&mut ldap, BASE, Scope::Subtree, "(uniqueIdentifier=200000000301)", &["*"]).await;
    assert_eq!((code, found.len()), (0, 1), "searches go on after a refusal");
    ldap.unbind().await.expect("a good-bye");
}

#[tokio::test]
async fn pv_operations_that_the_directory_does_not_do_are_refused_with_a_code() {
    let nhs = start(DemoOptions::default()).await;
    let mut ldap = connected(&nhs).await;
    ldap.with_timeout(Duration::from_secs(10));
    let name = format!("uniqueIdentifier=200000000301,{BASE}");
    let values = || vec![("objectClass", ["nhsAs"].into())];
    let code = |answer: Result<ldap3::LdapResult, LdapError>| answer.expect("an answer").rc;
    assert_eq!(code(ldap.add(&name, values()).await), 53, "add");
    assert_eq!(code(ldap.delete(&name).await), 53, "delete");
    assert_eq!(code(ldap.modify(&name, vec![Mod::Delete("nhsIDCode", [].into())]).await), 53, "modify");
    assert_eq!(code(ldap.modifydn(&name, "uniqueIdentifier=1", true, None).await), 53, "rename");
    let compared = ldap.compare(&name, "nhsIDCode", "NDU01").await.expect("an answer");
    assert_eq!(compared.0.rc, 53, "compare");
    let extended = ldap.extended(ldap3::exop::WhoAmI).await.expect("an answer");
    assert_eq!(extended.1.rc, 2, "an extended operation");
    let (code, found) = search(&mut ldap, BASE, Scope::Subtree, "(uniqueIdentifier=200000000301)", &["*"]).await;
    assert_eq!((code, found.len()), (0, 1), "and the conversation goes on");
}

/// What comes back to bytes, and whether the connection was closed.
async fn exchange(nhs: &DemoNhs, bytes: &[u8]) -> (Vec<u8>, bool) {
    let address = nhs.description().sds.url.strip_prefix("ldap://").expect("plain").to_owned();
    let mut stream = TcpStream::connect(address).await.expect("connected");
    // The other side may hang up in the middle.
    let sent = stream.write_all(bytes).await;
    let mut heard = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut heard)).await.is_ok();
    (heard, closed || sent.is_err())
}

#[tokio::test]
async fn pv_what_is_no_ldap_is_told_so_and_the_connection_is_closed() {
    let nhs = start(DemoOptions::default()).await;
    let deep: Vec<u8> = [0x30, 0x82, 0x20, 0x00].into_iter().chain([0x30, 0x80].repeat(0x1000)).collect();
    let table: [(&str, &[u8]); 8] = [
        ("a web request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("TLS on a plain port", &[0x16, 3, 1, 2, 0, 1, 0]),
        ("a length without end", &[0x30, 0x80, 1, 2]),
        ("a length beyond measure", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1]),
        ("a length of lengths", &[0x30, 0xff, 1, 1]),
        ("no operation", &[0x30, 3, 2, 1, 1]),
        ("an operation that there is not", &[0x30, 5, 2, 1, 1, 0x7d, 0]),
        ("nested beyond sense", &deep),
    ];
    for (what, bytes) in table {
        let (heard, closed) = exchange(&nhs, bytes).await;
        assert!(closed, "{what}: closed");
        let told = heard.windows(22).any(|part| part == b"1.3.6.1.4.1.1466.20036");
        assert!(told, "{what}: a notice of disconnection, not {heard:?}");
    }
    // Unbind: closed without a word.
    assert_eq!(exchange(&nhs, &[0x30, 5, 2, 1, 1, 0x42, 0]).await, (Vec::new(), true), "a good-bye");
    let mut ldap = connected(&nhs).await;
    let (_, found) = search(&mut ldap, BASE, Scope::Subtree, "(uniqueIdentifier=200000000301)", &["*"]).await;
    assert_eq!(found.len(), 1, "others are still served");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn pv_no_bytes_bring_the_directory_down(
        messages in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 1..120)), 24),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let nhs = start(DemoOptions::default()).await;
            let address = nhs.description().sds.url.strip_prefix("ldap://").expect("plain").to_owned();
            for (framed, bytes) in messages {
                let mut stream = TcpStream::connect(&address).await.expect("connected");
                if framed {
                    // As a whole message with an id, so that what is inside is read.
                    let length = u8::try_from(bytes.len() + 3).expect("short");
                    drop(stream.write_all(&[&[0x30, length, 2, 1, 1], bytes.as_slice()].concat()).await);
                } else {
                    drop(stream.write_all(&bytes).await);
                }
                drop(stream.shutdown().await);
                let mut heard = Vec::new();
                let over = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut heard)).await;
                assert!(over.is_ok(), "nobody waits for what will not come: {bytes:?}");
            }
            let mut ldap = connected(&nhs).await;
            let (_, found) = search(&mut ldap, BASE, Scope::Subtree, "(uniqueIdentifier=200000000301)", &["*"]).await;
            assert_eq!(found.len(), 1, "still there");
        });
    }
}
