//! Providers: FHIR STU3 through the Spine proxy. What came of an exchange is told in the domain's words.

mod appointment;
pub(crate) mod bundle;
mod cancellation;
pub(crate) mod exchange;
pub(crate) mod given;
pub(crate) mod held;
mod pages;
pub(crate) mod refusal;
pub(crate) mod search;
pub(crate) mod slots;
pub(crate) mod unchanged;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use desk_domain::booking::{Held, HeldBooking, Posted};
use desk_domain::cancel::{Put, WholeAppointment};
use desk_domain::failure::ProviderFailure;
use desk_domain::id::{DosServiceId, NhsNumber};
use desk_domain::slot::{FreeSlots, SlotNote, SlotWindow};
use desk_journeys::ports::{
    Asking, BookingOrder, BookingProvider, CancelOrder, FoundBookings, InvalidOrder, LookUpFailure, ProviderAddress,
};
use http::Method;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::address::{Parameter, Root, encode};
use crate::fhir::exchange::{Exchanges, Operation, Peer};
use crate::fhir::held::InSearch;
use crate::fhir::pages::Pages;
use crate::fhir::search::Ended;
use crate::settings::IncludeStyle;
use crate::token::Scope;
use crate::transport::Answer;

/// The system of NHS numbers.
pub(crate) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

const SEARCH_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:search:slot";
const CREATE_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
const READ_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:appointment";
const SEARCH_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:search:appointment";
const UPDATE_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:update:appointment";

/// How many bookings of a search are read one by one, where it does not say all that has to be known of them.
const MOST_READ: usize = 20;

pub(crate) struct Providers {
    exchanges: Arc<Exchanges>,
    /// Turns of slot searches that nobody waits for, by host.
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Providers {
    pub(crate) fn new(exchanges: Arc<Exchanges>) -> Self {
        Self { exchanges, turns: Mutex::default() }
    }

    /// A turn among those who ask a host; kept for as long as the asking takes.
    async fn turn(&self, root: &Root) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let at_once = usize::from(self.exchanges.settings.fhir.at_once_per_host.get());
            Arc::clone(turns.entry(root.host()).or_insert_with(|| Arc::new(Semaphore::new(at_once))))
        };
        turns.acquire_owned().await.ok()
    }

    fn slot_interaction<'a>(&'a self, provider: &'a ProviderAddress) -> &'a str {
        let configured = self.exchanges.settings.fhir.slot_interaction.as_deref();
        configured.or(provider.slot_interaction.as_deref()).unwrap_or(SEARCH_SLOT)
    }

    fn slot_parameters(&self, service: &DosServiceId, window: SlotWindow) -> Vec<Parameter> {
        let mut parameters = vec![
            ("schedule.actor:healthcareservice", service.to_string()),
            ("start", format!("ge{}", instant(window.from))),
            ("start", format!("le{}", instant(window.until))),
            ("status", "free".to_owned()),
            ("_include", "Slot:schedule".to_owned()),
        ];
        let (name, location, provided_by) = match self.exchanges.settings.fhir.include_style {
            IncludeStyle::Plain => ("_include", "HealthcareService.location", "HealthcareService.providedBy"),
            IncludeStyle::Iterate => ("_include:iterate", "HealthcareService:location", "HealthcareService:providedBy"),
        };
        let actors =
            ["Schedule:actor:Practitioner", "Schedule:actor:PractitionerRole", "Schedule:actor:HealthcareService"];
        parameters.extend(actors.into_iter().chain([location, provided_by]).map(|value| (name, value.to_owned())));
        parameters
    }
}

/// Where a booking is at its provider.
fn booking_url(root: &Root, appointment_id: &str) -> String {
    root.at(&format!("Appointment/{}", encode(appointment_id)), &[])
}

/// UTC with milliseconds, as the standard sends instants.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[async_trait]
impl BookingProvider for Providers {
    async fn free_slots(
        &self,
        asking: &Asking,
        service: &DosServiceId,
        provider: &ProviderAddress,
        window: SlotWindow,
    ) -> Result<FreeSlots, ProviderFailure> {
        let root = Root::new(&provider.root);
        let turn = if asking.background { self.turn(&root).await } else { None };
        let mut pages = Pages::of(&root, root.at("Slot", &self.slot_parameters(service, window)));
        let mut resources = bundle::Resources::default();
        let (mut asking, mut more, mut apart) = (asking.clone(), false, None);
        while let Some(url) = pages.next() {
            let operation = Operation::get("search slots", self.slot_interaction(provider), Scope::ReadSlots, url);
            let read = |answer: &Answer| match answer.status {
                200 => Ok((bundle::Page::read(&answer.body)?, answer.body.len(), refusal::clocks_apart(answer))),
                _ => Err(refusal::classify(answer)),
            };
            match self.exchanges.exchange(&asking, Peer::Provider(provider), operation, read).await {
                Ok((page, size, clocks)) => {
                    pages.came(size, page.next.as_deref());
                    apart = apart.or(clocks);
                    resources.add(page);
                }
                Err(failure) if pages.is_at_the_first() => return Err(failure),
                // What came before is good; that there is more is said.
                Err(_) => {
                    more = true;
                    break;
                }
            }
            asking = self.exchanges.another(&asking);
        }
        let mut free = slots::free_slots(resources, self.exchanges.clock.now());
        drop(turn);
        if more || pages.is_cut_short() {
            free.notes.push(SlotNote::MorePages);
        }
        free.notes.extend(apart.map(SlotNote::ClocksApart));
        Ok(free)
    }

    fn wire_content(&self, order: &BookingOrder) -> Result<String, InvalidOrder> {
        appointment::content(order)
    }

    async fn book(&self, order: &BookingOrder, content: &str) -> Posted {
        let root = Root::new(&order.provider.root);
        let asking = Asking {
            user: order.user.clone(),
            encounter: order.encounter,
            service: Some(order.service.id.clone()),
            request: order.request,
            background: false,
        };
        let operation = Operation {
            name: "book",
            method: Method::POST,
            interaction: Some(CREATE_APPOINTMENT),
            scope: Scope::WriteAppointment,
            url: root.at("Appointment", &[]),
            content: Some(content),
            version: None,
        };
        let peer = Peer::Provider(&order.provider);
        match self.exchanges.exchange(&asking, peer, operation, |answer| held::created(answer, &root)).await {
            Ok(held) => Posted::Created(held),
            Err(failure) => Posted::Failed(failure),
        }
    }

    async fn held(&self, order: &BookingOrder, asking: &Asking) -> Held {
        let Some(number) = &order.patient.nhs_number else {
            // The standard offers no other way to look for a patient's bookings.
            return Held::CannotTell(None);
        };
        let root = Root::new(&order.provider.root);
        let around =
            SlotWindow { from: order.slot.start - Duration::days(1), until: order.slot.start + Duration::days(1) };
        let operation = search_bookings(&root, number, around);
        let peer = Peer::Provider(&order.provider);
        let found = self.exchanges.search(asking, peer, &root, operation, refusal::classify).await;
        match held::booking_of(found, order, &root) {
            InSearch::Yes(booking) => Held::Yes(booking),
            InSearch::ToRead(id) => {
                let read = self.read(&self.exchanges.another(asking), &order.provider, &id).await;
                read.map_or_else(|failure| Held::CannotTell(Some(failure)), Held::Yes)
            }
            InSearch::No => Held::No,
            InSearch::NotClear(failure) => Held::CannotTell(Some(failure)),
        }
    }

    async fn read(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        appointment_id: &str,
    ) -> Result<HeldBooking, ProviderFailure> {
        self.read_whole(asking, provider, appointment_id).await.map(|whole| whole.held)
    }

    async fn read_whole(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        appointment_id: &str,
    ) -> Result<WholeAppointment, ProviderFailure> {
        let root = Root::new(&provider.root);
        let url = booking_url(&root, appointment_id);
        let operation = Operation::get("read booking", READ_APPOINTMENT, Scope::ReadAppointment, url);
        let read = |answer: &Answer| held::read(answer, &root, appointment_id);
        self.exchanges.exchange(asking, Peer::Provider(provider), operation, read).await
    }

    fn cancelled_content(&self, appointment: &WholeAppointment) -> Result<String, InvalidOrder> {
        unchanged::cancelled(appointment)
    }

    async fn cancel(&self, asking: &Asking, order: &CancelOrder, content: &str) -> Put {
        let root = Root::new(&order.provider.root);
        let asking = Asking { request: order.request, ..asking.clone() };
        let id = &order.shown.appointment_id;
        let operation = Operation {
            name: "cancel",
            method: Method::PUT,
            interaction: Some(UPDATE_APPOINTMENT),
            scope: Scope::WriteAppointment,
            url: booking_url(&root, id),
            content: Some(content),
            version: Some(&order.shown.version),
        };
        let read = |answer: &Answer| cancellation::cancelled(answer, &root, id);
        self.exchanges
            .exchange(&asking, Peer::Provider(&order.provider), operation, read)
            .await
            .map_or_else(Put::from, Put::Cancelled)
    }

    async fn bookings_of(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        patient: &NhsNumber,
        window: SlotWindow,
    ) -> Result<FoundBookings, LookUpFailure> {
        let root = Root::new(&provider.root);
        let (operation, peer) = (search_bookings(&root, patient, window), Peer::Provider(provider));
        let found = self.exchanges.search(asking, peer, &root, operation, refusal::of_look_up).await;
        let mut not_understood = found.not_understood + found.failures_told;
        match found.ended {
            Ended::Failed(failure) => return Err(failure),
            // What is on those pages nobody has understood.
            Ended::CutShort => not_understood += 1,
            Ended::Whole => {}
        }
        let (mut bookings, mut left_to_read) = (Vec::new(), MOST_READ);
        for given in found.appointments {
            let whole = match (given.held(None, &root), given.id()) {
                (Some(held), _) => Some(given.whole(held)),
                (None, Some(id)) if left_to_read > 0 => {
                    left_to_read -= 1;
                    self.read_whole(&self.exchanges.another(asking), provider, &id).await.ok()
                }
                (None, _) => None,
            };
            match whole {
                Some(whole) if whole.patient.nhs_number.as_ref().is_some_and(|number| number != patient) => {
                    // A server that does not know the parameter gives everybody's.
                    tracing::warn!(provider = provider.asid.as_str(), "a booking of somebody else was given");
                }
                Some(whole) => bookings.push(whole),
                None => not_understood += 1,
            }
        }
        if bookings.is_empty() && found.failures_told > 0 {
            return Err(ProviderFailure::Malformed.into());
        }
        bookings.sort_by_key(|booking| (booking.start.is_none(), booking.start));
        Ok(FoundBookings { bookings, not_understood })
    }
}

/// The search for a patient's bookings within a window (RG-1).
fn search_bookings(root: &Root, patient: &NhsNumber, window: SlotWindow) -> Operation<'static> {
    let parameters = [
        ("patient.identifier", format!("{NHS_NUMBER}|{}", patient.digits())),
        ("start", format!("ge{}", instant(window.from))),
        ("start", format!("le{}", instant(window.until))),
    ];
    let url = root.at("Appointment", &parameters);
    Operation::get("search bookings", SEARCH_APPOINTMENT, Scope::ReadAppointment, url)
}
