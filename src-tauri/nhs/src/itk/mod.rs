//! Referrals over the Interoperability Toolkit (ITK): a clinical document, and the message that carries it (BK-6).
//!
//! One message, one answer: no acknowledgement is asked for, nothing is replaced or withdrawn once it was sent (CA-5), and
//! no retry stands here.

pub(crate) mod answer;
mod body;
mod document;
mod envelope;
mod gaps;
mod markup;
mod page;
mod people;

use std::sync::Arc;

use async_trait::async_trait;
use desk_domain::id::{OdsCode, TraceId};
use desk_domain::paper::Paper;
use desk_domain::referral::{DeliveryFailure, ReferralGap, Sent};
use desk_domain::service::ServiceEndpoint;
use desk_journeys::ports::{
    Clock, Exchange, ExchangeLog, IncompleteReferral, ReferralContent, ReferralOrder, ReferralSender,
};
use http::Method;
use http::header::{ACCEPT, HeaderName};

use self::document::{Form, Sender};
use self::envelope::{SERVICE, Sending};
use crate::settings::{ItkSettings, NhsSettings, Organisation};
use crate::transport::{NoAnswer, NotWritten, Outgoing, Transport};
use crate::xml::Element;

/// The largest answer that is read: a few lines, or a page of somebody else.
const LARGEST: usize = 1024 * 1024;

/// Sends referrals.
pub(crate) struct Itk {
    organisation: Organisation,
    settings: ItkSettings,
    transport: Transport,
    clock: Arc<dyn Clock>,
    log: Arc<dyn ExchangeLog>,
}

impl Itk {
    pub(crate) fn new(
        settings: &NhsSettings,
        transport: Transport,
        clock: Arc<dyn Clock>,
        log: Arc<dyn ExchangeLog>,
    ) -> Self {
        let (organisation, settings) = (settings.organisation.clone(), settings.itk.clone());
        Self { organisation, settings, transport, clock, log }
    }

    const fn sender(&self) -> Sender<'_> {
        Sender { organisation: &self.organisation, settings: &self.settings }
    }

    fn form(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Form {
        let is_address = |named: &str| to.is_some_and(|to| named == to.address.trim());
        let names = |named: &String| is_address(named) || named == content.service.id.as_str();
        if self.settings.strict_v2.iter().any(names) { Form::Nhs111 } else { Form::UrgentCare }
    }

    /// The service's organisation, of content that has no gaps.
    fn whole<'a>(
        &self,
        content: &'a ReferralContent,
        to: Option<&ServiceEndpoint>,
    ) -> Result<&'a OdsCode, IncompleteReferral> {
        let gaps = gaps::gaps(content, to, self.settings.demonstration);
        content.service.ods_code.as_ref().filter(|_| gaps.is_empty()).ok_or(IncompleteReferral(gaps))
    }

    fn request(&self, order: &ReferralOrder, document: &str, sending: Sending) -> Result<Outgoing, NotWritten> {
        // Only a document goes into the envelope, only to where patient details may go, and only with leave.
        let form = Element::read(document.as_bytes()).ok().and_then(|root| Form::of(&root)).ok_or(NotWritten)?;
        let (content, to) = (&order.content, &order.endpoint);
        if !gaps::is_safe(&to.address) || !order.permit.is_for(content.encounter.id, &content.service.id) {
            return Err(NotWritten);
        }
        let message = envelope::message(order, document, form, &self.sender(), sending).map_err(|_| NotWritten)?;
        Outgoing::new(Method::POST, to.address.trim())?
            .header(ACCEPT, "text/xml")?
            .header(HeaderName::from_static("soapaction"), &format!("\"{SERVICE}\""))?
            .content("text/xml; charset=utf-8", message)
    }
}

fn unwritable() -> IncompleteReferral {
    IncompleteReferral(vec![ReferralGap::Unwritable])
}

#[async_trait]
impl ReferralSender for Itk {
    fn document(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral> {
        let organisation = self.whole(content, to)?;
        let document = document::document(content, organisation, self.form(content, to), &self.sender());
        document.to_xml().map_err(|_| unwritable())
    }

    fn paper(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Paper {
        page::paper(content, self.form(content, to), &self.sender())
    }

    fn page(&self, content: &ReferralContent, to: Option<&ServiceEndpoint>) -> Result<String, IncompleteReferral> {
        self.whole(content, to)?;
        page::page(&self.paper(content, to)).map_err(|_| unwritable())
    }

    async fn send(&self, order: &ReferralOrder, document: &str) -> Sent {
        let began = std::time::Instant::now();
        let sending = Sending { message: self.clock.new_id(), at: self.clock.now() };
        let answer = match self.request(order, document, sending) {
            Ok(request) => self.transport.send(request, LARGEST).await,
            Err(NotWritten) => Err(NoAnswer::NotSent),
        };
        let (status, answered) = match answer {
            Ok(answer) => (Some((answer.status, answer.clock_ahead)), Ok(answer::read(&answer))),
            Err(none) => (None, Err(none)),
        };
        let sent = match &answered {
            Ok(answered) => answered.sent.clone(),
            Err(NoAnswer::NotSent) => Sent::Failed(DeliveryFailure::NotSent),
            Err(NoAnswer::NotSafe(fault)) => Sent::Failed(DeliveryFailure::NotSafe(*fault)),
            Err(NoAnswer::Lost) => Sent::Failed(DeliveryFailure::Lost),
            Err(NoAnswer::Unreadable) => Sent::Failed(DeliveryFailure::Malformed),
        };
        let answered = answered.ok();
        self.log.record(Exchange {
            at: sending.at,
            system: "ITK".to_owned(),
            operation: "SendNHS111Report".to_owned(),
            encounter: Some(order.content.encounter.id),
            service: Some(order.content.service.id.clone()),
            request: Some(order.request),
            search: None,
            trace: Some(TraceId(sending.message)),
            correlation: answered.as_ref().and_then(|answered| answered.error_id.clone()),
            their_request: answered.and_then(|answered| answered.message_id),
            clock_ahead: status.map(|(_, ahead)| ahead).filter(|ahead| *ahead != 0),
            status: status.map(|(status, _)| status),
            failure: match &sent {
                Sent::Accepted(_) => None,
                Sent::Failed(failure) => Some(failure.to_string()),
            },
            took: began.elapsed(),
        });
        sent
    }
}
