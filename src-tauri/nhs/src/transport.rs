//! HTTPS: client certificate, private authorities, TLS 1.2 as the floor, bounded in time and size; redirects are never
//! followed. Tells apart what never left, what is not safe, and what was lost.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use desk_domain::failure::CertificateFault;
use desk_journeys::ports::Clock;
use flate2::write::MultiGzDecoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::connection::{Connected, NotConnected, NotesAsking, certificate_fault, open};
use crate::observe::{HttpAnswered, HttpObserved, Observer};
use crate::settings::{SettingsError, TimeoutSettings, TlsSettings};

/// How much the head of an answer may take: more than any honest one.
const LARGEST_HEAD: usize = 64 * 1024;
/// For how long a connection that nobody uses is kept.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// How long to wait for the end of a connection that is broken, to learn why.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The TLS of every connection: one set of certificates for HTTPS and LDAPS.
pub(crate) fn tls_config(settings: &TlsSettings) -> Result<Arc<ClientConfig>, SettingsError> {
    let unfit = |error: rustls::Error| SettingsError::Certificate(error.to_string());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(unfit)?;
    let builder = match &settings.ca {
        Some(file) => builder.with_root_certificates(authorities(file)?),
        None => builder.with_platform_verifier().map_err(unfit)?,
    };
    let mut config = match (&settings.client_certificate, &settings.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let unreadable = || SettingsError::File { what: "the client key", file: key.clone() };
            let key = PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable())?;
            builder.with_client_auth_cert(certificates("the client certificate", certificate)?, key).map_err(unfit)?
        }
        (Some(_), None) | (None, Some(_)) => return Err(SettingsError::HalfACertificate),
    };
    config.client_auth_cert_resolver = Arc::new(NotesAsking(config.client_auth_cert_resolver));
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

/// A request, whole.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

/// A request that cannot be written: its address, or the value of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotWritten;

impl Outgoing {
    /// Begins a request to an absolute address.
    pub(crate) fn new(method: Method, url: &str) -> Result<Self, NotWritten> {
        let url = Url::parse(url).map_err(|_| NotWritten)?;
        Ok(Self { method, url, headers: HeaderMap::new(), body: Bytes::new() })
    }

    /// Adds a header; its name is one of the standard's.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Result<Self, NotWritten> {
        self.headers.insert(name, HeaderValue::from_str(value).map_err(|_| NotWritten)?);
        Ok(self)
    }

    /// Gives it a body.
    pub(crate) fn content(self, kind: &str, body: String) -> Result<Self, NotWritten> {
        Ok(Self { body: Bytes::from(body), ..self.header(CONTENT_TYPE, kind)? })
    }

    /// As it goes to the server: with what every request needs.
    fn to_wire(&self) -> Result<http::Request<Full<Bytes>>, NotWritten> {
        let target = &self.url[url::Position::BeforePath..url::Position::AfterQuery];
        let host = &self.url[url::Position::BeforeHost..url::Position::AfterPort];
        let mut request = http::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = target.parse().map_err(|_| NotWritten)?;
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(HOST, HeaderValue::from_str(host).map_err(|_| NotWritten)?);
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        Ok(request)
    }

    /// Scheme, host and port.
    fn origin(&self) -> &str {
        &self.url[..url::Position::BeforePath]
    }
}

/// Sends requests.
#[derive(Clone)]
pub(crate) struct Transport {
    tls: Arc<ClientConfig>,
    timeouts: TimeoutSettings,
    idle: Arc<Mutex<HashMap<String, Vec<Connection>>>>,
    clock: Arc<dyn Clock>,
    observer: Option<Arc<dyn Observer>>,
}

/// A connection that requests go over, one after another.
struct Connection {
    requests: http1::SendRequest<Full<Bytes>>,
    /// Reads and writes. Where it ends before a request was taken, its error is the one that says why.
    driver: JoinHandle<Result<(), hyper::Error>>,
    /// Whether the server asked for our certificate.
    asked: bool,
    since: Instant,
}

impl Connection {
    /// Whose certificate broke the connection, if one did: as the request's error says, or else the connection's own.
    async fn certificate_fault(&mut self, error: &hyper::Error) -> Option<CertificateFault> {
        if let Some(fault) = certificate_fault(error, self.asked) {
            return Some(fault);
        }
        let ended = timeout_at(Instant::now() + LAST_WORDS, &mut self.driver).await.ok()?.ok()?;
        ended.err().and_then(|error| certificate_fault(&error, self.asked))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // An answer that nobody waits for is not read on.
        self.driver.abort();
    }
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
    /// The answer is larger than any honest one, or is packed in a way that cannot be unpacked.
    Unreadable,
}

/// Why the head of an answer did not come.
enum NoHead {
    TimedOut,
    Broken(hyper::Error),
}

impl Transport {
    pub(crate) fn new(
        tls: Arc<ClientConfig>,
        timeouts: &TimeoutSettings,
        clock: Arc<dyn Clock>,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        let mut tls = ClientConfig::clone(&tls);
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { tls: Arc::new(tls), timeouts: timeouts.clone(), idle: Arc::default(), clock, observer }
    }

    /// Sends once and reads the whole answer, up to a limit that counts after decompression.
    pub(crate) async fn send(&self, request: Outgoing, limit: usize) -> Result<Answer, NoAnswer> {
        let Some(observer) = &self.observer else { return self.exchange(&request, limit).await };
        let mut observed = HttpObserved {
            at: self.clock.now(),
            method: request.method.to_string(),
            url: request.url.to_string(),
            headers: pairs(&request.headers),
            body: request.body.to_vec(),
            answer: Err(String::new()),
        };
        let answer = self.exchange(&request, limit).await;
        observed.answer = answer.as_ref().map_err(|none| format!("{none:?}")).map(|answer| HttpAnswered {
            status: answer.status,
            headers: pairs(&answer.headers),
            body: answer.body.clone(),
        });
        observer.http(observed);
        answer
    }

    async fn exchange(&self, request: &Outgoing, limit: usize) -> Result<Answer, NoAnswer> {
        let at = self.clock.now();
        let ends = Instant::now() + self.timeouts.whole();
        let (connection, response) = self.head(request, ends).await?;
        let (parts, body) = response.into_parts();
        let clock_ahead = clock_ahead(&parts.headers, at, self.clock.now());
        let body = timeout_at(ends, read(&parts.headers, body, limit)).await.map_err(|_| NoAnswer::Lost)??;
        self.keep(request.origin(), connection);
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body, clock_ahead })
    }

    /// The head of the answer, and the connection that the rest comes on.
    async fn head(
        &self,
        request: &Outgoing,
        ends: Instant,
    ) -> Result<(Connection, http::Response<Incoming>), NoAnswer> {
        let wire = request.to_wire().map_err(|_| NoAnswer::NotSent)?;
        // Only what changes nothing goes over a connection that was used before. The server may be closing it, and then
        // nobody could say whether a booking arrived.
        if request.method == Method::GET
            && let Some(mut kept) = self.kept(request.origin())
        {
            match self.ask(&mut kept, wire.clone(), ends).await {
                Ok(response) => return Ok((kept, response)),
                Err(NoHead::TimedOut) => return Err(NoAnswer::Lost),
                Err(NoHead::Broken(error)) => tracing::debug!(%error, "a kept connection was closed"),
            }
        }
        let mut connection = self.connect(request, ends).await?;
        match self.ask(&mut connection, wire, ends).await {
            Ok(response) => Ok((connection, response)),
            Err(NoHead::TimedOut) => Err(NoAnswer::Lost),
            // A server of TLS 1.3 looks at our certificate after we have begun to write, and takes no request before.
            Err(NoHead::Broken(error)) => Err(match connection.certificate_fault(&error).await {
                Some(fault) => NoAnswer::NotSafe(fault),
                None => NoAnswer::Lost,
            }),
        }
    }

    async fn ask(
        &self,
        connection: &mut Connection,
        wire: http::Request<Full<Bytes>>,
        ends: Instant,
    ) -> Result<http::Response<Incoming>, NoHead> {
        let ends = ends.min(Instant::now() + self.timeouts.first_byte());
        let answered = async {
            connection.requests.ready().await?;
            connection.requests.send_request(wire).await
        };
        timeout_at(ends, answered).await.map_err(|_| NoHead::TimedOut)?.map_err(NoHead::Broken)
    }

    async fn connect(&self, request: &Outgoing, ends: Instant) -> Result<Connection, NoAnswer> {
        let ends = ends.min(Instant::now() + self.timeouts.connect());
        let tls = (request.url.scheme() == "https").then(|| Arc::clone(&self.tls));
        let port = request.url.port_or_known_default().ok_or(NoAnswer::NotSent)?;
        let connected = timeout_at(ends, open(&request.url, port, tls)).await.map_err(|_| NoAnswer::NotSent)?;
        let Connected { stream, asked } = connected.map_err(|not| match not {
            NotConnected::NotSafe(fault) => NoAnswer::NotSafe(fault),
            NotConnected::HungUp | NotConnected::Unreachable => NoAnswer::NotSent,
        })?;
        let made = http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(TokioIo::new(stream)).await;
        let (requests, driver) = made.map_err(|_| NoAnswer::NotSent)?;
        let driver = tokio::spawn(driver);
        Ok(Connection { requests, driver, asked, since: Instant::now() })
    }

    /// A connection that is open still, as far as one can tell.
    fn kept(&self, origin: &str) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(origin)?;
        kept.retain(|one| !one.requests.is_closed() && one.since.elapsed() < KEPT_FOR);
        kept.pop()
    }

    fn keep(&self, origin: &str, mut connection: Connection) {
        connection.since = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, kept| {
            kept.retain(|one| !one.requests.is_closed() && one.since.elapsed() < KEPT_FOR);
            !kept.is_empty()
        });
        idle.entry(origin.to_owned()).or_default().push(connection);
    }
}

/// Reads a body to its end, unpacked, up to a limit that counts before and after.
async fn read(headers: &HeaderMap, mut body: Incoming, limit: usize) -> Result<Vec<u8>, NoAnswer> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if text(CONTENT_LENGTH).parse::<u64>().is_ok_and(|length| length > limit as u64) {
        return Err(NoAnswer::Unreadable);
    }
    let mut unpacking = match text(CONTENT_ENCODING).to_ascii_lowercase().as_str() {
        "" | "identity" => Unpacking::Plain(Bounded { bytes: Vec::new(), limit }),
        "gzip" | "x-gzip" => Unpacking::Gzip(MultiGzDecoder::new(Bounded { bytes: Vec::new(), limit })),
        _ => return Err(NoAnswer::Unreadable),
    };
    let mut came = 0;
    while let Some(frame) = body.frame().await {
        let Ok(part) = frame.map_err(|_| NoAnswer::Lost)?.into_data() else { continue };
        came += part.len();
        if came > limit {
            return Err(NoAnswer::Unreadable);
        }
        unpacking.write(&part).map_err(|_| NoAnswer::Unreadable)?;
    }
    if came == 0 { Ok(Vec::new()) } else { unpacking.finish().map_err(|_| NoAnswer::Unreadable) }
}

/// A body as it comes, unpacked on the way.
enum Unpacking {
    Plain(Bounded),
    Gzip(MultiGzDecoder<Bounded>),
}

impl Unpacking {
    fn write(&mut self, part: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Plain(bytes) => bytes.write_all(part),
            Self::Gzip(decoder) => decoder.write_all(part),
        }
    }

    fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Plain(bounded) => Ok(bounded.bytes),
            Self::Gzip(decoder) => decoder.finish().map(|bounded| bounded.bytes),
        }
    }
}

/// Bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Bounded {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + part.len() > self.limit {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// By how many seconds our clock is ahead of the `Date` of an answer that was asked for and came between two instants of
/// our clock (UTC).
fn clock_ahead(headers: &HeaderMap, sent: DateTime<Utc>, came: DateTime<Utc>) -> i64 {
    let date = headers.get(http::header::DATE).and_then(|value| value.to_str().ok());
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
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use http::header::{DATE, HeaderValue};

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
