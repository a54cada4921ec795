//! The Directory of Services: SOAP 1.2, version 1.5. Never cached; the ranking is the directory's own.

pub(crate) mod answer;
mod request;

use std::sync::Arc;

use async_trait::async_trait;
use desk_domain::failure::DirectoryFailure;
use desk_domain::id::{EncounterId, SearchId};
use desk_domain::service::{Service, ServiceAttribute};
use desk_journeys::ports::{ClinicalCase, Clock, Exchange, ExchangeLog, ServiceAnswer, ServiceDirectory};
use http::Method;
use http::header::ACCEPT;

use crate::settings::DosSettings;
use crate::transport::{NoAnswer, Outgoing, Transport};
use crate::xml::Element;

/// The namespace of requests and SOAP actions.
pub(crate) const NAMESPACE: &str = "https://nww.pathwaysdos.nhs.uk/app/api/webservices";
/// The largest answer that is read.
const LARGEST: usize = 8 * 1024 * 1024;

pub(crate) struct Dos {
    settings: DosSettings,
    transport: Transport,
    clock: Arc<dyn Clock>,
    log: Arc<dyn ExchangeLog>,
}

impl Dos {
    pub(crate) fn new(
        settings: DosSettings,
        transport: Transport,
        clock: Arc<dyn Clock>,
        log: Arc<dyn ExchangeLog>,
    ) -> Self {
        Self { settings, transport, clock, log }
    }

    async fn call<T>(
        &self,
        operation: &'static str,
        (encounter, search): (EncounterId, SearchId),
        content: Result<String, DirectoryFailure>,
        service: Option<&Service>,
        read: impl FnOnce(&Element) -> Result<T, DirectoryFailure> + Send,
    ) -> Result<T, DirectoryFailure> {
        let at = self.clock.now();
        let began = std::time::Instant::now();
        // What cannot be asked never leaves: there is no exchange to record.
        let content = content?;
        let (status, envelope) = match self.exchange(operation, content).await {
            Ok((status, body)) => (Some(status), answer::body(status, &body)),
            Err(failure) => (None, Err(failure)),
        };
        let correlation = envelope.as_ref().ok().and_then(answer::transaction);
        let result = envelope.and_then(|envelope| read(&envelope));
        self.log.record(Exchange {
            at,
            system: "DoS".to_owned(),
            operation: operation.to_owned(),
            encounter: Some(encounter),
            service: service.map(|service| service.id.clone()),
            request: None,
            search: Some(search),
            trace: None,
            correlation,
            their_request: None,
            clock_ahead: None,
            status,
            failure: result.as_ref().err().map(ToString::to_string),
            took: began.elapsed(),
        });
        result
    }

    async fn exchange(&self, operation: &str, content: String) -> Result<(u16, Vec<u8>), DirectoryFailure> {
        let action = format!("application/soap+xml; charset=utf-8; action=\"{NAMESPACE}/{operation}\"");
        let request = Outgoing::new(Method::POST, self.settings.url.as_str())
            .and_then(|request| request.header(ACCEPT, "application/soap+xml, text/xml"))
            .and_then(|request| request.content(&action, content));
        let request = request.map_err(|_| DirectoryFailure::Unreachable)?;
        match self.transport.send(request, LARGEST).await {
            Ok(answer) => Ok((answer.status, answer.body)),
            Err(NoAnswer::NotSent) => Err(DirectoryFailure::Unreachable),
            Err(NoAnswer::NotSafe(fault)) => Err(DirectoryFailure::NotSafe(fault)),
            Err(NoAnswer::Lost) => Err(DirectoryFailure::TimedOut),
            Err(NoAnswer::Unreadable) => Err(DirectoryFailure::Malformed),
        }
    }
}

#[async_trait]
impl ServiceDirectory for Dos {
    async fn services_for(
        &self,
        encounter: EncounterId,
        search: SearchId,
        case: &ClinicalCase,
    ) -> Result<ServiceAnswer, DirectoryFailure> {
        let content = request::check_capacity_summary(&self.settings, case);
        self.call("CheckCapacitySummary", (encounter, search), content, None, answer::services).await
    }

    async fn details(
        &self,
        encounter: EncounterId,
        search: SearchId,
        service: &Service,
    ) -> Result<Service, DirectoryFailure> {
        let content = request::service_details(&self.settings, &service.id);
        let read = |envelope: &Element| answer::details(envelope, &service.id);
        let details = self.call("ServiceDetailsById", (encounter, search), content, Some(service), read).await?;
        let mut detailed = service.clone();
        // The details need not repeat what the search said: that stands unless they say otherwise.
        if !details.endpoints.is_empty() {
            detailed.endpoints = details.endpoints;
        }
        let named = |attribute: &ServiceAttribute| attribute.name.trim().to_ascii_lowercase();
        let said: Vec<_> = details.attributes.iter().map(named).collect();
        detailed.attributes.retain(|attribute| !said.contains(&named(attribute)));
        detailed.attributes.extend(details.attributes);
        Ok(detailed)
    }
}
