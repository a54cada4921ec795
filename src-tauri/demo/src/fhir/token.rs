//! Tokens, checked: shape, lifetime, audience, scope, claims (AU-4). A signature has to be there where the header says so; it
//! is not verified, for the demonstration knows nobody's key.

use axum::http::{HeaderMap, header};
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

impl Scope {
    const fn claim(self) -> &'static str {
        match self {
            Self::Slots => "organization/slot.read",
            Self::Read => "patient/appointment.read",
            Self::Write => "patient/appointment.write",
        }
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The ODS code of their organisation.
    pub(crate) organisation: String,
}

/// How far the clocks of two systems may differ, in seconds.
const SKEW: i64 = 60;
/// How long a token lives, in seconds.
const LIFETIME: i64 = 300;

const USER: &str = "https://fhir.nhs.uk/Id/sds-user-id";
const ROLE_PROFILE: &str = "https://fhir.nhs.uk/Id/sds-role-profile-id";
const ORGANISATION: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

fn bad(said: &str) -> Refused {
    refuse(400, "INVALID_PARAMETER", &format!("The token is not as it must be: {said}")).at("http.Authorization")
}

fn denied(said: &str) -> Refused {
    refuse(403, "ACCESS_DENIED", said).at("http.Authorization")
}

pub(crate) fn check(headers: &HeaderMap, root: &str, scope: Scope) -> Result<Caller, Refused> {
    let claims = claims(headers)?;
    check_lifetime(&claims)?;
    let text = |claim: &str| text(&claims[claim], claim);
    let issuer = text("iss")?;
    if !issuer.starts_with("https://") && !issuer.starts_with("http://") {
        return Err(bad("claim iss is not a URL"));
    }
    let (audience, reason, asked) = (text("aud")?, text("reason_for_request")?, text("requested_scope")?);
    check_device(&claims["requesting_device"])?;
    let organisation = organisation(&claims["requesting_organization"])?;
    let practitioner = &claims["requesting_practitioner"];
    check_practitioner(practitioner)?;
    if text("sub")? != practitioner["id"] {
        return Err(bad("claim sub is not requesting_practitioner.id"));
    }
    let expires = claims["exp"].as_i64().unwrap_or_default();
    if expires < crate::now().timestamp() - SKEW {
        return Err(denied("The token has expired (claim exp)"));
    }
    if reason != "directcare" {
        return Err(denied("The token's reason is not direct care (claim reason_for_request)"));
    }
    if audience != root {
        return Err(denied("The token is for another audience (claim aud)"));
    }
    if asked != scope.claim() {
        return Err(denied(&format!("This needs a token for {} (claim requested_scope)", scope.claim())));
    }
    Ok(Caller { organisation })
}

/// The claims of the one token of a request.
fn claims(headers: &HeaderMap) -> Result<Value, Refused> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = given.next() else { return Err(denied("There is no token")) };
    if given.next().is_some() {
        return Err(bad("there is more than one"));
    }
    let authorization = authorization.to_str().map_err(|_| bad("it is not text"))?;
    let (scheme, token) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") || token.is_empty() {
        return Err(denied("There is no bearer token"));
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else {
        return Err(bad("it has three parts with a dot between each"));
    };
    let part = |text: &str, what: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let value = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).filter(Value::is_object);
        value.ok_or_else(|| bad(&format!("its {what} cannot be read")))
    };
    let (head, claims) = (part(head, "header")?, part(claims, "claims")?);
    if !head["typ"].is_null() && head["typ"] != "JWT" {
        return Err(bad("header typ is not JWT"));
    }
    let is_signature = !signature.is_empty() && URL_SAFE_NO_PAD.decode(signature).is_ok();
    match head["alg"].as_str() {
        Some("none") if signature.is_empty() => Ok(claims),
        Some("none") => Err(bad("header alg is none, and yet there is a third part")),
        Some("RS256" | "RS512" | "ES256") if is_signature => Ok(claims),
        Some("RS256" | "RS512" | "ES256") => Err(bad("header alg names a signature, and there is none")),
        Some(_) | None => Err(bad("header alg names no algorithm that is known")),
    }
}

fn check_lifetime(claims: &Value) -> Result<(), Refused> {
    let seconds = |claim: &str| {
        let wrong = if claims[claim].is_null() { "is missing" } else { "is not a whole number of seconds" };
        claims[claim].as_i64().ok_or_else(|| bad(&format!("claim {claim} {wrong}")))
    };
    let (issued, expires) = (seconds("iat")?, seconds("exp")?);
    if expires.checked_sub(issued) != Some(LIFETIME) {
        return Err(bad("claim exp is not five minutes after claim iat"));
    }
    if issued > crate::now().timestamp() + SKEW {
        return Err(bad("claim iat lies in the future"));
    }
    Ok(())
}

fn text<'a>(value: &'a Value, claim: &str) -> Result<&'a str, Refused> {
    match value {
        Value::Null => Err(bad(&format!("claim {claim} is missing"))),
        Value::String(text) if !text.trim().is_empty() => Ok(text),
        Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(bad(&format!("claim {claim} is not a text with something in it")))
        }
    }
}

/// Holds a claim to being a resource of this type.
fn check_kind(value: &Value, claim: &str, kind: &str) -> Result<(), Refused> {
    if value.is_null() {
        return Err(bad(&format!("claim {claim} is missing")));
    }
    if value["resourceType"] == kind { Ok(()) } else { Err(bad(&format!("claim {claim} is not a {kind}"))) }
}

/// The value of the identifier whose system fits.
fn identifier(resource: &Value, fits: impl Fn(&str) -> bool) -> Option<&str> {
    let mut all = resource["identifier"].as_array()?.iter();
    let found = all.find(|one| one["system"].as_str().is_some_and(&fits))?;
    found["value"].as_str().filter(|value| !value.trim().is_empty())
}

fn check_device(device: &Value) -> Result<(), Refused> {
    check_kind(device, "requesting_device", "Device")?;
    if identifier(device, |system| !system.is_empty()).is_none() {
        return Err(bad("claim requesting_device.identifier has no system and value"));
    }
    text(&device["model"], "requesting_device.model")?;
    text(&device["version"], "requesting_device.version").map(drop)
}

fn organisation(organisation: &Value) -> Result<String, Refused> {
    check_kind(organisation, "requesting_organization", "Organization")?;
    text(&organisation["name"], "requesting_organization.name")?;
    let code = identifier(organisation, |system| system == ORGANISATION).map(str::to_ascii_uppercase);
    let code = code.filter(|code| code.len() <= 12 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    code.ok_or_else(|| bad(&format!("claim requesting_organization.identifier has no ODS code ({ORGANISATION})")))
}

fn check_practitioner(practitioner: &Value) -> Result<(), Refused> {
    const CLAIM: &str = "requesting_practitioner";
    check_kind(practitioner, CLAIM, "Practitioner")?;
    text(&practitioner["id"], "requesting_practitioner.id")?;
    for system in [USER, ROLE_PROFILE] {
        let value = identifier(practitioner, |given| given == system);
        let fits = |value: &&str| *value == "UNK" || (value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()));
        if value.filter(fits).is_none() {
            return Err(bad(&format!("claim {CLAIM}.identifier has no {system} of twelve digits, and no UNK for it")));
        }
    }
    let is_local = |system: &str| !system.is_empty() && system != USER && system != ROLE_PROFILE;
    if identifier(practitioner, is_local).is_none() {
        return Err(bad(&format!("claim {CLAIM}.identifier has none of the consumer's own")));
    }
    text(&practitioner["name"][0]["family"], "requesting_practitioner.name[0].family").map(drop)
}
