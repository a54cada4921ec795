//! The Spine: its directory and its proxy.

use demo_nhs::DemoOptions;
use ldap3::{LdapConnAsync, Scope, SearchEntry};

use crate::consumer::{Consumer, SLOT_READ, token_of};

#[tokio::test]
async fn di_6_the_spine_directory_resolves_an_asid_in_two_queries() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let description = consumer.nhs.description();
    let (connection, mut ldap) = LdapConnAsync::new(&description.sds.url).await.expect("connected");
    ldap3::drive!(connection);
    let mut search = async |filter: String| {
        let found = ldap.search(&description.sds.base, Scope::Subtree, &filter, vec!["*"]).await.expect("asked");
        found.success().expect("found").0.into_iter().map(SearchEntry::construct).collect::<Vec<_>>()
    };
    let provider = &description.providers[0];
    let system = search(format!("(&(objectClass=nhsAs)(uniqueIdentifier={}))", provider.asid)).await;
    let key = &system[0].attrs["nhsMHSPartyKey"][0];
    assert_eq!(*key, provider.party_key, "the party key");
    let create = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
    let address = search(format!("(&(objectClass=nhsMhs)(nhsMHSPartyKey={key})(nhsMhsSvcIA={create}))")).await;
    assert_eq!(address[0].attrs["nhsMHSEndPoint"][0], provider.root, "and the address");
    let miss = search("(&(objectClass=nhsAs)(uniqueIdentifier=200000000399))".to_owned()).await;
    assert!(miss.is_empty(), "a miss is empty");
}

#[tokio::test]
async fn au_2_the_proxy_forwards_only_what_its_headers_allow() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let description = consumer.nhs.description();
    let url = format!("{}/{}/metadata", description.ssp.url, consumer.root());
    let (ours, theirs) = (&description.organisation.asid, &description.providers[0].asid);
    let interaction = |name: &str| format!("urn:nhs:names:services:careconnect:fhir:rest:{name}");
    let table = [
        (ours.as_str(), theirs.as_str(), "read:metadata", 200),
        ("200000000999", theirs.as_str(), "read:metadata", 403),
        (ours.as_str(), "200000000302", "read:metadata", 403),
        (ours.as_str(), theirs.as_str(), "create:appointment", 403),
    ];
    for (from, to, name, status) in table {
        let request = consumer.client.get(&url).header("Authorization", token_of(&consumer.claims(SLOT_READ)));
        let request = request.header("Ssp-TraceID", "0c3d9a52-5f6e-4f7b-8b55-0f3a4f0a9d11").header("Ssp-From", from);
        let request = request.header("Ssp-To", to).header("Ssp-InteractionID", interaction(name));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "from {from} to {to} for {name}");
    }
}
