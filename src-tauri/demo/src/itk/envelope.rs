//! The SOAP message and the distribution envelope in it: headers, addresses, manifest, and the payload unpacked.

use std::collections::HashSet;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;
use flate2::read::MultiGzDecoder;

use super::answer::{Code, Refusal, Side, refuse, wrong};
use super::document::{self, Kind};
use super::xml::Element;
use super::{Arrived, ITK, LARGEST, SERVICE, SOAP, WSA, upper_uuid};
use crate::world::{PROVIDERS, World};

const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const ODS_ADDRESS: &str = "2.16.840.1.113883.2.1.3.2.4.18.22";
const DOS_ADDRESS: &str = "2.16.840.1.113883.2.1.3.2.4.18.44";
const INTERACTION: &str = "urn:nhs-itk:interaction:";
const INTERACTIONS: [&str; 8] = [
    "primaryGeneralPractitionerRecipientNHS111CDADocument-v2-0",
    "primaryEmergencyDepartmentRecipientNHS111CDADocument-v2-0",
    "primaryOutofHourRecipientNHS111CDADocument-v2-0",
    "copyRecipientNHS111CDADocument-v2-0",
    "primaryGeneralPractitionerRecipientIntegratedUrgentCareCDADocument-v3-0",
    "primaryEmergencyDepartmentRecipientIntegratedUrgentCareCDADocument-v3-0",
    "primaryOutofHourRecipientIntegratedUrgentCareCDADocument-v3-0",
    "copyRecipientIntegratedUrgentCareCDADocument-v3-0",
];
const NULLIFICATIONS: [&str; 2] = ["nullifyNHS111CDADocument-v1-0", "nullifyIntegratedUrgentCareCDADocument-v3-0"];

/// A message that is in order.
pub(super) struct Message {
    /// DoS id of the service that it is for, where it names one.
    pub(super) service: Option<String>,
    /// ODS code of the organisation that it is for.
    pub(super) organisation: &'static str,
    pub(super) tracking: String,
    pub(super) interaction: String,
    pub(super) document: document::Document,
}

/// The message's id, as far as one can be made out.
pub(super) fn message_id(root: &Element) -> Option<String> {
    let id = root.only(SOAP, "Header")?.only(WSA, "MessageID")?.text();
    Some(id).filter(|id| !id.is_empty())
}

/// Checks a whole message.
pub(super) fn check(world: &World, arrived: &Arrived<'_>) -> Result<Message, Refusal> {
    let root = &arrived.root;
    if root.name == "Envelope" && root.namespace != SOAP {
        return Err(Refusal { side: Side::VersionMismatch, ..wrong("Envelope", "it must be SOAP 1.1") });
    }
    if !root.is(SOAP, "Envelope") {
        return Err(wrong("the root element", "it must be a SOAP Envelope"));
    }
    let header = one(root, SOAP, "Header", "soap:Envelope")?;
    let body = one(root, SOAP, "Body", "soap:Envelope")?;
    understood(header)?;
    let at = "soap:Body";
    let envelope = one(body, ITK, "DistributionEnvelope", at)?;
    let service = one(envelope, ITK, "header", "DistributionEnvelope")?.attribute("service").unwrap_or_default();
    let action = one(header, WSA, "Action", "soap:Header")?.text();
    for (at, said) in [("SOAPAction", arrived.action), ("wsa:Action", action.as_str()), ("header/@service", service)] {
        if said != SERVICE {
            return Err(wrong(at, format!("it must be {SERVICE}, as everywhere in the message")));
        }
    }
    addressed(header, &world.itk.url)?;
    secured(header)?;
    let message = distributed(world, envelope, arrived.text)?;
    distinct(header, envelope)?;
    Ok(message)
}

/// The one element of a name.
fn one<'a>(parent: &'a Element, namespace: &'a str, name: &'a str, at: &str) -> Result<&'a Element, Refusal> {
    parent.only(namespace, name).ok_or_else(|| wrong(at, format!("there must be exactly one {name} in it")))
}

/// A header that must be understood and is not known ends it.
fn understood(header: &Element) -> Result<(), Refusal> {
    let known = |block: &Element| {
        let addressing = ["MessageID", "Action", "To", "From", "ReplyTo", "FaultTo", "RelatesTo"];
        (block.namespace == WSA && addressing.contains(&block.name.as_str())) || block.is(WSSE, "Security")
    };
    let must = |block: &&Element| matches!(block.attribute_in(SOAP, "mustUnderstand"), Some("1" | "true"));
    match header.children().filter(must).find(|block| !known(block)) {
        Some(block) => {
            let refusal = wrong("soap:Header", format!("the header {} is not understood", block.name));
            Err(Refusal { side: Side::MustUnderstand, ..refusal })
        }
        None => Ok(()),
    }
}

fn addressed(header: &Element, own: &str) -> Result<(), Refusal> {
    let id = one(header, WSA, "MessageID", "soap:Header")?.text();
    let prefix = bare(&id).filter(|uuid| upper_uuid(uuid)).and_then(|uuid| id.strip_suffix(uuid));
    if !prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with([':', '_'])) {
        return Err(wrong("wsa:MessageID", "it must be a UUID in upper case, with or without a prefix"));
    }
    if one(header, WSA, "To", "soap:Header")?.text() != own {
        return Err(wrong("wsa:To", format!("it must be this receiver's address, {own}")));
    }
    let anonymous = |block: &Element| {
        block.only(WSA, "Address").is_some_and(|address| address.text() == format!("{WSA}/anonymous"))
    };
    if !header.all(WSA, "ReplyTo").all(anonymous) {
        return Err(wrong("wsa:ReplyTo", "answers are given at once: it must be the anonymous address"));
    }
    if header.all(WSA, "ReplyTo").count() > 1 || header.below().any(|element| element.name == "ReferenceProperties") {
        return Err(wrong("soap:Header", "there may be one ReplyTo, and no ReferenceProperties"));
    }
    Ok(())
}

/// The last 36 characters of an id: the UUID behind a prefix.
fn bare(id: &str) -> Option<&str> {
    id.get(id.len().checked_sub(36)?..)
}

fn secured(header: &Element) -> Result<(), Refusal> {
    let denied = |at: &str, said: &str| refuse(Code::Denied, at, said);
    let security = header.only(WSSE, "Security").ok_or_else(|| denied("soap:Header", "there must be one Security"))?;
    let at = "wsse:Security/wsu:Timestamp";
    let stamp = security.only(WSU, "Timestamp").ok_or_else(|| denied(at, "there must be exactly one"))?;
    let instant = |name: &str| {
        let text = stamp.only(WSU, name).map(Element::text).filter(|text| text.len() == 20)?;
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%SZ").ok().map(|at| at.and_utc())
    };
    let (Some(created), Some(expires)) = (instant("Created"), instant("Expires")) else {
        return Err(denied(at, "Created and Expires must be there, as yyyy-mm-ddThh:mm:ssZ"));
    };
    let now = crate::now();
    if created > now || expires <= now || created >= expires {
        return Err(denied(at, "now is not between Created and Expires"));
    }
    let named = security.only(WSSE, "UsernameToken").and_then(|token| token.only(WSSE, "Username"));
    if named.is_none_or(|name| name.text().is_empty()) {
        return Err(denied("wsse:Security/wsse:UsernameToken", "there must be a Username"));
    }
    Ok(())
}

/// The ids of a message are all different.
fn distinct(header: &Element, envelope: &Element) -> Result<(), Refusal> {
    let message = header.only(WSA, "MessageID").map(Element::text).unwrap_or_default();
    let stamps = header.below().filter(|element| element.is(WSU, "Timestamp"));
    let stamps = stamps.filter_map(|stamp| stamp.attribute_in(WSU, "Id"));
    let tracking = envelope.all(ITK, "header").filter_map(|header| header.attribute("trackingid"));
    let payloads = envelope.below().filter(|element| element.is(ITK, "payload"));
    let payloads = payloads.filter_map(|payload| payload.attribute("id"));
    let mut seen: HashSet<String> = bare(&message).map(str::to_ascii_uppercase).into_iter().collect();
    for id in stamps.chain(tracking).chain(payloads) {
        if !seen.insert(bare(id).unwrap_or(id).to_ascii_uppercase()) {
            let said = "MessageID, Timestamp, trackingid and payload must each have their own id";
            return Err(wrong("the message", said));
        }
    }
    Ok(())
}

fn distributed(world: &World, envelope: &Element, text: &str) -> Result<Message, Refusal> {
    in_order(envelope, &["header", "payloads"], "DistributionEnvelope")?;
    let header = one(envelope, ITK, "header", "DistributionEnvelope")?;
    let order = ["addresslist", "auditIdentity", "manifest", "senderAddress", "handlingSpecification"];
    in_order(header, &order, "DistributionEnvelope/header")?;
    let tracking = header.attribute("trackingid").unwrap_or_default();
    if !upper_uuid(tracking) {
        return Err(wrong("header/@trackingid", "it must be a UUID in upper case"));
    }
    let (organisation, service) = addressees(world, one(header, ITK, "addresslist", "header")?)?;
    let audit = one(header, ITK, "auditIdentity", "header")?;
    named(audit, "id", 1..=4, "urn:nhs-uk:identity:ods:", "header/auditIdentity")?;
    if let Some(sender) = header.all(ITK, "senderAddress").next()
        && after(sender, "urn:nhs-uk:addressing:ods:").is_none()
    {
        return Err(wrong("header/senderAddress", "its uri must begin with urn:nhs-uk:addressing:ods:"));
    }
    let interaction = interaction(one(header, ITK, "handlingSpecification", "header")?)?;
    let item = counted(header, "manifest", "manifestitem")?;
    let payload = counted(envelope, "payloads", "payload")?;
    let id = payload.attribute("id").unwrap_or_default();
    if !id.strip_prefix("uuid_").is_some_and(upper_uuid) || item.attribute("id") != Some(id) {
        return Err(wrong("manifestitem/@id", "it must be uuid_ and a UUID in upper case, the same as the payload's"));
    }
    if item.attribute("mimetype") != Some("text/xml") {
        return Err(wrong("manifestitem/@mimetype", "it must be text/xml"));
    }
    let profile = item.attribute("profileid").unwrap_or_default();
    let kind = Kind::of(profile).ok_or_else(|| wrong("manifestitem/@profileid", "this profile is not taken here"))?;
    if kind.nullifies() != interaction.strip_prefix(INTERACTION).is_some_and(|name| NULLIFICATIONS.contains(&name)) {
        return Err(wrong("manifestitem/@profileid", "it does not go with the interaction"));
    }
    let document = match unpacked(item, payload)? {
        Some(inner) => {
            let at = "payload";
            let root = Element::read(inner.trim_start_matches('\u{feff}'));
            let root = root.map_err(|why| wrong(at, format!("unpacked, it is not well-formed: {why}")))?;
            document::check(root, inner, kind)?
        }
        None => {
            let mut children = payload.children();
            let (Some(root), None) = (children.next(), children.next()) else {
                return Err(wrong("payload", "there must be exactly one document in it"));
            };
            let own = text.get(root.span.clone()).unwrap_or_default().to_owned();
            document::check(root.clone(), own, kind)?
        }
    };
    Ok(Message { service, organisation, tracking: tracking.to_owned(), interaction, document })
}

/// Children of these names alone, none of them before an earlier one.
fn in_order(parent: &Element, names: &[&str], at: &str) -> Result<(), Refusal> {
    let mut reached = 0;
    for child in parent.children() {
        let place = names.iter().position(|name| child.is(ITK, name));
        let place = place.ok_or_else(|| wrong(at, format!("{} does not belong there", child.name)))?;
        if place < reached {
            return Err(wrong(at, format!("{} stands after what must follow it", child.name)));
        }
        reached = place;
    }
    Ok(())
}

/// The rest of an element's uri behind a prefix, where there is any.
fn after<'a>(element: &'a Element, prefix: &str) -> Option<&'a str> {
    element.attribute("uri")?.strip_prefix(prefix).filter(|rest| !rest.is_empty())
}

/// Children of one name alone, so many, each with a uri that begins so.
fn named(
    list: &Element,
    name: &str,
    count: std::ops::RangeInclusive<usize>,
    prefix: &str,
    at: &str,
) -> Result<(), Refusal> {
    in_order(list, &[name], at)?;
    if !count.contains(&list.children().count()) {
        return Err(wrong(at, format!("there must be {} to {} of {name}", count.start(), count.end())));
    }
    if list.children().any(|child| after(child, prefix).is_none()) {
        return Err(wrong(at, format!("the uri of {name} must begin with {prefix}")));
    }
    Ok(())
}

/// Which organisation and service here a message is for.
fn addressees(world: &World, list: &Element) -> Result<(&'static str, Option<String>), Refusal> {
    let at = "header/addresslist";
    in_order(list, &["address"], at)?;
    let (mut services, mut organisations) = (Vec::new(), Vec::new());
    for address in list.children() {
        let kind = address.attribute("type").unwrap_or(ODS_ADDRESS);
        if kind == DOS_ADDRESS {
            let id = address.attribute("uri").unwrap_or_default();
            services.extend(world.all_services().find(|service| service.id == id));
        } else if kind == ODS_ADDRESS {
            let code = after(address, "urn:nhs-uk:addressing:ods:")
                .ok_or_else(|| wrong(at, "the uri of an organisation must begin with urn:nhs-uk:addressing:ods:"))?;
            let code = code.split(':').next().unwrap_or_default();
            organisations.extend(PROVIDERS.iter().map(|seed| seed.ods_code).find(|own| *own == code));
        } else {
            return Err(wrong(at, "the type of an address is neither that of ODS codes nor that of DoS ids"));
        }
    }
    if services.len() > 1 || organisations.len() > 1 {
        return Err(wrong(at, "a message is for one service here"));
    }
    match (services.first(), organisations.first()) {
        (None, None) => Err(wrong(at, "neither the ODS code nor the DoS id is of a service here")),
        (None, Some(organisation)) => Ok((organisation, None)),
        (Some(service), named) => {
            let own = PROVIDERS[service.provider].ods_code;
            if named.is_some_and(|code| *code != own) {
                return Err(wrong(at, "the service is not of the organisation that is named"));
            }
            Ok((own, Some(service.id.clone())))
        }
    }
}

/// The interaction: the first of the handling specifications.
fn interaction(list: &Element) -> Result<String, Refusal> {
    let at = "header/handlingSpecification";
    in_order(list, &["spec"], at)?;
    let first = list.children().next();
    let first = first.filter(|spec| spec.attribute("key") == Some("urn:nhs-itk:ns:201005:interaction"));
    let first = first.ok_or_else(|| wrong(at, "the first spec must be the interaction"))?;
    let value = first.attribute("value").unwrap_or_default();
    let known = |name: &str| INTERACTIONS.contains(&name) || NULLIFICATIONS.contains(&name);
    if !value.strip_prefix(INTERACTION).is_some_and(known) {
        return Err(wrong(at, "this interaction is not taken here"));
    }
    Ok(value.to_owned())
}

/// The one item of a list that counts its items.
fn counted<'a>(parent: &'a Element, list: &'static str, item: &'static str) -> Result<&'a Element, Refusal> {
    let list_element = one(parent, ITK, list, "DistributionEnvelope")?;
    in_order(list_element, &[item], list)?;
    let found = list_element.only(ITK, item).filter(|_| list_element.attribute("count") == Some("1"));
    found.ok_or_else(|| wrong(list, format!("count must be 1, and so must be the number of {item}")))
}

/// The text of a payload that is packed; none where the document stands in the message as it is.
fn unpacked(item: &Element, payload: &Element) -> Result<Option<String>, Refusal> {
    let flag = |name: &str| match item.attribute(name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(wrong("manifestitem", format!("{name} must be true or false"))),
    };
    if flag("encrypted")? || flag("metadata")? {
        return Err(wrong("manifestitem", "a document that is encrypted, or metadata, is not taken here"));
    }
    let (compressed, base64) = (flag("compressed")?, flag("base64")?);
    if !base64 {
        let alone = wrong("manifestitem", "what is compressed must be base64 as well");
        return if compressed { Err(alone) } else { Ok(None) };
    }
    if payload.children().next().is_some() {
        return Err(wrong("payload", "base64 is text, and there is an element"));
    }
    let letters: String = payload.text().split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(letters).map_err(|error| wrong("payload", format!("it is not base64: {error}")))?;
    let bytes = if compressed { unzipped(&bytes)? } else { bytes };
    String::from_utf8(bytes).map(Some).map_err(|_| wrong("payload", "unpacked, it is not UTF-8"))
}

fn unzipped(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut unzipped = Vec::new();
    let bound = LARGEST as u64 + 1;
    let read = MultiGzDecoder::new(bytes).take(bound).read_to_end(&mut unzipped);
    read.map_err(|error| wrong("payload", format!("it is not gzip: {error}")))?;
    if unzipped.len() > LARGEST {
        return Err(wrong("payload", format!("unpacked, it is longer than {LARGEST} bytes")));
    }
    Ok(unzipped)
}
