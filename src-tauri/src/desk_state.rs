//! What the window holds: the desk once it is wired, who is signed in, and the watches on availability.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use demo_nhs::{DemoNhs, DemoOptions};
use desk_composition::{Composed, compose, config::Config};
use desk_contract::problem::Problem;
use desk_journeys::SignedIn;
use desk_journeys::book::StopSending;
use desk_journeys::ports::LongWalk;
use tokio::sync::watch;

use crate::arguments::Arguments;

/// How long after its time the window may still say that somebody is at it.
const LATEST_WORD: Duration = Duration::from_secs(60);

/// The state that commands share.
pub(crate) struct DeskState {
    /// None while the desk is being wired.
    wired: watch::Sender<Option<Result<Arc<Wired>, Problem>>>,
    arguments: Arguments,
    signed_in: Mutex<Option<SignedIn>>,
    /// When somebody was last seen at the window.
    seen: Mutex<Instant>,
    watches: Mutex<HashMap<String, Watch>>,
    orders: Mutex<HashMap<String, (u64, StopSending)>>,
    ordered: AtomicU64,
    /// The walk along the record that is under way, or the last one.
    walk: Mutex<Arc<LongWalk>>,
}

/// An order that is being carried out; it can be stopped for as long as this is there.
pub(crate) struct OrderInHand<'a> {
    state: &'a DeskState,
    encounter: String,
    number: u64,
}

impl Drop for OrderInHand<'_> {
    fn drop(&mut self) {
        let mut orders = self.state.orders();
        // A second press for the same encounter may have come meanwhile.
        if orders.get(&self.encounter).is_some_and(|(number, _)| *number == self.number) {
            orders.remove(&self.encounter);
        }
    }
}

/// The desk, and what has to live as long as it.
pub(crate) struct Wired {
    pub(crate) composed: Composed,
    demonstration: Mutex<Option<DemoNhs>>,
    fresh_folder: Mutex<Option<tempfile::TempDir>>,
}

impl Wired {
    /// The demonstration NHS inside this window, to set situations up.
    pub(crate) fn control(&self) -> Option<demo_nhs::Control> {
        let demonstration = self.demonstration.lock().unwrap_or_else(PoisonError::into_inner);
        demonstration.as_ref().map(|nhs| nhs.control().clone())
    }
}

/// A watch on the availability of one encounter's search.
struct Watch {
    search: String,
    task: tauri::async_runtime::JoinHandle<()>,
}

impl DeskState {
    /// Wires the desk in the background, so that the window is there at once.
    pub(crate) fn starting(arguments: Arguments) -> Self {
        let state = Self {
            wired: watch::Sender::new(None),
            arguments,
            signed_in: Mutex::default(),
            seen: Mutex::new(Instant::now()),
            watches: Mutex::default(),
            orders: Mutex::default(),
            ordered: AtomicU64::new(0),
            walk: Mutex::default(),
        };
        state.wire();
        state
    }

    fn wire(&self) {
        let (tell, arguments) = (self.wired.clone(), self.arguments.clone());
        tauri::async_runtime::spawn(async move {
            let result = wire(arguments).await.map(Arc::new);
            if let Err(problem) = &result {
                tracing::error!(problem = problem.title, why = problem.what_happened, "the desk could not be started");
            }
            tell.send_replace(Some(result));
        });
    }

    /// Wires the desk again where it could not be; one that is wired, or is being, stays as it is.
    pub(crate) fn start_again(&self) {
        let failed = |wired: &mut Option<Result<_, Problem>>| {
            let failed = matches!(wired, Some(Err(_)));
            if failed {
                *wired = None;
            }
            failed
        };
        if self.wired.send_if_modified(failed) {
            self.wire();
        }
    }

    /// The desk, once it is wired.
    pub(crate) async fn wired(&self) -> Result<Arc<Wired>, Problem> {
        let mut wired = self.wired.subscribe();
        let settled = wired.wait_for(Option::is_some).await;
        settled.ok().and_then(|result| result.clone()).unwrap_or_else(|| Err(Problem::unexpected("")))
    }

    /// The desk and the person signed in.
    pub(crate) async fn at_the_desk(&self) -> Result<(Arc<Wired>, SignedIn), Problem> {
        let wired = self.wired().await?;
        // The window locks itself; this is for one that does not.
        if self.unseen_for() > wired.composed.lock_after + LATEST_WORD {
            self.lock(&wired).await?;
        }
        let who = self.signed_in().clone().ok_or_else(Problem::not_signed_in)?;
        Ok((wired, who))
    }

    /// Notes that somebody is at the window.
    pub(crate) fn somebody_is_here(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn unseen_for(&self) -> Duration {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Ends the turn of whoever is signed in; what they were working on stays.
    pub(crate) async fn lock(&self, wired: &Wired) -> Result<(), Problem> {
        let leaving = self.signed_in().take();
        let Some(who) = leaving else { return Ok(()) };
        self.stop_all_watches();
        wired.composed.desk.locked(who).await.map_err(|error| Problem::from(&error))
    }

    pub(crate) fn signed_in(&self) -> MutexGuard<'_, Option<SignedIn>> {
        self.signed_in.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watches(&self) -> MutexGuard<'_, HashMap<String, Watch>> {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn orders(&self) -> MutexGuard<'_, HashMap<String, (u64, StopSending)>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an order that is being carried out. The first one of an encounter is the one that is really sent.
    pub(crate) fn order_in_hand(&self, encounter: &str, stop: StopSending) -> OrderInHand<'_> {
        let number = self.ordered.fetch_add(1, Ordering::Relaxed);
        self.orders().entry(encounter.to_owned()).or_insert((number, stop));
        OrderInHand { state: self, encounter: encounter.to_owned(), number }
    }

    /// Keeps the order of an encounter from being sent again.
    pub(crate) fn stop_sending(&self, encounter: &str) {
        if let Some((_, stop)) = self.orders().get(encounter) {
            stop.ask();
        }
    }

    /// Begins a watch; an earlier one of the same encounter stops, so that a stale answer is never told.
    pub(crate) fn watch(&self, encounter: &str, search: &str, task: tauri::async_runtime::JoinHandle<()>) {
        let watch = Watch { search: search.to_owned(), task };
        if let Some(earlier) = self.watches().insert(encounter.to_owned(), watch) {
            earlier.task.abort();
        }
    }

    /// Stops the watch on a search.
    pub(crate) fn stop_watching(&self, search: &str) {
        self.watches().retain(|_, watch| {
            let keep = watch.search != search;
            if !keep {
                watch.task.abort();
            }
            keep
        });
    }

    /// Begins a walk along the record; an earlier one that nobody waits for any more stops.
    pub(crate) fn begin_walk(&self) -> Arc<LongWalk> {
        let walk = Arc::default();
        std::mem::replace(&mut *self.walk.lock().unwrap_or_else(PoisonError::into_inner), Arc::clone(&walk)).stop();
        walk
    }

    /// Stops the walk that is under way.
    pub(crate) fn stop_walk(&self) {
        self.walk.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }

    /// Stops all watches and walks, as when somebody signs out.
    pub(crate) fn stop_all_watches(&self) {
        self.stop_walk();
        self.watches().drain().for_each(|(_, watch)| watch.task.abort());
    }

    /// Puts everything away at an orderly end.
    pub(crate) fn close(&self) {
        self.stop_all_watches();
        let wired = self.wired.borrow().clone();
        if let Some(Ok(wired)) = wired {
            wired.composed.close();
            drop(wired.demonstration.lock().unwrap_or_else(PoisonError::into_inner).take());
            drop(wired.fresh_folder.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

async fn wire(arguments: Arguments) -> Result<Wired, Problem> {
    let (config, demonstration, fresh_folder) =
        if arguments.demonstration { demonstrate(&arguments).await? } else { (configured(&arguments)?, None, None) };
    let composed = compose(config, env!("CARGO_PKG_VERSION")).await.map_err(|error| Problem::from(&error))?;
    Ok(Wired { composed, demonstration: Mutex::new(demonstration), fresh_folder: Mutex::new(fresh_folder) })
}

fn configured(arguments: &Arguments) -> Result<Config, Problem> {
    let file = arguments.config.clone().or_else(Config::default_file);
    let file = file.ok_or_else(|| Problem::misconfigured("This computer offers no place for a configuration file."))?;
    Config::read(&file).map_err(|error| Problem::misconfigured(&error.to_string()))
}

type Demonstration = (Config, Option<DemoNhs>, Option<tempfile::TempDir>);

async fn demonstrate(arguments: &Arguments) -> Result<Demonstration, Problem> {
    let failed = |what: String| Problem::misconfigured(&format!("The demonstration could not be started: {what}"));
    let (folder, fresh): (PathBuf, _) = match &arguments.data {
        Some(folder) => (folder.clone(), None),
        None => {
            let fresh = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
            (fresh.path().to_owned(), Some(fresh))
        }
    };
    let options = DemoOptions {
        seed: arguments.seed,
        latency: Duration::from_millis(arguments.latency_ms),
        data: arguments.data.as_ref().map(|folder| folder.join("nhs")),
        // As in earnest, and so that certificates can expire in training.
        tls: true,
        tls_folder: Some(folder.join("tls")),
        ..DemoOptions::default()
    };
    let demonstration = demo_nhs::start(options).await.map_err(|error| failed(error.to_string()))?;
    // The same file format as for a real NHS: the application differs by its configuration alone.
    let config =
        Config::parse(&demonstration.config_toml(&folder.join("desk"))).map_err(|error| failed(error.to_string()))?;
    Ok((config, Some(demonstration), fresh))
}
