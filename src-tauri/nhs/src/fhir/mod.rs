//! Providers: FHIR STU3 through the Spine proxy. One exchange at a time, each with its own token and trace; what came of
//! it is told in the domain's words, and recorded.

mod appointment;
pub(crate) mod bundle;
pub(crate) mod held;
pub(crate) mod refusal;
pub(crate) mod slots;
mod wire;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use desk_domain::booking::{Held, HeldBooking, Posted};
use desk_domain::cancel::{Put, WholeAppointment};
use desk_domain::failure::ProviderFailure;
use desk_domain::id::{DosServiceId, NhsNumber, RequestId, TraceId};
use desk_domain::slot::{FreeSlots, SlotNote, SlotWindow};
use desk_journeys::ports::{
    Asking, BookingOrder, BookingProvider, CancelOrder, Clock, Exchange, ExchangeLog, FoundBookings, InvalidOrder,
    LookUpFailure, ProviderAddress,
};
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderName, Method};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::address::{Parameter, Root, encode, through};
use crate::fhir::held::OnPage;
use crate::settings::{IncludeStyle, NhsSettings};
use crate::token::{Scope, Tokens};
use crate::transport::{Answer, NoAnswer, NotWritten, Outgoing, Transport};

/// The largest answer that is read, after decompression: twenty times what ten thousand slots take.
const LARGEST: usize = 32 * 1024 * 1024;
/// How many pages of slots are read.
const MOST_PAGES: usize = 20;
/// How much is read over all pages.
const LARGEST_OF_ALL_PAGES: usize = 64 * 1024 * 1024;
const FHIR_JSON: &str = "application/fhir+json;charset=utf-8";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_ID: HeaderName = HeaderName::from_static("ssp-traceid");
const FROM: HeaderName = HeaderName::from_static("ssp-from");
const TO: HeaderName = HeaderName::from_static("ssp-to");
const INTERACTION_ID: HeaderName = HeaderName::from_static("ssp-interactionid");

const SEARCH_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:search:slot";
const CREATE_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
const READ_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:appointment";
const SEARCH_APPOINTMENT: &str = "urn:nhs:names:services:careconnect:fhir:rest:search:appointment";

pub(crate) struct Providers {
    settings: NhsSettings,
    transport: Transport,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    log: Arc<dyn ExchangeLog>,
    /// Turns of slot searches that nobody waits for, by host.
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// An operation at a provider.
struct Operation<'a> {
    name: &'static str,
    method: Method,
    interaction: &'a str,
    scope: Scope,
    url: String,
    content: Option<&'a str>,
}

impl Providers {
    pub(crate) fn new(
        settings: NhsSettings,
        transport: Transport,
        tokens: Tokens,
        clock: Arc<dyn Clock>,
        log: Arc<dyn ExchangeLog>,
    ) -> Self {
        Self { settings, transport, tokens, clock, log, turns: Mutex::default() }
    }

    /// A turn among those who ask a host; kept for as long as the asking takes.
    async fn turn(&self, root: &Root) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let at_once = usize::from(self.settings.fhir.at_once_per_host.get());
            Arc::clone(turns.entry(root.host()).or_insert_with(|| Arc::new(Semaphore::new(at_once))))
        };
        turns.acquire_owned().await.ok()
    }

    /// One exchange, its answer read by `read`, both recorded.
    async fn exchange<T>(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        operation: Operation<'_>,
        read: impl FnOnce(&Answer) -> Result<T, ProviderFailure> + Send,
    ) -> Result<T, ProviderFailure> {
        let (at, began) = (self.clock.now(), Instant::now());
        let trace = TraceId(self.clock.new_id());
        let name = operation.name;
        let answer = self.send(asking, provider, operation, trace).await;
        let correlation = answer.as_ref().ok().and_then(|answer| answer.header("X-Correlation-ID")).map(str::to_owned);
        let their_request = answer.as_ref().ok().and_then(|answer| answer.header("X-Request-ID")).map(str::to_owned);
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let clock_ahead = answer.as_ref().ok().and_then(refusal::clocks_apart);
        let result = answer.and_then(|answer| read(&answer));
        let ours = asking.request.to_string();
        let other_id = correlation.as_deref().is_some_and(|id| !id.eq_ignore_ascii_case(&ours));
        let failure = result.as_ref().err().map(ToString::to_string);
        let failure = failure.or_else(|| other_id.then(|| "answered under another correlation id".to_owned()));
        self.log.record(Exchange {
            at,
            system: "provider".to_owned(),
            operation: name.to_owned(),
            encounter: Some(asking.encounter),
            service: asking.service.clone(),
            request: Some(asking.request),
            trace: Some(trace),
            correlation,
            their_request,
            clock_ahead,
            status,
            failure,
            took: began.elapsed(),
        });
        result
    }

    async fn send(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        operation: Operation<'_>,
        trace: TraceId,
    ) -> Result<Answer, ProviderFailure> {
        let token = self.tokens.token(&asking.user, &provider.root, operation.scope, self.clock.now());
        let token = token.map_err(|_| ProviderFailure::NotSent)?;
        let outgoing = self.outgoing(asking, provider, operation, trace, &token);
        let outgoing = outgoing.map_err(|_| ProviderFailure::NotSent)?;
        self.transport.send(outgoing, LARGEST).await.map_err(|none| match none {
            NoAnswer::NotSent => ProviderFailure::NotSent,
            NoAnswer::NotSafe(fault) => ProviderFailure::NotSafe(fault),
            NoAnswer::Lost => ProviderFailure::Lost,
            NoAnswer::Unreadable => ProviderFailure::Malformed,
        })
    }

    fn outgoing(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        operation: Operation<'_>,
        trace: TraceId,
        token: &str,
    ) -> Result<Outgoing, NotWritten> {
        let url = through(self.settings.ssp.as_ref().map(|ssp| &ssp.url), &operation.url);
        let outgoing = Outgoing::new(operation.method, &url)?
            .header(ACCEPT, FHIR_JSON)?
            .header(AUTHORIZATION, &format!("Bearer {token}"))?
            .header(REQUEST_ID, &asking.request.to_string())?
            .header(TRACE_ID, &trace.to_string())?
            .header(FROM, self.settings.organisation.asid.as_str())?
            .header(TO, provider.asid.as_str())?
            .header(INTERACTION_ID, operation.interaction)?;
        match operation.content {
            Some(content) => outgoing.content(FHIR_JSON, content.to_owned()),
            None => Ok(outgoing),
        }
    }

    fn slot_interaction<'a>(&'a self, provider: &'a ProviderAddress) -> &'a str {
        let configured = self.settings.fhir.slot_interaction.as_deref();
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
        let (name, location, provided_by) = match self.settings.fhir.include_style {
            IncludeStyle::Plain => ("_include", "HealthcareService.location", "HealthcareService.providedBy"),
            IncludeStyle::Iterate => ("_include:iterate", "HealthcareService:location", "HealthcareService:providedBy"),
        };
        let actors =
            ["Schedule:actor:Practitioner", "Schedule:actor:PractitionerRole", "Schedule:actor:HealthcareService"];
        parameters.extend(actors.into_iter().chain([location, provided_by]).map(|value| (name, value.to_owned())));
        parameters
    }
}

fn get<'a>(name: &'static str, interaction: &'a str, scope: Scope, url: String) -> Operation<'a> {
    Operation { name, method: Method::GET, interaction, scope, url, content: None }
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
        let mut next = Some(root.at("Slot", &self.slot_parameters(service, window)));
        let mut resources = bundle::Resources::default();
        let (mut asking, mut more) = (asking.clone(), false);
        let (mut apart, mut size, mut followed) = (None, 0, HashSet::new());
        for page in 0..MOST_PAGES {
            // A page that leads back to one that was read, or to more than is read in all, is not followed.
            let Some(url) = next.take_if(|url| size < LARGEST_OF_ALL_PAGES && followed.insert(url.clone())) else {
                break;
            };
            if page > 0 {
                asking.request = RequestId(self.clock.new_id());
            }
            let operation = get("search slots", self.slot_interaction(provider), Scope::ReadSlots, url);
            let read = |answer: &Answer| match answer.status {
                200 => Ok((bundle::Page::read(&answer.body)?, answer.body.len(), refusal::clocks_apart(answer))),
                _ => Err(refusal::classify(answer)),
            };
            let read = self.exchange(&asking, provider, operation, read).await;
            let read = match read {
                Ok((read, length, clocks)) => {
                    size += length;
                    apart = apart.or(clocks);
                    read
                }
                Err(failure) if page == 0 => return Err(failure),
                // What came before is good; that there is more is said.
                Err(_) => {
                    more = true;
                    break;
                }
            };
            let given = read.next.as_deref().map(|link| root.absolute(link));
            more |= given.as_ref().is_some_and(|link| !root.holds(link));
            next = given.filter(|link| root.holds(link));
            resources.add(read);
        }
        let mut free = slots::free_slots(resources, self.clock.now());
        drop(turn);
        if more || next.is_some() {
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
            interaction: CREATE_APPOINTMENT,
            scope: Scope::WriteAppointment,
            url: root.at("Appointment", &[]),
            content: Some(content),
        };
        match self.exchange(&asking, &order.provider, operation, |answer| held::created(answer, &root)).await {
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
        let parameters = [
            ("patient.identifier", format!("https://fhir.nhs.uk/Id/nhs-number|{}", number.digits())),
            ("start", format!("ge{}", instant(order.slot.start - Duration::days(1)))),
            ("start", format!("le{}", instant(order.slot.start + Duration::days(1)))),
        ];
        let mut url = root.at("Appointment", &parameters);
        let (mut asking, mut clear) = (asking.clone(), true);
        for _ in 0..MOST_PAGES {
            let operation = get("search bookings", SEARCH_APPOINTMENT, Scope::ReadAppointment, url);
            let read = |answer: &Answer| match answer.status {
                200 => held::Bookings::read(&answer.body),
                _ => Err(refusal::classify(answer)),
            };
            let page = match self.exchange(&asking, &order.provider, operation, read).await {
                Ok(page) => page,
                Err(failure) => return Held::CannotTell(Some(failure)),
            };
            match page.booking_of(order, &root) {
                OnPage::Yes(booking) => return Held::Yes(booking),
                OnPage::ToRead(id) => {
                    // Another request: a provider that has seen an id answers 409.
                    asking.request = RequestId(self.clock.new_id());
                    let read = self.read(&asking, &order.provider, &id).await;
                    return read.map_or_else(|failure| Held::CannotTell(Some(failure)), Held::Yes);
                }
                OnPage::No => {}
                OnPage::NotClear => clear = false,
            }
            match page.next.as_deref().map(|link| root.absolute(link)) {
                None if clear => return Held::No,
                Some(link) if root.holds(&link) => url = link,
                // Pages that cannot be followed, or entries that were not understood, may hide it.
                None | Some(_) => break,
            }
            asking.request = RequestId(self.clock.new_id());
        }
        Held::CannotTell(Some(ProviderFailure::Malformed))
    }

    async fn read(
        &self,
        asking: &Asking,
        provider: &ProviderAddress,
        appointment_id: &str,
    ) -> Result<HeldBooking, ProviderFailure> {
        let root = Root::new(&provider.root);
        let url = root.at(&format!("Appointment/{}", encode(appointment_id)), &[]);
        let operation = get("read booking", READ_APPOINTMENT, Scope::ReadAppointment, url);
        self.exchange(asking, provider, operation, |answer| held::read(answer, &root)).await
    }

    async fn read_whole(
        &self,
        _asking: &Asking,
        _provider: &ProviderAddress,
        _appointment_id: &str,
    ) -> Result<WholeAppointment, ProviderFailure> {
        Err(ProviderFailure::NotSent)
    }

    fn cancelled_content(&self, _appointment: &WholeAppointment) -> Result<String, InvalidOrder> {
        Err(InvalidOrder("this desk does not cancel yet".to_owned()))
    }

    async fn cancel(&self, _asking: &Asking, _order: &CancelOrder, _content: &str) -> Put {
        Put::Failed(ProviderFailure::NotSent)
    }

    async fn bookings_of(
        &self,
        _asking: &Asking,
        _provider: &ProviderAddress,
        _patient: &NhsNumber,
        _window: SlotWindow,
    ) -> Result<FoundBookings, LookUpFailure> {
        Err(LookUpFailure::Provider(ProviderFailure::NotSent))
    }
}
