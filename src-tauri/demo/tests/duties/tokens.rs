//! Who asks, and whether they may (AU-4).

use demo_nhs::DemoOptions;
use serde_json::{Value, json};

use crate::consumer::{BOOKING_READ, Consumer, SLOT_READ, free_of, json_of, now, signed, token_of, told};

#[tokio::test]
async fn au_4_expired_malformed_and_foreign_tokens_are_refused_and_told_which_claim() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    let claims = consumer.claims(SLOT_READ);
    let with = |pointer: &str, value: Value| {
        let mut claims = claims.clone();
        *claims.pointer_mut(pointer).expect("a claim") = value;
        token_of(&claims)
    };
    let lived = |issued: i64, length: i64| {
        let mut claims = claims.clone();
        (claims["iat"], claims["exp"]) = (json!(issued), json!(issued + length));
        token_of(&claims)
    };
    let head = |alg: &str| json!({ "alg": alg, "typ": "JWT" });
    let second = now().timestamp();
    let organisation = "/requesting_organization/identifier/0/system";
    let practitioner = "/requesting_practitioner/identifier";
    let table = [
        (String::new(), 403, "no token"),
        ("Basic eDp5".to_owned(), 403, "no bearer token"),
        ("Bearer x.y".to_owned(), 400, "three parts"),
        ("Bearer x.y.z.".to_owned(), 400, "three parts"),
        ("Bearer !.e30.".to_owned(), 400, "header"),
        ("Bearer e30.e30.".to_owned(), 400, "alg"),
        ("Bearer eyJhbGciOiJub25lIn0.W10.".to_owned(), 400, "claims"),
        (signed(&head("none"), &claims, "c2ln"), 400, "alg"),
        (signed(&head("RS256"), &claims, ""), 400, "alg"),
        (signed(&head("RS256"), &claims, "c2ln!"), 400, "alg"),
        (signed(&head("HS256"), &claims, "c2ln"), 400, "alg"),
        (signed(&json!({ "alg": "none", "typ": "JWE" }), &claims, ""), 400, "typ"),
        (lived(second - 1000, 300), 403, "claim exp"),
        (lived(second, 3600), 400, "claim exp"),
        (lived(second + 1000, 300), 400, "claim iat"),
        (with("/iat", json!("now")), 400, "claim iat"),
        (with("/exp", Value::Null), 400, "claim exp is missing"),
        (with("/iss", Value::Null), 400, "claim iss is missing"),
        (with("/iss", json!("me")), 400, "claim iss"),
        (with("/aud", json!("https://other.example")), 403, "claim aud"),
        (with("/aud", json!([consumer.root()])), 400, "claim aud"),
        (with("/requested_scope", json!(BOOKING_READ)), 403, "claim requested_scope"),
        (with("/reason_for_request", json!("secondaryuses")), 403, "claim reason_for_request"),
        (with("/sub", json!("u2")), 400, "claim sub"),
        (with("/requesting_device", Value::Null), 400, "claim requesting_device is missing"),
        (with("/requesting_device/resourceType", json!("Patient")), 400, "claim requesting_device"),
        (with("/requesting_device/identifier", json!([])), 400, "claim requesting_device.identifier"),
        (with("/requesting_device/model", Value::Null), 400, "claim requesting_device.model"),
        (with("/requesting_device/version", json!("")), 400, "claim requesting_device.version"),
        (with("/requesting_organization", json!("X01")), 400, "claim requesting_organization"),
        (with("/requesting_organization/name", Value::Null), 400, "claim requesting_organization.name"),
        (with(organisation, json!("https://x.example")), 400, "claim requesting_organization.identifier"),
        (with("/requesting_practitioner/id", Value::Null), 400, "claim requesting_practitioner.id"),
        (with("/requesting_practitioner/name", json!([])), 400, "claim requesting_practitioner.name"),
        (with(&format!("{practitioner}/0/system"), json!("https://a.example")), 400, "sds-user-id"),
        (with(&format!("{practitioner}/0/value"), json!("12")), 400, "sds-user-id"),
        (with(&format!("{practitioner}/1/value"), json!("")), 400, "sds-role-profile-id"),
        (with(&format!("{practitioner}/2"), json!({})), 400, "the consumer's own"),
    ];
    for (token, status, expected) in table {
        let mut request = consumer.client.get(consumer.url(&free_of("111001")));
        if !token.is_empty() {
            request = request.header("Authorization", &token);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{expected}: {token}");
        let (said, place) = told(&json_of(answer).await);
        assert!(said.contains(expected), "{expected}: {said}");
        assert_eq!(place, "http.Authorization", "{expected}: where");
    }
    for algorithm in ["RS256", "RS512", "ES256"] {
        let request = consumer.client.get(consumer.url(&free_of("111001")));
        let answer = request.header("Authorization", signed(&head(algorithm), &claims, "c2ln")).send().await;
        assert_eq!(answer.expect("an answer").status(), 200, "a signed form: {algorithm}");
    }
}

#[tokio::test]
async fn au_4_every_operation_has_its_scope_and_none_goes_without_a_token() {
    let consumer = Consumer::start(DemoOptions::default()).await;
    for path in ["metadata", "Appointment/x", "Appointment/x/_history", "Appointment/x/_history/1", &free_of("111001")]
    {
        let bare = consumer.client.get(consumer.url(path)).send().await.expect("an answer");
        assert_eq!(bare.status(), 403, "{path} without a token");
        let foreign = consumer.get(path, "patient/other.read").await;
        assert_eq!(foreign.status(), 403, "{path} with a token for something else");
    }
}
