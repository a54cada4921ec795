//! One FHIR exchange at a time, with a provider or with the appointment registry: its own token and trace, and what came of
//! it recorded. Decides nothing: what an answer means is said by whoever asked.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use desk_domain::failure::ProviderFailure;
use desk_domain::id::{RequestId, TraceId};
use desk_journeys::ports::{Asking, Clock, Exchange, ExchangeLog, ProviderAddress};
use http::header::{ACCEPT, AUTHORIZATION, IF_MATCH};
use http::{HeaderName, Method};

use crate::address::through;
use crate::fhir::refusal;
use crate::settings::NhsSettings;
use crate::token::{Scope, Tokens};
use crate::transport::{Answer, NoAnswer, NotWritten, Outgoing, Transport};

/// The largest answer that is read, after decompression: twenty times what ten thousand slots take.
const LARGEST: usize = 32 * 1024 * 1024;
const FHIR_JSON: &str = "application/fhir+json;charset=utf-8";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_ID: HeaderName = HeaderName::from_static("ssp-traceid");
const FROM: HeaderName = HeaderName::from_static("ssp-from");
const TO: HeaderName = HeaderName::from_static("ssp-to");
const INTERACTION_ID: HeaderName = HeaderName::from_static("ssp-interactionid");

/// Who is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Peer<'a> {
    /// A provider, by the Spine proxy where there is one.
    Provider(&'a ProviderAddress),
    /// The appointment registry, by its root; never by the proxy, which routes to providers.
    Registry(&'a str),
}

impl Peer<'_> {
    const fn system(self) -> &'static str {
        match self {
            Self::Provider(_) => "provider",
            Self::Registry(_) => "registry",
        }
    }

    /// The audience of its tokens.
    fn root(&self) -> &str {
        match self {
            Self::Provider(address) => &address.root,
            Self::Registry(root) => root,
        }
    }
}

/// An operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    /// As it is recorded.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    /// The interaction that the proxy routes by; the registry knows none.
    pub(crate) interaction: Option<&'a str>,
    pub(crate) scope: Scope,
    pub(crate) url: String,
    pub(crate) content: Option<&'a str>,
    /// The version that is to be changed.
    pub(crate) version: Option<&'a str>,
}

impl<'a> Operation<'a> {
    pub(crate) fn get(name: &'static str, interaction: impl Into<Option<&'a str>>, scope: Scope, url: String) -> Self {
        let interaction = interaction.into();
        Self { name, method: Method::GET, interaction, scope, url, content: None, version: None }
    }
}

/// Makes exchanges.
pub(crate) struct Exchanges {
    pub(crate) settings: NhsSettings,
    pub(crate) transport: Transport,
    pub(crate) tokens: Tokens,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<dyn ExchangeLog>,
}

impl Exchanges {
    /// The same asking, as another request: who has seen a request id answers 409.
    pub(crate) fn another(&self, asking: &Asking) -> Asking {
        Asking { request: RequestId(self.clock.new_id()), ..asking.clone() }
    }

    /// One exchange, its answer read by `read`, both recorded.
    pub(crate) async fn exchange<T, E: From<ProviderFailure> + Display>(
        &self,
        asking: &Asking,
        peer: Peer<'_>,
        operation: Operation<'_>,
        read: impl FnOnce(&Answer) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        let (at, began) = (self.clock.now(), Instant::now());
        let trace = TraceId(self.clock.new_id());
        let name = operation.name;
        let answer = self.send(asking, peer, operation, trace).await;
        let header = |name| answer.as_ref().ok().and_then(|answer| answer.header(name)).map(str::to_owned);
        let (correlation, their_request) = (header("X-Correlation-ID"), header("X-Request-ID"));
        let status = answer.as_ref().ok().map(|answer| answer.status);
        let clock_ahead = answer.as_ref().ok().and_then(refusal::clocks_apart);
        let result = answer.map_err(E::from).and_then(|answer| read(&answer));
        let ours = asking.request.to_string();
        let other_id = correlation.as_deref().is_some_and(|id| !id.eq_ignore_ascii_case(&ours));
        let failure = result.as_ref().err().map(ToString::to_string);
        let failure = failure.or_else(|| other_id.then(|| "answered under another correlation id".to_owned()));
        self.log.record(Exchange {
            at,
            system: peer.system().to_owned(),
            operation: name.to_owned(),
            encounter: Some(asking.encounter),
            service: asking.service.clone(),
            request: Some(asking.request),
            search: None,
            trace: match peer {
                Peer::Provider(_) => Some(trace),
                Peer::Registry(_) => None,
            },
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
        peer: Peer<'_>,
        operation: Operation<'_>,
        trace: TraceId,
    ) -> Result<Answer, ProviderFailure> {
        let token = self.tokens.token(&asking.user, peer.root(), operation.scope, self.clock.now());
        let token = token.map_err(|_| ProviderFailure::NotSent)?;
        let outgoing = self.outgoing(asking, peer, operation, trace, &token);
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
        peer: Peer<'_>,
        operation: Operation<'_>,
        trace: TraceId,
        token: &str,
    ) -> Result<Outgoing, NotWritten> {
        let proxy = self.settings.ssp.as_ref().map(|ssp| &ssp.url);
        let outgoing = match peer {
            Peer::Provider(address) => Outgoing::new(operation.method, &through(proxy, &operation.url))?
                .header(TRACE_ID, &trace.to_string())?
                .header(FROM, self.settings.organisation.asid.as_str())?
                .header(TO, address.asid.as_str())?,
            Peer::Registry(_) => Outgoing::new(operation.method, &operation.url)?,
        };
        let mut outgoing = outgoing
            .header(ACCEPT, FHIR_JSON)?
            .header(AUTHORIZATION, &format!("Bearer {token}"))?
            .header(REQUEST_ID, &asking.request.to_string())?;
        if let Some(interaction) = operation.interaction {
            outgoing = outgoing.header(INTERACTION_ID, interaction)?;
        }
        if let Some(version) = operation.version {
            outgoing = outgoing.header(IF_MATCH, &format!("W/\"{version}\""))?;
        }
        match operation.content {
            Some(content) => outgoing.content(FHIR_JSON, content.to_owned()),
            None => Ok(outgoing),
        }
    }
}
