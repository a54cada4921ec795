//! A server that answers each request by a function of the test, and desks whose clock runs, right or wrong.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::slot::SlotWindow;
use desk_journeys::ports::{Clock, ExchangeLog};
use desk_nhs::settings::NhsSettings;
use desk_nhs::{NhsAdapters, connect};
use uuid::Uuid;

use crate::support::desk::Recorded;

/// A clock that is ahead of the machine's.
pub(crate) struct ClockAhead(pub(crate) TimeDelta);

impl Clock for ClockAhead {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }

    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    fn new_id(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// Path and query, as on the request line.
    pub(crate) target: String,
    /// Headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Heard {
    /// The value of a header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value.as_str())
    }
}

/// A server that answers as the test says.
pub(crate) struct Server {
    /// `http://127.0.0.1:…`.
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer: status, headers, body.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("an answer")
}

/// An answer in FHIR's JSON.
pub(crate) fn fhir(status: u16, body: impl Into<Body>) -> Response<Body> {
    answer(status, &[("Content-Type", "application/fhir+json;charset=utf-8")], body)
}

impl Server {
    /// Starts one. The answer may take its time.
    pub(crate) async fn start<F, A>(answers: F) -> Self
    where
        F: Fn(Heard) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response<Body>> + Send,
    {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let remember = Arc::clone(&heard);
        let router = Router::new().fallback(move |request: Request| {
            let (answers, remember) = (answers.clone(), Arc::clone(&remember));
            async move {
                let (parts, _) = request.into_parts();
                let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
                let one = Heard {
                    target: parts.uri.to_string(),
                    headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
                };
                remember.lock().expect("no panic").push(one.clone());
                answers(one).await
            }
        });
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { url, heard, task }
    }

    /// What arrived, oldest first.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("no panic").clone()
    }
}

/// The adapters, with what they record.
pub(crate) fn desk(settings: NhsSettings) -> (NhsAdapters, Arc<Recorded>) {
    desk_ahead(settings, TimeDelta::zero())
}

/// The same with a clock that is ahead.
pub(crate) fn desk_ahead(settings: NhsSettings, ahead: TimeDelta) -> (NhsAdapters, Arc<Recorded>) {
    let recorded = Arc::new(Recorded::default());
    let adapters = connect(settings, Arc::new(ClockAhead(ahead)), Arc::clone(&recorded) as Arc<dyn ExchangeLog>, None);
    (adapters.expect("settings that fit"), recorded)
}

/// From now for two days.
pub(crate) fn window() -> SlotWindow {
    let now = ClockAhead(TimeDelta::zero()).now();
    SlotWindow { from: now, until: now + TimeDelta::days(2) }
}

/// Waits until something is so.
pub(crate) async fn until(what: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    waited.await.expect("it comes to that");
}
