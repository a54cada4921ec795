//! The scenarios C1 to C30: what each asks of a consumer, and whether it was so, by what went over the wire and by what the
//! user was told. A scenario that could not be driven is never met.

use std::collections::BTreeSet;

use desk_composition::observe::{HttpObserved, LdapObserved};
use desk_contract::problem::Problem;
use desk_domain::booking::BookingResult;
use desk_domain::failure::EndpointFailure;
use desk_journeys::JourneyError;
use serde_json::{Value, json};

use crate::assure::Run;
use crate::assure::case::Shows;
use crate::assure::recorder::Step;
use crate::assure::wire::{self, header};

const SEARCH_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:search:slot";
const READ_SLOT: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:slot";
const CREATE: &str = "urn:nhs:names:services:careconnect:fhir:rest:create:appointment";
const READ: &str = "urn:nhs:names:services:careconnect:fhir:rest:read:appointment";

/// What became of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    NotMet,
    NotRun,
}

impl Verdict {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::NotRun => "not run",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) holds: bool,
    pub(crate) what: String,
}

/// A scenario, judged.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) requirements: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Finding>,
    pub(crate) exchanges: Vec<usize>,
}

impl Judged {
    /// With its texts masked.
    pub(crate) fn masked(&self, mask: impl Fn(&str) -> String) -> Self {
        let findings = self.findings.iter().map(|one| Finding { holds: one.holds, what: mask(&one.what) }).collect();
        Self { findings, ..self.clone() }
    }

    pub(crate) fn json(&self) -> Value {
        let findings = self.findings.iter().map(|one| json!({ "holds": one.holds, "what": one.what }));
        json!({
            "id": self.id,
            "title": self.title,
            "requirements": self.requirements,
            "verdict": self.verdict.words(),
            "findings": findings.collect::<Vec<_>>(),
            "exchanges": self.exchanges,
        })
    }
}

/// What is found of a scenario while it is looked at.
#[derive(Default)]
struct Check {
    findings: Vec<Finding>,
    exchanges: BTreeSet<usize>,
    not_run: bool,
}

impl Check {
    fn that(&mut self, holds: bool, what: impl Into<String>) {
        self.findings.push(Finding { holds, what: what.into() });
    }

    fn equal(&mut self, what: &str, found: &str, expected: &str) {
        self.that(found == expected, format!("{what}: {found:?}, expected {expected:?}"));
    }

    fn on(&mut self, numbers: impl IntoIterator<Item = usize>) {
        self.exchanges.extend(numbers);
    }

    fn not_run(&mut self, why: impl Into<String>) {
        self.not_run = true;
        self.that(false, why);
    }

    fn judged(self, id: &'static str, title: &'static str, requirements: &'static str) -> Judged {
        let verdict = if self.not_run || self.findings.is_empty() {
            Verdict::NotRun
        } else if self.findings.iter().all(|finding| finding.holds) {
            Verdict::Met
        } else {
            Verdict::NotMet
        };
        Judged {
            id,
            title,
            requirements,
            verdict,
            findings: self.findings,
            exchanges: self.exchanges.into_iter().collect(),
        }
    }
}

type Look = fn(&Run, &mut Check);

/// Number, title, requirements, and how it is looked at.
const SCENARIOS: [(&str, &str, &str, Look); 30] = [
    ("C1", "The search carries the clinical case and nothing that identifies the patient", "DI-1", c1),
    ("C2", "Services are shown as the directory ranked them", "DI-1", c2),
    ("C3", "Booking only: attribute absent", "BO-1", |run, check| booking_only(run, check, Shows::Connection, None)),
    ("C4", "Booking only: attribute false", "BO-1", |run, check| {
        booking_only(run, check, Shows::NotBookingOnly, Some("false"))
    }),
    ("C5", "Booking only: attribute true", "BO-1", |run, check| {
        booking_only(run, check, Shows::BookingOnly, Some("true"))
    }),
    ("C6", "ASID present: the system it names is asked", "DI-4, DI-3", c6),
    ("C7", "ASID absent: carry on without booking", "DI-5", |run, check| {
        nothing_asked(run, check, Shows::NoConnection, &JourneyError::NoBookingConnection)
    }),
    ("C8", "Several ASIDs: no booking, and an error", "DI-5", |run, check| {
        nothing_asked(run, check, Shows::SeveralConnections, &JourneyError::SeveralBookingConnections)
    }),
    ("C9", "The booking system is looked up by its ASID", "DI-6", c9),
    ("C10", "nhsAs missing", "DI-7", |run, check| {
        refused(run, check, Shows::SystemMissing, &EndpointFailure::SystemNotFound)
    }),
    ("C11", "nhsAs without the slot interaction", "DI-7", |run, check| {
        refused(run, check, Shows::WithoutSlots, &EndpointFailure::InteractionsMissing)
    }),
    ("C12", "nhsAs without the booking interaction", "DI-7", |run, check| {
        refused(run, check, Shows::WithoutBookings, &EndpointFailure::InteractionsMissing)
    }),
    ("C13", "nhsAs mixed with GP Connect", "DI-7", |run, check| {
        refused(run, check, Shows::MixedWithGpConnect, &EndpointFailure::MixedWithGpConnect)
    }),
    ("C14", "The address is looked up by party key and interaction", "DI-6", c14),
    ("C15", "Several nhsMhs", "DI-7", |run, check| {
        refused(run, check, Shows::SeveralAddresses, &EndpointFailure::SeveralAddresses)
    }),
    ("C16", "nhsMhs without an endpoint", "DI-7", |run, check| {
        refused(run, check, Shows::WithoutAddress, &EndpointFailure::NoUsableAddress)
    }),
    ("C17", "nhsMhs with an endpoint that is no address", "DI-7", |run, check| {
        refused(run, check, Shows::UnusableAddress, &EndpointFailure::NoUsableAddress)
    }),
    ("C18", "The proxy stands in front of the provider's address", "AU-2", c18),
    ("C19", "Every operation's address is encoded", "DI-8", c19),
    ("C20", "Proxy headers of a slot search", "AU-2", |run, check| proxy_headers(run, check, Operation::Slots)),
    ("C21", "Proxy headers of a booking", "AU-2", |run, check| proxy_headers(run, check, Operation::Book)),
    ("C22", "Proxy headers of reading a booking", "AU-2", |run, check| proxy_headers(run, check, Operation::Read)),
    ("C23", "The response format is asked for", "SL-4, BK-1", c23),
    ("C24", "Token of a slot search", "AU-1", |run, check| token(run, check, Operation::Slots)),
    ("C25", "Token of a booking", "AU-1", |run, check| token(run, check, Operation::Book)),
    ("C26", "Token of reading a booking", "AU-1", |run, check| token(run, check, Operation::Read)),
    ("C27", "A fresh token for each request, of the person signed in", "AU-1", c27),
    ("C28", "Search criteria of a slot search", "DI-3, SL-6, SL-7", c28),
    ("C29", "Content of a booking", "BK-1, BK-2, BK-5, BK-6", c29),
    ("C30", "A booking is what the provider confirmed", "BK-3, BK-4", c30),
];

/// Judges them all.
pub(crate) fn judge(run: &Run) -> Vec<Judged> {
    let judge = |(id, title, requirements, look): &(&'static str, &'static str, &'static str, Look)| {
        let mut check = Check::default();
        look(run, &mut check);
        check.judged(id, title, requirements)
    };
    SCENARIOS.iter().map(judge).collect()
}

/// An operation at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Slots,
    Book,
    Read,
}

impl Operation {
    const ALL: [Self; 3] = [Self::Slots, Self::Book, Self::Read];

    const fn words(self) -> &'static str {
        match self {
            Self::Slots => "slot search",
            Self::Book => "booking",
            Self::Read => "reading a booking",
        }
    }

    const fn scope(self) -> &'static str {
        match self {
            Self::Slots => "organization/slot.read",
            Self::Book => "patient/appointment.write",
            Self::Read => "patient/appointment.read",
        }
    }

    /// The exchange of this operation, or why there is none.
    fn of(self, run: &Run) -> Result<(usize, &HttpObserved), String> {
        let (step, method) = match self {
            Self::Slots => (run.slots.get(&Shows::Connection).map(|(step, _)| step), "GET"),
            Self::Book => (run.booking.as_ref().map(|(step, _)| step), "POST"),
            Self::Read => (run.read.as_ref().map(|(step, _)| step), "GET"),
        };
        let provider =
            |(_, exchange): &(usize, &HttpObserved)| exchange.method == method && exchange.url != run.systems.dos;
        let found = step.and_then(|step| step.http(&run.seen).into_iter().find(provider));
        let why = if run.why_not_booked.is_empty() || self == Self::Slots {
            format!("no {} went to a provider", self.words())
        } else {
            run.why_not_booked.clone()
        };
        found.ok_or(why)
    }
}

/// ASID, and registered root, of the system that was asked: from the directory's own answers.
fn provider(run: &Run) -> Option<(String, String)> {
    let (step, _) = run.slots.get(&Shows::Connection)?;
    let answers: Vec<&LdapObserved> = step.ldap(&run.seen).into_iter().map(|(_, search)| search).collect();
    let value = |name: &str| {
        let entries = answers.iter().filter_map(|search| search.answer.as_ref().ok()).flatten();
        entries
            .flatten()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .and_then(|(_, values)| values.first().cloned())
    };
    Some((value("uniqueIdentifier")?, value("nhsMHSEndPoint")?))
}

/// The directory's answer to the search: one list of leaves for each service, in order.
fn listed(run: &Run) -> Option<(usize, Vec<Leaves>)> {
    let (number, exchange) = run.search_step.http(&run.seen).into_iter().next()?;
    let leaves = wire::leaves(wire::answer_body(exchange))?;
    let mut services: Vec<Leaves> = Vec::new();
    for (path, text) in leaves {
        if path.last().is_some_and(|name| name == "ServiceCareSummaryDestination") {
            services.push(Vec::new());
        }
        if let Some(service) = services.last_mut() {
            service.push((path, text));
        }
    }
    Some((number, services))
}

type Leaves = Vec<(Vec<String>, String)>;

/// What the directory said of the service that shows something.
fn said_of(run: &Run, check: &mut Check, shows: Shows) -> Option<Leaves> {
    let Some(id) = run.case.services.get(&shows) else {
        check.not_run("no service is named for this");
        return None;
    };
    let Some((number, services)) = listed(run) else {
        check.not_run("the directory gave no list of services");
        return None;
    };
    check.on([number]);
    let found = services.into_iter().find(|leaves| wire::leaf(leaves, "id") == Some(id.as_str()));
    if found.is_none() {
        check.not_run(format!("the directory did not list the service {id}"));
    }
    found
}

/// The scheduling connections among what the directory said of a service.
fn scheduling(leaves: &Leaves) -> Vec<String> {
    let mut endpoints: Vec<Vec<(&str, &str)>> = Vec::new();
    for (path, text) in leaves {
        let name = path.last().map_or("", String::as_str);
        if name == "endpoint" {
            endpoints.push(Vec::new());
        }
        if let (Some(endpoint), true) = (endpoints.last_mut(), path.iter().any(|part| part == "endpoint")) {
            endpoint.push((name, text));
        }
    }
    let value = |endpoint: &[(&str, &str)], wanted: &str| {
        endpoint.iter().find(|(name, _)| *name == wanted).map_or(String::new(), |(_, text)| (*text).to_owned())
    };
    let is = |endpoint: &&Vec<(&str, &str)>| {
        value(endpoint, "transport").eq_ignore_ascii_case("http")
            && value(endpoint, "format").eq_ignore_ascii_case("FHIR")
            && value(endpoint, "interaction").eq_ignore_ascii_case("Scheduling")
    };
    endpoints.iter().filter(is).map(|endpoint| value(endpoint, "address")).collect()
}

fn c1(run: &Run, check: &mut Check) {
    let Some((number, exchange)) = run.search_step.http(&run.seen).into_iter().next() else {
        return check.not_run("no search went to the directory");
    };
    check.on([number]);
    check.equal("asked at", &exchange.url, &run.systems.dos);
    check.that(header(exchange, "Content-Type").starts_with("application/soap+xml"), "SOAP 1.2 is sent");
    let Some(leaves) = wire::leaves(&exchange.body) else { return check.that(false, "the request is well-formed XML") };
    let of = |name: &str| wire::leaf(&leaves, name).unwrap_or_default().to_owned();
    check.equal("service version", &of("serviceVersion"), "1.5");
    for name in [
        "username",
        "password",
        "caseRef",
        "postcode",
        "age",
        "ageFormat",
        "gender",
        "disposition",
        "symptomGroup",
        "forceSearchDistance",
    ] {
        check.that(!of(name).is_empty(), format!("{name} is given"));
    }
    check.equal("symptom group", &of("symptomGroup"), &run.case.symptom_group);
    let number_of_outcome = run.case.outcome.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches('0');
    check.equal("disposition", &of("disposition"), number_of_outcome);
    let text = String::from_utf8_lossy(&exchange.body).to_lowercase();
    let patient = &run.case.patient;
    let identifies = [&patient.nhs_number, &patient.family_name, &patient.given_name]
        .map(|detail| detail.replace(' ', "").to_lowercase());
    let free = identifies.iter().filter(|detail| detail.len() > 2).all(|detail| !text.contains(detail.as_str()));
    check.that(free, "neither name nor NHS number is in the request");
}

fn c2(run: &Run, check: &mut Check) {
    let Some((number, services)) = listed(run) else { return check.not_run("the directory gave no list of services") };
    check.on([number]);
    let ranked: Vec<String> =
        services.iter().filter_map(|leaves| wire::leaf(leaves, "id").map(str::to_owned)).collect();
    match &run.search {
        Ok(search) => {
            let shown: Vec<String> = search.services.iter().map(|service| service.id.to_string()).collect();
            check.equal("services as shown", &shown.join(" "), &ranked.join(" "));
        }
        Err(error) => check.that(false, format!("the search failed: {error}")),
    }
}

fn booking_only(run: &Run, check: &mut Check, shows: Shows, given: Option<&str>) {
    let Some(leaves) = said_of(run, check, shows) else { return };
    let mut values = Vec::new();
    for (at, (path, text)) in leaves.iter().enumerate() {
        let is_name = path.last().is_some_and(|name| name == "name") && path.iter().any(|part| part == "attribute");
        if is_name && (text.eq_ignore_ascii_case("requirebooking") || text.eq_ignore_ascii_case("requiresappointment"))
        {
            let value = leaves.iter().skip(at).find(|(path, _)| path.last().is_some_and(|name| name == "value"));
            values.extend(value.map(|(_, value)| value.to_lowercase()));
        }
    }
    let said = given.map(|value| vec![value.to_owned()]).unwrap_or_default();
    if values != said {
        return check.not_run(format!("the directory says {values:?} of it, where the scenario needs {said:?}"));
    }
    let Ok(search) = &run.search else { return check.that(false, "the search failed") };
    let service = search.services.iter().find(|service| Some(&service.id) == run.case.services.get(&shows));
    let taken = service.is_some_and(desk_domain::service::Service::requires_booking);
    let words = |only: bool| if only { "booking only" } else { "not booking only" };
    check.equal("the desk takes the service as", words(taken), words(given == Some("true")));
}

fn c6(run: &Run, check: &mut Check) {
    let Some(leaves) = said_of(run, check, Shows::Connection) else { return };
    let connections = scheduling(&leaves);
    let [connection] = connections.as_slice() else {
        return check.not_run(format!("the directory gives {} booking connections for it", connections.len()));
    };
    let asid = connection.split(':').next_back().unwrap_or_default().trim();
    match Operation::Slots.of(run) {
        Ok((number, exchange)) => {
            check.on([number]);
            check.equal("the request is for the system", header(exchange, "Ssp-To"), asid);
            let service = run.case.services.get(&Shows::Connection).map(ToString::to_string).unwrap_or_default();
            let asked =
                wire::query(&exchange.url).into_iter().find(|(name, _)| name == "schedule.actor:healthcareservice");
            check.equal(
                "the service is named by its DoS id",
                &asked.map(|(_, value)| value).unwrap_or_default(),
                &service,
            );
        }
        Err(why) => check.not_run(why),
    }
}

/// What the user was told, where a service could not be asked.
fn told(run: &Run, check: &mut Check, shows: Shows) -> Option<(Step, JourneyError)> {
    let Some((step, found)) = run.slots.get(&shows) else {
        check.not_run(match run.case.services.get(&shows) {
            Some(service) => format!("the directory did not list the service {service}"),
            None => "no service is named for this".to_owned(),
        });
        return None;
    };
    check.on(step.numbers());
    match found {
        Ok(_) => {
            check.that(false, "its slots were shown");
            None
        }
        Err(error) => {
            let problem = Problem::from(error);
            let words = format!("{}. {} {}", problem.title, problem.what_happened, problem.what_to_do);
            check.that(
                !problem.title.is_empty() && !problem.what_to_do.is_empty(),
                format!("the user is told: {words}"),
            );
            Some((step.clone(), error.clone()))
        }
    }
}

fn nothing_asked(run: &Run, check: &mut Check, shows: Shows, expected: &JourneyError) {
    let Some(leaves) = said_of(run, check, shows) else { return };
    let connections = scheduling(&leaves).len();
    let fits = if shows == Shows::NoConnection { connections == 0 } else { connections > 1 };
    if !fits {
        return check.not_run(format!("the directory gives {connections} booking connections for it"));
    }
    if let Some((step, error)) = told(run, check, shows) {
        check.that(error == *expected, format!("the desk says why: {error}"));
        check.that(step.numbers().is_empty(), "neither the Spine directory nor a provider is asked");
    }
}

fn refused(run: &Run, check: &mut Check, shows: Shows, expected: &EndpointFailure) {
    if let Some((step, error)) = told(run, check, shows) {
        let failure =
            if let JourneyError::Endpoint { failure, .. } = &error { failure.to_string() } else { error.to_string() };
        check.equal("the desk says why", &failure, &expected.to_string());
        check.that(!step.ldap(&run.seen).is_empty(), "the Spine directory was asked");
        check.that(step.http(&run.seen).is_empty(), "no provider is asked");
    }
}

/// The two lookups of the service that has a connection.
fn lookups<'a>(run: &'a Run, check: &mut Check) -> Option<(&'a LdapObserved, &'a LdapObserved)> {
    let searches = run.slots.get(&Shows::Connection).map(|(step, _)| step.ldap(&run.seen)).unwrap_or_default();
    if let [(first, system), (second, address)] = searches.as_slice() {
        check.on([*first, *second]);
        return Some((system, address));
    }
    check.not_run(format!("{} searches of the Spine directory were seen, where two are made", searches.len()));
    None
}

/// Whether a filter asks for an attribute with a value.
fn asks(filter: &str, attribute: &str, value: &str) -> bool {
    filter.to_lowercase().contains(&format!("({attribute}={value})").to_lowercase())
}

fn c9(run: &Run, check: &mut Check) {
    let Some(leaves) = said_of(run, check, Shows::Connection) else { return };
    let connection = scheduling(&leaves).pop().unwrap_or_default();
    let asid = connection.split(':').next_back().unwrap_or_default().trim().to_owned();
    let Some((system, _)) = lookups(run, check) else { return };
    check.equal("base", &system.base, &run.systems.sds_base);
    check.that(asks(&system.filter, "objectClass", "nhsAs"), "accredited systems are searched");
    check.that(asks(&system.filter, "uniqueIdentifier", &asid), format!("by the ASID {asid}"));
}

fn c14(run: &Run, check: &mut Check) {
    let Some((system, address)) = lookups(run, check) else { return };
    let entries = system.answer.as_ref().map(Vec::as_slice).unwrap_or_default();
    let key = entries.iter().flatten().find(|(name, _)| name.eq_ignore_ascii_case("nhsMHSPartyKey"));
    let key = key.and_then(|(_, values)| values.first().cloned()).unwrap_or_default();
    check.that(asks(&address.filter, "objectClass", "nhsMhs"), "message handling systems are searched");
    check.that(asks(&address.filter, "nhsMHSPartyKey", &key), format!("by the party key {key} of the first answer"));
    check.that(asks(&address.filter, "nhsMhsSvcIA", CREATE), "and by the booking interaction");
}

/// The provider's own address within the one that was called.
fn own_address<'a>(run: &Run, url: &'a str) -> Option<&'a str> {
    match &run.systems.proxy {
        Some(proxy) => url.strip_prefix(proxy.as_str())?.strip_prefix('/'),
        None => Some(url),
    }
}

fn c18(run: &Run, check: &mut Check) {
    let Some(proxy) = run.systems.proxy.clone() else { return check.not_run("no proxy is configured") };
    let Some((_, root)) = provider(run) else { return check.not_run("no address was found in the Spine directory") };
    let scheme = root.split("://").next().unwrap_or_default().to_owned();
    for operation in Operation::ALL {
        match operation.of(run) {
            Ok((number, exchange)) => {
                check.on([number]);
                let own = own_address(run, &exchange.url);
                let whole = own.is_some_and(|own| own.starts_with(&format!("{scheme}://")));
                check.that(
                    whole,
                    format!("{}: {proxy}/ and then the provider's whole address: {}", operation.words(), exchange.url),
                );
            }
            Err(why) => check.not_run(why),
        }
    }
}

fn c19(run: &Run, check: &mut Check) {
    let Some((_, root)) = provider(run) else { return check.not_run("no address was found in the Spine directory") };
    let root = root.trim().trim_end_matches('/').to_owned();
    check.that(true, format!("the Spine directory registers {root:?}"));
    for operation in Operation::ALL {
        let (number, exchange) = match operation.of(run) {
            Ok(found) => found,
            Err(why) => {
                check.not_run(why);
                continue;
            }
        };
        check.on([number]);
        let own = own_address(run, &exchange.url).unwrap_or_default();
        check
            .that(wire::is_safe(&exchange.url), format!("{}: no character that a URL may not hold", operation.words()));
        let path = match operation {
            Operation::Slots => "/Slot".to_owned(),
            Operation::Book => "/Appointment".to_owned(),
            Operation::Read => format!("/Appointment/{}", own.rsplit('/').next().unwrap_or_default()),
        };
        check.equal(operation.words(), &wire::decoded_path(own), &format!("{root}{path}"));
    }
}

fn proxy_headers(run: &Run, check: &mut Check, operation: Operation) {
    let (number, exchange) = match operation.of(run) {
        Ok(found) => found,
        Err(why) => return check.not_run(why),
    };
    let Some((asid, _)) = provider(run) else { return check.not_run("no system was found in the Spine directory") };
    check.on([number]);
    check.equal("Ssp-From", header(exchange, "Ssp-From"), &run.systems.our_asid);
    check.equal("Ssp-To", header(exchange, "Ssp-To"), &asid);
    let interaction = header(exchange, "Ssp-InteractionID");
    let fits = match operation {
        Operation::Slots => [SEARCH_SLOT, READ_SLOT].contains(&interaction),
        Operation::Book => interaction == CREATE,
        Operation::Read => interaction == READ,
    };
    check.that(fits, format!("Ssp-InteractionID: {interaction}"));
    let trace = header(exchange, "Ssp-TraceID");
    check.that(uuid::Uuid::parse_str(trace).is_ok(), format!("Ssp-TraceID is a UUID: {trace}"));
    let again = run.seen.iter().filter(|seen| match seen {
        crate::assure::recorder::Seen::Http(other) => header(other, "Ssp-TraceID") == trace,
        crate::assure::recorder::Seen::Ldap(_) => false,
    });
    check.that(again.count() == 1, "and it is that of this exchange alone");
    check.that(uuid::Uuid::parse_str(header(exchange, "X-Request-ID")).is_ok(), "X-Request-ID is a UUID");
}

fn c23(run: &Run, check: &mut Check) {
    for operation in Operation::ALL {
        match operation.of(run) {
            Ok((number, exchange)) => {
                check.on([number]);
                let accept = header(exchange, "Accept");
                check.that(
                    accept.starts_with("application/fhir+json"),
                    format!("{}: Accept is {accept}", operation.words()),
                );
                if operation == Operation::Book {
                    let content = header(exchange, "Content-Type");
                    check.that(content.starts_with("application/fhir+json"), format!("its content is {content}"));
                }
            }
            Err(why) => check.not_run(why),
        }
    }
}

fn token(run: &Run, check: &mut Check, operation: Operation) {
    let (number, exchange) = match operation.of(run) {
        Ok(found) => found,
        Err(why) => return check.not_run(why),
    };
    check.on([number]);
    let Some(token) = wire::token(exchange) else {
        return check.that(false, "the request carries a token in three parts");
    };
    let unsigned = token.header["alg"] == "none";
    check.that(unsigned != token.signed, "an unsigned token has nothing after its last dot, a signed one has");
    check.equal("type", token.header["typ"].as_str().unwrap_or_default(), "JWT");
    let text = |claim: &str| token.claims[claim].as_str().unwrap_or_default().to_owned();
    let Some((_, root)) = provider(run) else { return check.not_run("no address was found in the Spine directory") };
    check.equal("iss", &text("iss"), &run.systems.issuer);
    check.equal("aud", &text("aud"), &root);
    check.equal("requested_scope", &text("requested_scope"), operation.scope());
    check.equal("reason_for_request", &text("reason_for_request"), "directcare");
    let (issued, expires) = (token.claims["iat"].as_i64(), token.claims["exp"].as_i64());
    check
        .that(issued.zip(expires).is_some_and(|(issued, expires)| expires - issued == 300), "it lives for 300 seconds");
    let sent = exchange.at.timestamp();
    check.that(issued.is_some_and(|issued| (issued - sent).abs() <= 60), "and is of the moment in which it was sent");
    let kinds = [
        ("requesting_device", "Device"),
        ("requesting_organization", "Organization"),
        ("requesting_practitioner", "Practitioner"),
    ];
    for (claim, kind) in kinds {
        check.equal(claim, token.claims[claim]["resourceType"].as_str().unwrap_or_default(), kind);
    }
    let organisation = token.claims["requesting_organization"]["identifier"][0]["value"].as_str().unwrap_or_default();
    check.equal("organisation", organisation, &run.systems.our_ods_code);
}

fn c27(run: &Run, check: &mut Check) {
    let mut tokens = BTreeSet::new();
    let mut requests = 0;
    for operation in Operation::ALL {
        let (number, exchange) = match operation.of(run) {
            Ok(found) => found,
            Err(why) => {
                check.not_run(why);
                continue;
            }
        };
        check.on([number]);
        requests += 1;
        tokens.insert(header(exchange, "Authorization").to_owned());
        let Some(token) = wire::token(exchange) else { continue };
        let practitioner = &token.claims["requesting_practitioner"];
        let id = practitioner["id"].as_str().unwrap_or_default();
        let words = operation.words();
        check.equal(
            &format!("{words}: sub is the practitioner's id"),
            token.claims["sub"].as_str().unwrap_or_default(),
            id,
        );
        check.equal(&format!("{words}: who is the person signed in"), id, &run.who.user().id.to_string());
        let family = practitioner["name"][0]["family"].as_str().unwrap_or_default();
        check.equal(&format!("{words}: by name"), family, run.who.user().name.family.reveal());
    }
    check.that(tokens.len() == requests, "each request has a token of its own");
}

fn c28(run: &Run, check: &mut Check) {
    let (number, exchange) = match Operation::Slots.of(run) {
        Ok(found) => found,
        Err(why) => return check.not_run(why),
    };
    check.on([number]);
    let query = wire::query(&exchange.url);
    let all = |wanted: &str| {
        query.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    let service = run.case.services.get(&Shows::Connection).map(ToString::to_string).unwrap_or_default();
    check.that(
        all("schedule.actor:healthcareservice") == [service.as_str()],
        "schedule.actor:healthcareservice is the DoS id",
    );
    check.that(all("status") == ["free"], "status is free");
    let starts = all("start");
    let instant = |prefix: &str| {
        let text = starts.iter().find_map(|start| start.strip_prefix(prefix))?;
        let utc_with_milliseconds =
            text.len() == "2026-11-20T18:00:00.000Z".len() && text.ends_with('Z') && text.contains('.');
        chrono::DateTime::parse_from_rfc3339(text).ok().filter(|_| utc_with_milliseconds)
    };
    let window = instant("ge").zip(instant("le"));
    check.that(
        window.is_some_and(|(from, until)| from < until) && starts.len() == 2,
        format!("start from and until, UTC with milliseconds: {starts:?}"),
    );
    let includes: Vec<&str> =
        query.iter().filter(|(name, _)| name.starts_with("_include")).map(|(_, value)| value.as_str()).collect();
    for wanted in [
        "Slot:schedule",
        "Schedule:actor:Practitioner",
        "Schedule:actor:PractitionerRole",
        "Schedule:actor:HealthcareService",
    ] {
        check.that(includes.contains(&wanted), format!("{wanted} is to be included"));
    }
}

fn c29(run: &Run, check: &mut Check) {
    let (number, exchange) = match Operation::Book.of(run) {
        Ok(found) => found,
        Err(why) => return check.not_run(why),
    };
    check.on([number]);
    let Ok(body) = serde_json::from_slice::<Value>(&exchange.body) else {
        return check.that(false, "the content is JSON");
    };
    let contained = |kind: &str| -> Vec<Value> {
        let all = body["contained"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|one| one["resourceType"] == kind).collect()
    };
    check.that(body["resourceType"] == "Appointment" && body["status"] == "booked", "an Appointment, to be booked");
    let profile = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Appointment-1";
    check.that(body["meta"]["profile"] == json!([profile]), "of the CareConnect profile");
    let (documents, patients, slots) = (contained("DocumentReference"), contained("Patient"), contained("Slot"));
    check.that(
        (documents.len(), patients.len(), slots.len()) == (1, 1, 1),
        "one document, one patient, one slot are contained",
    );
    let first = |all: &[Value]| all.first().cloned().unwrap_or_default();
    let (document, patient, slot) = (first(&documents), first(&patients), first(&slots));
    let points_to =
        |reference: &Value, to: &Value| reference.as_str() == Some(&format!("#{}", to["id"].as_str().unwrap_or("?")));
    check.that(points_to(&body["supportingInformation"][0]["reference"], &document), "the document is referenced");
    check.that(points_to(&body["slot"][0]["reference"], &slot), "the slot is referenced");
    check.that(points_to(&body["participant"][0]["actor"]["reference"], &patient), "the patient takes part");
    let uuid = document["identifier"][0]["value"].as_str().unwrap_or_default();
    check.that(uuid::Uuid::parse_str(uuid).is_ok(), "the document is named by a UUID");
    check.that(
        body["start"] == slot["start"] && body["end"] == slot["end"] && body["start"].is_string(),
        "start and end are the slot's",
    );
    check.that(body["created"].is_string() && body["description"].is_string(), "created and description are there");
    let identifiers = patient["identifier"].as_array().cloned().unwrap_or_default();
    let known = !run.case.patient.nhs_number.trim().is_empty();
    let right = if known {
        identifiers.len() == 1 && identifiers[0]["system"] == "https://fhir.nhs.uk/Id/nhs-number"
    } else {
        identifiers.is_empty()
    };
    check.that(right, "the NHS number where there is one, and no other identifier");
    let third = patient["contact"].as_array().cloned().unwrap_or_default();
    let ways = patient["telecom"].as_array().cloned().unwrap_or_default().into_iter();
    let ways = ways.chain(third.iter().flat_map(|contact| contact["telecom"].as_array().cloned().unwrap_or_default()));
    let ranks: Vec<Option<u64>> = ways.map(|way| way["rank"].as_u64()).collect();
    let ranked = !ranks.is_empty()
        && ranks.iter().all(Option::is_some)
        && ranks.iter().filter(|rank| **rank == Some(1)).count() == 1;
    check.that(ranked, "each way to reach them is ranked, rank 1 exactly once");
    check.that(patient["address"].as_array().is_some_and(|all| !all.is_empty()), "an address is given");
}

fn c30(run: &Run, check: &mut Check) {
    let (number, exchange) = match Operation::Book.of(run) {
        Ok(found) => found,
        Err(why) => return check.not_run(why),
    };
    check.on([number]);
    let Some((_, Ok(outcome))) = &run.booking else { return check.that(false, "the order was not carried out") };
    let confirmed = match &outcome.result {
        BookingResult::Confirmed(held) => Some(held),
        BookingResult::NotBooked(_) | BookingResult::Unknown(_) | BookingResult::SettledByHand(_) => None,
    };
    let status = wire::status(exchange);
    check.that(
        (status == 201) == confirmed.is_some(),
        format!("the provider answered {status}; the desk says {:?}", outcome.result.kind()),
    );
    let Some(held) = confirmed else { return check.that(false, "no booking was confirmed") };
    let location = wire::answered(exchange, "Location");
    let named = format!("Appointment/{}/_history/{}", held.appointment_id, held.version);
    check.that(location.ends_with(&named), format!("the desk has what Location names: {named}"));
    check.that(!held.url.contains("/_history/"), "the booking's address has no version");
    let (ours, theirs) = (header(exchange, "X-Request-ID"), wire::answered(exchange, "X-Correlation-ID"));
    check.that(ours.eq_ignore_ascii_case(theirs), "the answer is to this request");
    match &run.read {
        Some((step, Ok(read))) => {
            check.on(step.numbers());
            check.equal("read again, the provider holds", &read.word.held.appointment_id, &held.appointment_id);
        }
        Some((_, Err(error))) => check.that(false, format!("read again: {error}")),
        None => check.that(false, "it was not read again"),
    }
}
