//! A FHIR STU3 provider: slots, bookings, cancellations. Its own reading of the standard.
//!
//! | Module | What is in it |
//! |---|---|
//! | `conduct`, `format` | What every exchange has in common: ids, cues, JSON or XML |
//! | `token` | Who asks, and whether they may |
//! | `query`, `search`, `resources` | Slots, and what hangs on them |
//! | `definition`, `shape`, `order`, `book` | A booking: FHIR at all, what a booking must say, whether it can be had |
//! | `held`, `cancel` | What became of it |
//! | `capability`, `outcome`, `xml` | What it says of itself, refusals, the other form |

mod book;
mod cancel;
mod capability;
mod conduct;
mod definition;
mod format;
mod held;
pub(crate) mod order;
pub(crate) mod outcome;
mod query;
mod resources;
mod search;
mod shape;
pub(crate) mod token;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

pub(crate) use crate::fhir::conduct::broken;
use crate::fhir::outcome::refuse;
use crate::world::{PROVIDERS, World};

/// One provider of the world.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) world: Arc<World>,
    pub(crate) index: usize,
}

impl Provider {
    /// Its root as the Spine directory has it: the audience of tokens.
    pub(crate) fn root(&self) -> &str {
        &self.world.roots[self.index]
    }

    /// Its root as it stands in a request: what its own URLs begin with.
    pub(crate) fn called(&self) -> &str {
        &self.world.called[self.index]
    }

    pub(crate) fn name(&self) -> &'static str {
        PROVIDERS[self.index].name
    }

    /// Whether it tells delivery channels in the GP Connect form.
    fn gp_connect(&self) -> bool {
        self.name() == "hub"
    }
}

pub(crate) fn router(world: Arc<World>, index: usize) -> Router {
    let provider = Provider { world, index };
    let routes = Router::new()
        .route("/Slot", get(search::search))
        .route("/Appointment", post(book::book).get(held::search))
        .route("/Appointment/{id}", get(held::read).put(cancel::cancel))
        .route("/Appointment/{id}/_history", get(held::history))
        .route("/Appointment/{id}/_history/{version}", get(held::read_version))
        .route("/metadata", get(capability::metadata))
        .fallback(nothing_here);
    Router::new()
        .nest(PROVIDERS[index].path, routes)
        .fallback(nothing_here)
        .layer(middleware::from_fn_with_state(provider.clone(), conduct::conduct))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .with_state(provider)
}

async fn nothing_here() -> axum::response::Response {
    refuse(404, "NO_RECORD_FOUND", "There is nothing here").into_response()
}
