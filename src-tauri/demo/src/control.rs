//! Situations on cue, and a look behind the counter: what is held, and what was asked.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::DemoError;
use crate::counter::StandingCue;
use crate::itk::Code;
use crate::situations::SCENARIOS;
use crate::tls::{Spoilt, Tls};
use crate::world::{PROVIDERS, World, lock};

/// What is to happen to requests of a system.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cue {
    /// Answer later.
    Delay(Duration),
    /// Do the work, then break the connection.
    LoseAnswer,
    /// Do the work at once, and answer later.
    LateAnswer(Duration),
    /// Refuse with this status and this code of the Spine or of the toolkit, and ask to be left alone for so many seconds.
    Refuse(u16, String, Option<u64>),
    /// The slot goes just before the booking arrives.
    TakeSlot,
    /// Break every connection.
    Offline,
    /// Answer nonsense.
    Garbage,
    /// Answer a booking with 200 and an OperationOutcome.
    OkWithOutcome,
    /// A fault of the directory.
    Fault(u32),
}

impl std::fmt::Display for Cue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Delay(length) => write!(f, "answers {:.1} s later", length.as_secs_f64()),
            Self::LoseAnswer => f.write_str("does the work, and the answer is lost"),
            Self::LateAnswer(length) => write!(f, "does the work, and answers {:.1} s later", length.as_secs_f64()),
            Self::Refuse(status, code, _) => write!(f, "refuses with {status} {code}"),
            Self::TakeSlot => f.write_str("the slot goes to another desk first"),
            Self::Offline => f.write_str("is offline"),
            Self::Garbage => f.write_str("answers nonsense"),
            Self::OkWithOutcome => f.write_str("answers a booking with 200 and an error"),
            Self::Fault(code) => write!(f, "answers with fault {code}"),
        }
    }
}

/// Cues by system, each for so many requests; none means until reset.
#[derive(Debug, Default)]
pub(crate) struct Cues(HashMap<String, Vec<(Cue, Option<u32>)>>);

impl Cues {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Puts something on cue for a system: for so many requests, or until it is reset.
    pub(crate) fn add(&mut self, system: &str, cue: Cue, times: Option<u32>) {
        self.0.entry(system.to_owned()).or_default().push((cue, times));
    }

    /// What stands, by system.
    pub(crate) fn standing(&self) -> Vec<StandingCue> {
        let of_system = |(system, cues): (&String, &Vec<(Cue, Option<u32>)>)| {
            let told = |(cue, times): &(Cue, Option<u32>)| StandingCue {
                system: system.clone(),
                what: cue.to_string(),
                times: *times,
            };
            cues.iter().map(told).collect::<Vec<_>>()
        };
        let mut all: Vec<StandingCue> = self.0.iter().flat_map(of_system).collect();
        all.sort_by(|a, b| a.system.cmp(&b.system));
        all
    }

    /// The cue for the next request of a system, if it is one that the request can be under.
    fn next(&mut self, system: &str, fits: impl Fn(&Cue) -> bool) -> Option<Cue> {
        let cues = self.0.get_mut(system)?;
        let at = cues.iter().position(|(cue, _)| fits(cue))?;
        let cue = cues[at].0.clone();
        match &mut cues[at].1 {
            Some(times) if *times <= 1 => drop(cues.remove(at)),
            Some(times) => *times -= 1,
            None => {}
        }
        Some(cue)
    }
}

impl World {
    /// The cue for the next request of a system.
    pub(crate) fn cue(&self, system: &str, fits: impl Fn(&Cue) -> bool) -> Option<Cue> {
        lock(&self.cues).next(system, fits)
    }
}

/// What can happen to a provider.
const PROVIDER_WORDS: [&str; 9] =
    ["online", "offline", "delay", "late_answer", "lose_answer", "refuse", "take_slot", "garbage", "ok_with_outcome"];

/// Situations on cue.
#[derive(Clone)]
pub struct Control {
    world: Arc<World>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Control")
    }
}

impl Control {
    pub(crate) const fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// Takes a cue, for example `{"provider":"utc","do":"delay","ms":3000,"times":1}`, `{"system":"dos","do":"offline"}`,
    /// `{"dos":{"do":"fault","code":101}}`, or `{"do":"reset"}`. Without `times` it stands until it is reset. Also
    /// `{"scenario":"lost_answer"}` (from a fresh start), `{"do":"start_again"}`, `{"service":"111001","do":"fill"}`
    /// (`close`, `reopen`), `{"booking":"…","do":"arrived"}` (`fulfilled`, `noshow`, `cancelled`, `move`, `past`,
    /// `hand_over`, `restrict`, `forget`).
    ///
    /// # Errors
    /// [`DemoError::Cue`] where it makes no sense.
    pub fn cue(&self, order: impl Borrow<Value>) -> Result<(), DemoError> {
        let order = order.borrow();
        if let Some(happened) = self.world.happen(order) {
            return happened;
        }
        // `{"dos":"offline"}` and `{"dos":{"do":"offline"}}` name the system by the key.
        let keyed = ["dos", "sds", "ssp", "itk"].into_iter().find(|system| !order[*system].is_null());
        let told = match keyed {
            Some(system) if order[system].is_object() => &order[system],
            Some(_) | None => order,
        };
        let word = keyed.and_then(|system| order[system].as_str()).or_else(|| told["do"].as_str());
        let word = word.ok_or_else(|| DemoError::Cue("it has no `do`".to_owned()))?;
        if word == "reset" {
            lock(&self.world.cues).clear();
            self.world.tls.iter().for_each(Tls::reset);
            return Ok(());
        }
        let named = order["provider"].as_str().or_else(|| order["system"].as_str());
        let system = keyed.or(named).unwrap_or_default();
        let order = told;
        let words: &[&str] = match system {
            "dos" => &["online", "offline", "delay", "fault", "garbage", "refuse", "expire_certificate", "distrust"],
            "registry" => &["online", "offline", "delay"],
            "sds" => &["online", "offline", "delay", "expire_certificate", "distrust"],
            "ssp" => &["online", "offline", "delay", "garbage", "refuse", "expire_certificate", "distrust"],
            "itk" => &["online", "offline", "delay", "lose_answer", "refuse", "garbage"],
            name if PROVIDERS.iter().any(|seed| seed.name == name) => &PROVIDER_WORDS,
            other => return Err(DemoError::Cue(format!("there is no system {other:?}"))),
        };
        if !words.contains(&word) {
            return Err(DemoError::Cue(format!("{system} knows nothing of {word:?}")));
        }
        let number = |key: &str, otherwise: u64| order[key].as_u64().unwrap_or(otherwise);
        let cue = match word {
            "expire_certificate" | "distrust" => {
                let tls = self.world.tls.as_ref();
                let tls = tls.ok_or_else(|| DemoError::Cue(format!("{system} is not on TLS")))?;
                tls.spoil(system, if word == "distrust" { Spoilt::Distrust } else { Spoilt::Expired });
                return Ok(());
            }
            "online" => {
                lock(&self.world.cues).0.remove(system);
                self.world.tls.iter().for_each(|tls| tls.mend(system));
                return Ok(());
            }
            "delay" => Cue::Delay(Duration::from_millis(number("ms", 3000))),
            "late_answer" => Cue::LateAnswer(Duration::from_millis(number("ms", 15_000))),
            "lose_answer" => Cue::LoseAnswer,
            "refuse" if system == "itk" => {
                // A number, or the same as text.
                let told = order["code"].to_string();
                let code = if order["code"].is_null() { "2100" } else { told.trim_matches('"') }.to_owned();
                if Code::of(&code).is_none() {
                    return Err(DemoError::Cue(format!("the toolkit has no code {code:?}")));
                }
                Cue::Refuse(500, code, None)
            }
            "refuse" => {
                let code = order["code"].as_str().unwrap_or("INTERNAL_SERVER_ERROR").to_owned();
                let status = u16::try_from(number("status", 500)).unwrap_or(500);
                Cue::Refuse(status, code, order["retry_after"].as_u64())
            }
            "take_slot" => Cue::TakeSlot,
            "offline" => Cue::Offline,
            "garbage" => Cue::Garbage,
            "ok_with_outcome" => Cue::OkWithOutcome,
            "fault" => Cue::Fault(u32::try_from(number("code", 100)).unwrap_or(100)),
            other => return Err(DemoError::Cue(format!("nothing is known of {other:?}"))),
        };
        let times = order["times"].as_u64().and_then(|times| u32::try_from(times).ok());
        lock(&self.world.cues).add(system, cue, times);
        Ok(())
    }

    /// What every provider holds, with all versions.
    #[must_use]
    pub fn held(&self) -> Value {
        let diaries = PROVIDERS.iter().zip(&self.world.diaries);
        diaries
            .map(|(seed, diary)| (seed.name.to_owned(), lock(diary).held()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// The documents that the receiver of referrals keeps, with the service that each is for, the booking that it refers
    /// to, and whether that booking, as its provider holds it now, names the document (`linked_both_ways`) and was
    /// cancelled (`decoupled`).
    #[must_use]
    pub fn documents(&self) -> Value {
        self.world.itk.documents(&self.world)
    }

    /// What the systems were asked, the newest last.
    #[must_use]
    pub fn asked(&self) -> Value {
        Value::Array(lock(&self.world.asked).all())
    }
}

pub(crate) fn router(control: Control) -> Router {
    Router::new()
        .route("/control", post(take))
        .route("/counter", get(async |State(control): State<Control>| Json(control.counter())))
        .route("/scenarios", get(async || Json(SCENARIOS)))
        .route("/held", get(async |State(control): State<Control>| Json(control.held())))
        .route("/documents", get(async |State(control): State<Control>| Json(control.documents())))
        .route("/asked", get(async |State(control): State<Control>| Json(control.asked())))
        .with_state(control)
}

async fn take(State(control): State<Control>, Json(order): Json<Value>) -> Response {
    match control.cue(order) {
        Ok(()) => Json(json!({ "taken": true })).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}
