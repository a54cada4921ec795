//! One connection to a server: TCP, then TLS where it is asked for. What the other side says last is heard even where it
//! stops listening first, and whether it asked for our certificate is known.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use desk_domain::failure::CertificateFault;
use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, ClientConfig, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::Url;

/// A stream of bytes, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that was made.
pub(crate) struct Connected {
    pub(crate) stream: Box<dyn Stream>,
    /// Whether the other side asked for our certificate.
    pub(crate) asked: bool,
}

/// Why a connection could not be made. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotConnected {
    /// A certificate.
    NotSafe(CertificateFault),
    /// The other side asked for our certificate, and ended the connection without a word.
    HungUp,
    /// Anything else.
    Unreachable,
}

/// Connects to the host and port of an address, encrypted where a TLS configuration is given. Takes as long as it takes.
pub(crate) async fn open(url: &Url, port: u16, tls: Option<Arc<ClientConfig>>) -> Result<Connected, NotConnected> {
    let host = url.host_str().ok_or(NotConnected::Unreachable)?;
    let tcp = connect(host, port).await?;
    // What cannot be written any more is no reason to stop reading.
    let stream = Listening { stream: tcp, deaf: false };
    let Some(tls) = tls else { return Ok(Connected { stream: Box::new(stream), asked: false }) };
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(|_| NotConnected::Unreachable)?;
    let (secured, asked) = noting(TlsConnector::from(tls).connect(name, stream)).await;
    match secured {
        Ok(stream) => Ok(Connected { stream: Box::new(stream), asked }),
        Err(error) => Err(match certificate_fault(&error, asked) {
            Some(fault) => NotConnected::NotSafe(fault),
            None if asked && is_an_end(&error) => NotConnected::HungUp,
            None => NotConnected::Unreachable,
        }),
    }
}

fn is_an_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

/// By every address of the host, with a head start for the first kind of them.
async fn connect(host: &str, port: u16) -> Result<TcpStream, NotConnected> {
    let uri = Uri::builder().scheme("http").authority(format!("{host}:{port}")).path_and_query("/").build();
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let connected = connector.call(uri.map_err(|_| NotConnected::Unreachable)?).await;
    connected.map(TokioIo::into_inner).map_err(|_| NotConnected::Unreachable)
}

/// A stream that is still read once nothing can be written to it. A server that refuses our certificate says so and closes,
/// and what we write meanwhile fails; its last words are there to be read still.
struct Listening {
    stream: TcpStream,
    deaf: bool,
}

impl Listening {
    fn written<T>(&mut self, result: io::Result<T>, instead: T) -> Poll<io::Result<T>> {
        Poll::Ready(Ok(result.unwrap_or_else(|error| {
            tracing::debug!(%error, "nothing more can be written to a connection");
            self.deaf = true;
            instead
        })))
    }
}

impl AsyncRead for Listening {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Listening {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.deaf {
            return Poll::Ready(Ok(buf.len()));
        }
        let result = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        self.written(result, buf.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deaf {
            return Poll::Ready(Ok(()));
        }
        let result = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.written(result, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

tokio::task_local! {
    /// Whether the server of the connection that this task is making asked for our certificate.
    static ASKED: Cell<bool>;
}

/// Does something, and says whether a server asked for our certificate meanwhile.
pub(crate) async fn noting<T>(connecting: impl Future<Output = T>) -> (T, bool) {
    ASKED
        .scope(Cell::new(false), async {
            let made = connecting.await;
            (made, ASKED.with(Cell::get))
        })
        .await
}

/// Gives our certificate to whoever asks, and notes that it was asked for.
#[derive(Debug)]
pub(crate) struct NotesAsking(pub(crate) Arc<dyn ResolvesClientCert>);

impl ResolvesClientCert for NotesAsking {
    fn resolve(&self, authorities: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // Not kept where nobody wants to know.
        ASKED.try_with(|asked| asked.set(true)).unwrap_or_default();
        self.0.resolve(authorities, schemes)
    }

    fn has_certs(&self) -> bool {
        self.0.has_certs()
    }
}

/// Whose certificate an error is about, if it is about one. Ours can only be at fault where it was asked for.
pub(crate) fn certificate_fault(error: &(dyn std::error::Error + 'static), asked: bool) -> Option<CertificateFault> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return fault_of(tls, asked);
        }
        // What an I/O error wraps is not its source: that would be the source of what it wraps.
        let wrapped = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn std::error::Error + 'static)),
            None => inner.source(),
        };
    }
    None
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "foreign enums that grow; every other error is not about a certificate"
)]
fn fault_of(error: &rustls::Error, asked: bool) -> Option<CertificateFault> {
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
        ) if asked => Some(CertificateFault::Ours),
        _ => None,
    }
}
