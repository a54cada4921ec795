//! The token of each operation (AU-1), taken apart as a provider would, signatures verified by OpenSSL.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use desk_journeys::ports::Clock;
use desk_nhs::settings::{NhsSettings, TokenAlgorithm, TokenMode, TokenSettings};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Verifier;
use serde_json::{Value, json};

use crate::support::answering::{ClockAhead, Heard, Server, desk, fhir, window};
use crate::support::desk::{Recorded, asking, at, service_id, settings};

/// Asks a provider in both ways that need no order, and gives what arrived by scope.
async fn ask(settings: NhsSettings) -> (String, Vec<Heard>) {
    let server = Server::start(|_| async { fhir(404, "") }).await;
    let root = format!("{}/a b/STU3/1/", server.url);
    let (adapters, _) = desk(settings);
    drop(adapters.provider.free_slots(&asking(), &service_id(), &at(&root), window()).await);
    drop(adapters.provider.read(&asking(), &at(&root), "a1").await);
    let heard = server.heard();
    assert_eq!(heard.len(), 2, "a search and a read");
    (root, heard)
}

fn parts(heard: &Heard) -> Vec<String> {
    let token = heard.header("authorization").strip_prefix("Bearer ").expect("a bearer token");
    token.split('.').map(str::to_owned).collect()
}

fn decoded(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url without padding");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn au_1_every_claim_comes_from_the_person_signed_in_and_from_the_operation() {
    let before = ClockAhead(TimeDelta::zero()).now().timestamp();
    let (root, heard) = ask(settings()).await;
    let scopes = ["organization/slot.read", "patient/appointment.read"];
    for (heard, scope) in heard.iter().zip(scopes) {
        let parts = parts(heard);
        assert_eq!((parts.len(), parts[2].as_str()), (3, ""), "the final dot stands, with nothing after it");
        assert_eq!(decoded(&parts[0]), json!({ "alg": "none", "typ": "JWT" }), "unsigned");
        let mut claims = decoded(&parts[1]);
        let issued = claims["iat"].as_i64().expect("a number");
        assert!((before..before + 30).contains(&issued), "issued now: {issued}");
        assert_eq!(claims["exp"], issued + 300, "for 300 seconds");
        for moment in ["iat", "exp"] {
            claims.as_object_mut().expect("an object").remove(moment);
        }
        let expected = json!({
            "iss": "https://desk.northdale111.example",
            "sub": "00000000-0000-0000-0000-000000000007",
            "aud": root,
            "reason_for_request": "directcare",
            "requested_scope": scope,
            "requesting_device": {
                "resourceType": "Device",
                "identifier": [{ "system": "https://desk.northdale111.example/Id/device", "value": "desk 7" }],
                "model": "Booking Desk",
                "version": "1.2.3",
            },
            "requesting_organization": {
                "resourceType": "Organization",
                "identifier": [{ "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "NDA01" }],
                "name": "Northdale NHS 111",
            },
            "requesting_practitioner": {
                "resourceType": "Practitioner",
                "id": "00000000-0000-0000-0000-000000000007",
                "identifier": [
                    { "system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "100000000001" },
                    { "system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": "100000000002" },
                    { "system": "https://desk.northdale111.example/Id/user", "value": "handler" },
                ],
                "name": [{ "family": "Example", "given": ["Asha"], "prefix": ["Ms"] }],
            },
        });
        assert_eq!(claims, expected, "{scope}");
    }
}

#[tokio::test]
async fn au_1_a_person_without_sds_ids_is_told_as_such_and_never_replaced_by_another() {
    let server = Server::start(|_| async { fhir(404, "") }).await;
    let (adapters, _) = desk(settings());
    let mut asking = asking();
    (asking.user.sds_user_id, asking.user.sds_role_profile_id) = (None, None);
    drop(adapters.provider.free_slots(&asking, &service_id(), &at(&server.url), window()).await);
    let claims = decoded(&parts(&server.heard()[0])[1]);
    let ids: Vec<_> = claims["requesting_practitioner"]["identifier"]
        .as_array()
        .expect("ids")
        .iter()
        .map(|id| id["value"].clone())
        .collect();
    assert_eq!(ids, [json!("UNK"), json!("UNK"), json!("handler")], "unknown is said");
}

fn signed(folder: &Path, algorithm: TokenAlgorithm, key: &[u8]) -> NhsSettings {
    let file = folder.join("token.pem");
    std::fs::write(&file, key).expect("written");
    let token = TokenSettings {
        mode: TokenMode::Signed,
        algorithm: Some(algorithm),
        key: Some(file),
        key_id: Some("key-1".to_owned()),
    };
    NhsSettings { token, ..settings() }
}

/// Whether a signature is that of a key, as OpenSSL says.
fn is_signed_by(key: &PKey<Private>, digest: MessageDigest, parts: &[String]) -> bool {
    let signature = URL_SAFE_NO_PAD.decode(&parts[2]).expect("base64url");
    // JOSE has the two numbers side by side, OpenSSL has them in DER.
    let signature = if key.ec_key().is_ok() {
        let (r, s) = signature.split_at(32);
        let number = |bytes| BigNum::from_slice(bytes).expect("a number");
        EcdsaSig::from_private_components(number(r), number(s)).and_then(|sig| sig.to_der()).expect("DER")
    } else {
        signature
    };
    let mut verifier = Verifier::new(digest, key).expect("a verifier");
    verifier.update(format!("{}.{}", parts[0], parts[1]).as_bytes()).expect("fed");
    verifier.verify(&signature).unwrap_or(false)
}

#[tokio::test]
async fn au_1_the_signed_forms_verify_against_their_key_and_against_no_other() {
    let rsa = || PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
    let ec = || {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
        PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
    };
    let table = [
        (TokenAlgorithm::RS256, "RS256", MessageDigest::sha256(), rsa(), rsa()),
        (TokenAlgorithm::RS512, "RS512", MessageDigest::sha512(), rsa(), rsa()),
        (TokenAlgorithm::ES256, "ES256", MessageDigest::sha256(), ec(), ec()),
    ];
    for (algorithm, name, digest, key, other) in table {
        let folder = tempfile::tempdir().expect("a folder");
        let pem = key.private_key_to_pem_pkcs8().expect("PEM");
        let (_, heard) = ask(signed(folder.path(), algorithm, &pem)).await;
        let mut seen = HashMap::new();
        for heard in &heard {
            let parts = parts(heard);
            assert_eq!(decoded(&parts[0]), json!({ "alg": name, "typ": "JWT", "kid": "key-1" }), "{name}");
            assert!(is_signed_by(&key, digest, &parts), "{name}: by our key");
            assert!(!is_signed_by(&other, digest, &parts), "{name}: by no other");
            seen.insert(parts[1].clone(), ());
        }
        assert_eq!(seen.len(), 2, "{name}: a fresh token for each request");
    }
}

#[tokio::test]
async fn au_1_a_key_that_does_not_fit_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let connect = |settings: NhsSettings| {
        let clock = std::sync::Arc::new(ClockAhead(TimeDelta::zero()));
        desk_nhs::connect(settings, clock, std::sync::Arc::new(Recorded::default()), None)
    };
    let rsa = Rsa::generate(2048).expect("a key").private_key_to_pem().expect("PEM");
    for (algorithm, key) in [(TokenAlgorithm::ES256, rsa.as_slice()), (TokenAlgorithm::RS256, b"no key".as_slice())] {
        let refused = connect(signed(folder.path(), algorithm, key)).err().expect("refused").to_string();
        assert!(refused.contains("token key"), "it names what does not fit: {refused}");
    }
    let missing = TokenSettings { mode: TokenMode::Signed, ..TokenSettings::default() };
    assert!(connect(NhsSettings { token: missing, ..settings() }).is_err(), "signed without a key");
    let unsigned = TokenSettings { algorithm: Some(TokenAlgorithm::RS256), ..TokenSettings::default() };
    assert!(connect(NhsSettings { token: unsigned, ..settings() }).is_err(), "a key that would go unused");
}
