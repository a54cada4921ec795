//! A server that gives one answer to every request, byte for byte as a test wants it, and a desk that asks it.

use std::sync::{Arc, Mutex, PoisonError};

use desk_journeys::ports::{Exchange, ExchangeLog, ServiceDirectory};
use desk_nhs::{NhsAdapters, connect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::ground::{StandingClock, settings};

/// What is answered to every request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// These bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// Nothing, and the connection stays open.
    Never,
}

impl Answer {
    /// A whole answer.
    pub(crate) fn new(status: u16, kind: &str, content: &[u8]) -> Self {
        let head = format!("content-length: {}\r\n", content.len());
        Self::of(status, kind, &head, content)
    }

    /// A whole answer in chunks of seven bytes.
    pub(crate) fn chunked(status: u16, kind: &str, content: &[u8]) -> Self {
        let mut chunks = Vec::new();
        for chunk in content.chunks(7) {
            chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunks.extend_from_slice(chunk);
            chunks.extend_from_slice(b"\r\n");
        }
        chunks.extend_from_slice(b"0\r\n\r\n");
        Self::of(status, kind, "transfer-encoding: chunked\r\n", &chunks)
    }

    /// Half of what is announced.
    pub(crate) fn cut_short(content: &[u8]) -> Self {
        let head = format!("content-length: {}\r\n", content.len());
        Self::of(200, "application/soap+xml", &head, &content[..content.len() / 2])
    }

    /// The connection is closed without a word.
    pub(crate) const fn none() -> Self {
        Self::Bytes(Vec::new())
    }

    /// Nothing ever comes.
    pub(crate) const fn never() -> Self {
        Self::Never
    }

    /// These bytes.
    pub(crate) fn raw(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }

    fn of(status: u16, kind: &str, head: &str, content: &[u8]) -> Self {
        let mut bytes =
            format!("HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\nconnection: close\r\n{head}\r\n").into_bytes();
        bytes.extend_from_slice(content);
        Self::Bytes(bytes)
    }
}

/// An answer as the directory sends it.
pub(crate) fn soap(status: u16, content: &str) -> Answer {
    Answer::new(status, "application/soap+xml; charset=utf-8", content.as_bytes())
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) first_line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

type Shared<T> = Arc<Mutex<Vec<T>>>;

fn all<T: Clone>(shared: &Shared<T>) -> Vec<T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A desk whose directory is a server of the test.
pub(crate) struct Desk {
    adapters: NhsAdapters,
    url: String,
    requests: Shared<Request>,
    log: Arc<Log>,
}

impl Desk {
    pub(crate) fn directory(&self) -> &dyn ServiceDirectory {
        &*self.adapters.directory
    }

    /// Where the server is.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// What came to the server.
    pub(crate) fn requests(&self) -> Vec<Request> {
        all(&self.requests)
    }

    /// What the desk put on record.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        all(&self.log.0)
    }
}

#[derive(Default)]
struct Log(Shared<Exchange>);

impl ExchangeLog for Log {
    fn record(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}

/// A desk, and a directory that gives this answer to every request.
pub(crate) async fn desk_at(answer: Answer, password: &str) -> Desk {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let requests = Shared::default();
    let kept = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, answer.clone(), Arc::clone(&kept)));
        }
    });
    desk(port, password, requests)
}

/// A desk whose directory is not there.
pub(crate) async fn desk_at_nobody() -> Desk {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    desk(port, "secret", Shared::default())
}

fn desk(port: u16, password: &str, requests: Shared<Request>) -> Desk {
    let url = format!("http://127.0.0.1:{port}/app/api/webservices");
    let settings = settings(&url, password);
    let log = Arc::new(Log::default());
    let kept: Arc<dyn ExchangeLog> = Arc::<Log>::clone(&log);
    let adapters = connect(settings, Arc::new(StandingClock), kept, None).expect("adapters");
    Desk { adapters, url, requests, log }
}

async fn serve(mut stream: TcpStream, answer: Answer, requests: Shared<Request>) {
    let Some(request) = read(&mut stream).await else { return };
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    match answer {
        Answer::Bytes(bytes) => {
            drop(stream.write_all(&bytes).await);
            drop(stream.shutdown().await);
        }
        Answer::Never => std::future::pending().await,
    }
}

/// A whole request, as long as its head says.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut head = None;
    loop {
        if head.is_none() {
            head = bytes.windows(4).position(|end| end == b"\r\n\r\n");
        }
        if let Some(end) = head {
            let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut lines = text.split("\r\n");
            let first_line = lines.next()?.to_owned();
            let pair = |line: &str| line.split_once(": ").map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()));
            let headers: Vec<_> = lines.filter_map(pair).collect();
            let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse::<usize>().ok()?;
            if bytes.len() >= end + 4 + length {
                let body = String::from_utf8(bytes.split_off(end + 4)).ok()?;
                return Some(Request { first_line, headers, body });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
