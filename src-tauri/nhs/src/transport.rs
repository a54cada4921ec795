//! HTTPS: client certificate, private authorities, TLS 1.2 as the floor, bounded in time and size; redirects are never
//! followed. Tells apart what never left, what is not safe, and what was lost.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use desk_domain::failure::CertificateFault;
use desk_journeys::ports::Clock;
use reqwest::header::HeaderMap;
use reqwest::{Client, Request};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::observe::{HttpAnswered, HttpObserved, Observer};
use crate::settings::{SettingsError, TimeoutSettings, TlsSettings};

/// The TLS of every connection: one set of certificates for HTTPS and LDAPS.
pub(crate) fn tls_config(settings: &TlsSettings) -> Result<Arc<ClientConfig>, SettingsError> {
    let unfit = |error: rustls::Error| SettingsError::Certificate(error.to_string());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(unfit)?;
    let builder = match &settings.ca {
        Some(file) => builder.with_root_certificates(authorities(file)?),
        None => builder.with_platform_verifier().map_err(unfit)?,
    };
    let config = match (&settings.client_certificate, &settings.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let unreadable = || SettingsError::File { what: "the client key", file: key.clone() };
            let key = PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable())?;
            builder.with_client_auth_cert(certificates("the client certificate", certificate)?, key).map_err(unfit)?
        }
        (Some(_), None) | (None, Some(_)) => return Err(SettingsError::HalfACertificate),
    };
    Ok(Arc::new(config))
}

fn authorities(file: &Path) -> Result<RootCertStore, SettingsError> {
    let mut store = RootCertStore::empty();
    for certificate in certificates("the file of trusted authorities", file)? {
        store.add(certificate).map_err(|error| SettingsError::Certificate(error.to_string()))?;
    }
    Ok(store)
}

fn certificates(what: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let unreadable = || SettingsError::File { what, file: file.to_owned() };
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).map_err(|_| unreadable())?.collect();
    read.ok().filter(|all| !all.is_empty()).ok_or_else(unreadable)
}

/// Sends requests.
#[derive(Clone)]
pub(crate) struct Transport {
    client: Client,
    first_byte: Duration,
    clock: Arc<dyn Clock>,
    observer: Option<Arc<dyn Observer>>,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// By how many seconds this computer's clock is ahead of the one that dated the answer (behind, where negative); 0
    /// where the date lies between the sending and the answer, or none is given.
    pub(crate) clock_ahead: i64,
}

impl Answer {
    /// The value of a header, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Why there is no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It never left: no connection.
    NotSent,
    /// It never left: a certificate.
    NotSafe(CertificateFault),
    /// It left, and no whole answer came.
    Lost,
    /// The answer is larger than any honest one.
    TooLarge,
}

impl Transport {
    pub(crate) fn new(
        tls: Arc<ClientConfig>,
        timeouts: &TimeoutSettings,
        clock: Arc<dyn Clock>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Result<Self, SettingsError> {
        let mut tls = ClientConfig::clone(&tls);
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(timeouts.connect())
            .timeout(timeouts.whole())
            .pool_idle_timeout(Duration::from_secs(30))
            .gzip(true)
            .build()
            .map_err(|error| SettingsError::Certificate(error.to_string()))?;
        Ok(Self { client, first_byte: timeouts.first_byte(), clock, observer })
    }

    /// Begins a request.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends once and reads the whole answer, up to a limit that counts after decompression.
    pub(crate) async fn send(&self, request: Request, limit: usize) -> Result<Answer, NoAnswer> {
        let Some(observer) = &self.observer else { return self.exchange(request, limit).await };
        let mut observed = HttpObserved {
            at: self.clock.now(),
            method: request.method().to_string(),
            url: request.url().to_string(),
            headers: pairs(request.headers()),
            body: request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec(),
            answer: Err(String::new()),
        };
        let answer = self.exchange(request, limit).await;
        observed.answer = answer.as_ref().map_err(|none| format!("{none:?}")).map(|answer| HttpAnswered {
            status: answer.status,
            headers: pairs(&answer.headers),
            body: answer.body.clone(),
        });
        observer.http(observed);
        answer
    }

    async fn exchange(&self, request: Request, limit: usize) -> Result<Answer, NoAnswer> {
        let at = self.clock.now();
        let sent = tokio::time::timeout(self.first_byte, self.client.execute(request)).await;
        let mut response = sent.map_err(|_| NoAnswer::Lost)?.map_err(|error| no_answer(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let clock_ahead = clock_ahead(&headers, at, self.clock.now());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| NoAnswer::Lost)? {
            if body.len() + chunk.len() > limit {
                return Err(NoAnswer::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body, clock_ahead })
    }
}

/// By how many seconds our clock is ahead of the `Date` of an answer that was asked for and came between two instants of
/// our clock (UTC).
fn clock_ahead(headers: &HeaderMap, sent: DateTime<Utc>, came: DateTime<Utc>) -> i64 {
    let date = headers.get(reqwest::header::DATE).and_then(|value| value.to_str().ok());
    let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date.trim()).ok()) else { return 0 };
    // The header has whole seconds.
    let (earliest, latest) = (date.timestamp(), date.timestamp() + 1);
    if latest < sent.timestamp() {
        sent.timestamp() - latest
    } else if earliest > came.timestamp() {
        came.timestamp() - earliest
    } else {
        0
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    if let Some(fault) = certificate_fault(error) {
        return NoAnswer::NotSafe(fault);
    }
    if error.is_connect() || error.is_builder() { NoAnswer::NotSent } else { NoAnswer::Lost }
}

/// Whose certificate an error is about, if it is about one.
pub(crate) fn certificate_fault(error: &(dyn std::error::Error + 'static)) -> Option<CertificateFault> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let tls = inner.downcast_ref::<rustls::Error>().or_else(|| {
            let io = inner.downcast_ref::<std::io::Error>()?;
            io.get_ref()?.downcast_ref::<rustls::Error>()
        });
        if let Some(tls) = tls {
            return fault_of(tls);
        }
        cause = inner.source();
    }
    None
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "foreign enums that grow; every other error is not about a certificate"
)]
fn fault_of(error: &rustls::Error) -> Option<CertificateFault> {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => Some(CertificateFault::Theirs),
        rustls::Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
            // What servers of TLS 1.2 say where a client certificate is missing.
            | AlertDescription::HandshakeFailure,
        ) => Some(CertificateFault::Ours),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{DATE, HeaderValue};

    use super::*;

    #[test]
    fn au_1_the_clocks_are_compared_by_the_date_of_the_answer_and_no_slow_answer_makes_them_differ() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let (sent, came) = (at("2026-11-20T12:00:00.300Z"), at("2026-11-20T12:00:25Z"));
        let table = [
            ("Fri, 20 Nov 2026 12:00:00 GMT", 0),
            ("Fri, 20 Nov 2026 12:00:20 GMT", 0),
            ("Fri, 20 Nov 2026 11:59:59 GMT", 0),
            ("Fri, 20 Nov 2026 11:54:59 GMT", 300),
            ("Fri, 20 Nov 2026 12:05:25 GMT", -300),
            ("Fri, 20 Nov 2026 13:54:59 +0200", 300),
            ("yesterday", 0),
            ("", 0),
        ];
        for (date, ahead) in table {
            let headers = HeaderMap::from_iter([(DATE, HeaderValue::from_str(date).expect("a header"))]);
            assert_eq!(clock_ahead(&headers, sent, came), ahead, "{date:?}");
        }
        assert_eq!(clock_ahead(&HeaderMap::new(), sent, came), 0, "no date");
    }
}
