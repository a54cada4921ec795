//! Tokens, checked: shape, lifetime, audience, scope, claims (AU-4).

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::fhir::outcome::{Refused, refuse};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    Slots,
    Read,
    Write,
}

/// How far the clocks of two systems may differ, in seconds.
const SKEW: i64 = 60;

pub(crate) fn check(headers: &HeaderMap, root: &str, scope: Scope) -> Result<(), Refused> {
    let bad = |said: &str| refuse(400, "INVALID_PARAMETER", said);
    let denied = |said: &str| refuse(403, "ACCESS_DENIED", said);
    let authorization = headers.get("Authorization").and_then(|value| value.to_str().ok());
    let token =
        authorization.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| denied("There is no token"))?;
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else {
        return Err(bad("A token has three parts"));
    };
    let part =
        |text: &str| URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let head = part(head).ok_or_else(|| bad("The token's header cannot be read"))?;
    let claims = part(claims).ok_or_else(|| bad("The token's claims cannot be read"))?;
    match head["alg"].as_str() {
        Some("none") if signature.is_empty() => {}
        Some("none") => return Err(bad("An unsigned token has an empty third part")),
        Some("RS256" | "RS512" | "ES256") if !signature.is_empty() => {}
        Some(_) | None => return Err(bad("The token's header names no algorithm that is known, or it is not signed")),
    }
    let present = [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "reason_for_request",
        "requested_scope",
        "requesting_device",
        "requesting_organization",
        "requesting_practitioner",
    ];
    if let Some(missing) = present.iter().find(|claim| claims[**claim].is_null()) {
        return Err(bad(&format!("The claim {missing} is missing")));
    }
    if claims["sub"] != claims["requesting_practitioner"]["id"] {
        return Err(bad("sub is not the practitioner's id"));
    }
    if claims["requesting_practitioner"]["identifier"].as_array().is_none_or(|all| all.len() < 3) {
        return Err(bad("The practitioner needs three identifiers"));
    }
    if claims["reason_for_request"] != "directcare" {
        return Err(denied("The reason is not direct care"));
    }
    let (issued, expires) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    let (Some(issued), Some(expires)) = (issued, expires) else {
        return Err(bad("iat and exp are integers"));
    };
    let now = crate::now().timestamp();
    if expires - issued != 300 || issued > now + SKEW {
        return Err(bad("The token's lifetime is not five minutes from now"));
    }
    if expires < now - SKEW {
        return Err(denied("The token has expired"));
    }
    if claims["aud"] != root {
        return Err(denied("The token is for another audience"));
    }
    let wanted = match scope {
        Scope::Slots => "organization/slot.read",
        Scope::Read => "patient/appointment.read",
        Scope::Write => "patient/appointment.write",
    };
    if claims["requested_scope"] == wanted { Ok(()) } else { Err(denied("The token's scope does not allow this")) }
}
