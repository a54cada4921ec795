//! The token of each request (AU-1): fresh for each, for the person signed in, unsigned as the interim standard has it
//! or signed with a key.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use desk_domain::user::User;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::settings::{NhsSettings, Organisation, SettingsError, TokenAlgorithm, TokenMode};

/// How long a token lives, in seconds.
const LIFETIME_SECONDS: i64 = 300;

/// What a request is allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    ReadSlots,
    WriteAppointment,
    ReadAppointment,
}

impl Scope {
    const fn claim(self) -> &'static str {
        match self {
            Self::ReadSlots => "organization/slot.read",
            Self::WriteAppointment => "patient/appointment.write",
            Self::ReadAppointment => "patient/appointment.read",
        }
    }
}

/// Makes tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    organisation: Organisation,
    version: String,
    signing: Option<Arc<(Header, EncodingKey)>>,
}

/// A token could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotSigned;

impl Tokens {
    pub(crate) fn new(settings: &NhsSettings) -> Result<Self, SettingsError> {
        let token = &settings.token;
        let signing = match (token.mode, token.algorithm, &token.key) {
            (TokenMode::Unsigned, None, None) => None,
            (TokenMode::Unsigned, ..) => return Err(SettingsError::KeyWithoutSigning),
            (TokenMode::Signed, Some(algorithm), Some(file)) => {
                let unreadable = || SettingsError::File { what: "the token key", file: file.clone() };
                let pem = std::fs::read(file).map_err(|_| unreadable())?;
                let (algorithm, key) = match algorithm {
                    TokenAlgorithm::RS256 => (Algorithm::RS256, EncodingKey::from_rsa_pem(&pem)),
                    TokenAlgorithm::RS512 => (Algorithm::RS512, EncodingKey::from_rsa_pem(&pem)),
                    TokenAlgorithm::ES256 => (Algorithm::ES256, EncodingKey::from_ec_pem(&pem)),
                };
                let header = Header { kid: token.key_id.clone(), ..Header::new(algorithm) };
                Some(Arc::new((header, key.map_err(|_| unreadable())?)))
            }
            (TokenMode::Signed, ..) => return Err(SettingsError::UnsignedKey),
        };
        Ok(Self { organisation: settings.organisation.clone(), version: settings.version.clone(), signing })
    }

    /// A fresh token for one request.
    pub(crate) fn token(
        &self,
        user: &User,
        audience: &str,
        scope: Scope,
        now: DateTime<Utc>,
    ) -> Result<String, NotSigned> {
        let claims = self.claims(user, audience, scope, now);
        match self.signing.as_deref() {
            Some((header, key)) => jsonwebtoken::encode(header, &claims, key).map_err(|_| NotSigned),
            None => {
                let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
                Ok(format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(&claims)))
            }
        }
    }

    fn claims(&self, user: &User, audience: &str, scope: Scope, now: DateTime<Utc>) -> Value {
        let issuer = self.organisation.issuer_url.as_str().trim_end_matches('/');
        let issued = now.timestamp();
        let sds = |id: &Option<desk_domain::id::SdsId>| id.as_ref().map_or("UNK", |id| id.as_str()).to_owned();
        let name = &user.name;
        let mut human_name = json!({ "family": name.family.reveal(), "given": [name.given.reveal()] });
        if !name.title.reveal().is_empty() {
            human_name["prefix"] = json!([name.title.reveal()]);
        }
        json!({
            "iss": issuer,
            "sub": user.id.to_string(),
            "aud": audience,
            "exp": issued + LIFETIME_SECONDS,
            "iat": issued,
            "reason_for_request": "directcare",
            "requested_scope": scope.claim(),
            "requesting_device": {
                "resourceType": "Device",
                "identifier": [{ "system": format!("{issuer}/Id/device"), "value": self.organisation.device_name }],
                "model": "Booking Desk",
                "version": self.version,
            },
            "requesting_organization": {
                "resourceType": "Organization",
                "identifier": [{
                    "system": "https://fhir.nhs.uk/Id/ods-organization-code",
                    "value": self.organisation.ods_code.as_str(),
                }],
                "name": self.organisation.name,
            },
            "requesting_practitioner": {
                "resourceType": "Practitioner",
                "id": user.id.to_string(),
                "identifier": [
                    { "system": "https://fhir.nhs.uk/Id/sds-user-id", "value": sds(&user.sds_user_id) },
                    { "system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": sds(&user.sds_role_profile_id) },
                    { "system": format!("{issuer}/Id/user"), "value": user.username.as_str() },
                ],
                "name": [human_name],
            },
        })
    }
}
