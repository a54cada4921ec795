//! Servers on loopback sockets that hear a request byte by byte, and answer with whatever bytes a test gives them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openssl::ssl::SslAcceptor;

/// No test waits longer for the other side. It is long, so that only a mistake comes to it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A connection, encrypted or not.
pub(crate) trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The request line: method, target, version.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    /// Every value of a header, in any letter case of its name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The one value of a header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        match self.all(name).as_slice() {
            [] => "",
            [one] => one,
            several => panic!("{name} stands several times: {several:?}"),
        }
    }

    /// Reads one from a connection; none where the connection ends before it does.
    fn read(wire: &mut dyn Wire) -> Option<Self> {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            more(wire, &mut bytes)?;
        };
        let text = String::from_utf8(bytes[..head].to_vec()).expect("a head in ASCII");
        let mut lines = text.split("\r\n");
        let line = lines.next()?.to_owned();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").expect("a header"))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        let mut heard = Self { line, headers, body: Vec::new() };
        let length = heard.header("content-length").parse().unwrap_or(0);
        let mut body = bytes.split_off(head + 4);
        while body.len() < length {
            more(wire, &mut body)?;
        }
        heard.body = body;
        Some(heard)
    }
}

fn more(wire: &mut dyn Wire, bytes: &mut Vec<u8>) -> Option<()> {
    let mut part = [0; 16 * 1024];
    let read = wire.read(&mut part).ok().filter(|read| *read > 0)?;
    bytes.extend_from_slice(&part[..read]);
    Some(())
}

/// An HTTP answer with a body of a known length.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// An answer in FHIR's JSON.
pub(crate) fn fhir(status: &str, headers: &str, body: &str) -> Vec<u8> {
    answer(status, &format!("Content-Type: application/fhir+json;charset=utf-8\r\n{headers}"), body.as_bytes())
}

/// A Bundle with nothing in it.
pub(crate) fn empty_bundle() -> Vec<u8> {
    fhir("200 OK", "", r#"{"resourceType":"Bundle","type":"searchset"}"#)
}

/// What a server does with a request that it heard. The connection closes where it gives an error.
type Answering = dyn Fn(&Heard, &mut dyn Wire) -> std::io::Result<()> + Send + Sync;

/// A server; each connection has its own thread.
pub(crate) struct Server {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    connections: Arc<AtomicUsize>,
    greetings: Mutex<Receiver<String>>,
}

impl Server {
    /// One that speaks plainly.
    pub(crate) fn plain(
        answering: impl Fn(&Heard, &mut dyn Wire) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Arc::new(answering), |mut stream, _, serve| serve(&mut stream))
    }

    /// One that answers every request with the same bytes.
    pub(crate) fn that_says(bytes: Vec<u8>) -> Self {
        Self::plain(move |_, wire| wire.write_all(&bytes))
    }

    /// One that encrypts.
    pub(crate) fn encrypted(
        acceptor: SslAcceptor,
        answering: impl Fn(&Heard, &mut dyn Wire) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start(Arc::new(answering), move |stream, greetings, serve| match acceptor.accept(stream) {
            Ok(mut stream) => {
                greetings.send(stream.ssl().version_str().to_owned()).unwrap_or_default();
                serve(&mut stream);
            }
            Err(error) => greetings.send(format!("refused: {error}")).unwrap_or_default(),
        })
    }

    fn start(
        answering: Arc<Answering>,
        on: impl Fn(TcpStream, &Sender<String>, &mut dyn FnMut(&mut dyn Wire)) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (greets, greetings) = channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let (kept, on, count) = (Arc::clone(&heard), Arc::new(on), Arc::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
                let (answering, on, kept, greets) =
                    (Arc::clone(&answering), Arc::clone(&on), Arc::clone(&kept), greets.clone());
                std::thread::spawn(move || {
                    let mut serve = |wire: &mut dyn Wire| {
                        while let Some(one) = Heard::read(wire) {
                            kept.lock().expect("no panic").push(one.clone());
                            if answering(&one, wire).is_err() {
                                break;
                            }
                        }
                    };
                    on(stream, &greets, &mut serve);
                });
            }
        });
        Self { address, heard, connections, greetings: Mutex::new(greetings) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:…`, without a slash.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was heard, oldest first.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("no panic").clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// What came of the greeting of the next encrypted connection: the version of TLS, or why it was refused.
    pub(crate) fn greeting(&self) -> String {
        self.greetings.lock().expect("no panic").recv_timeout(PATIENCE).expect("a greeting")
    }
}

/// Ends a connection in the middle of whatever was going on.
pub(crate) fn hang_up() -> std::io::Result<()> {
    Err(std::io::ErrorKind::ConnectionAborted.into())
}

/// A port that takes connections and says nothing on them, ever.
pub(crate) struct Silent(TcpListener);

impl Silent {
    pub(crate) fn start() -> Self {
        Self(TcpListener::bind(("127.0.0.1", 0)).expect("a port"))
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().expect("an address").port()
    }

    /// Whether nobody ever connected.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_untouched(&self) -> bool {
        self.0.set_nonblocking(true).expect("a socket");
        self.0.accept().is_err()
    }
}

/// A server that says its piece to whoever has said something, and closes.
#[cfg(target_os = "linux")]
pub(crate) struct Raw(u16);

#[cfg(target_os = "linux")]
impl Raw {
    pub(crate) fn start(says: impl Fn(&mut dyn Wire) -> std::io::Result<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
                let mut bytes = Vec::new();
                // Where the other side is gone already, nobody is there to be told.
                let heard = more(&mut stream, &mut bytes);
                heard.map(|()| says(&mut stream).unwrap_or_default()).unwrap_or_default();
            }
        });
        Self(port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0
    }
}
