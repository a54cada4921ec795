//! The message around a document: SOAP 1.1 with the headers of the toolkit, and the distribution envelope in its body. No
//! acknowledgement is asked for: the answer to the message is the only one.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use desk_domain::service::ServiceEndpoint;
use desk_journeys::ports::ReferralOrder;
use flate2::Compression;
use flate2::write::GzEncoder;
use uuid::Uuid;

use super::document::{Form, Sender, derived, upper};
use super::markup::{Tag, tag};

/// The one service by which reports are sent, whatever their form.
pub(super) const SERVICE: &str = "urn:nhs-itk:services:201005:SendNHS111Report-v2-0";

const DOS_ADDRESS: &str = "2.16.840.1.113883.2.1.3.2.4.18.44";

/// What is new in each sending.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sending {
    /// Id of the message.
    pub(super) message: Uuid,
    /// When it is sent (UTC).
    pub(super) at: DateTime<Utc>,
}

/// The message. Two sendings of one order differ in what [`Sending`] says, and in nothing else.
///
/// # Errors
/// It cannot be written.
pub(super) fn message(
    order: &ReferralOrder,
    document: &str,
    form: Form,
    sender: &Sender<'_>,
    sending: Sending,
) -> std::io::Result<String> {
    let body = tag("soap:Body").holding(distribution(order, document, form, sender)?);
    tag("soap:Envelope")
        .with("xmlns:soap", "http://schemas.xmlsoap.org/soap/envelope/")
        .with("xmlns:wsa", "http://www.w3.org/2005/08/addressing")
        .with("xmlns:wsse", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd")
        .with("xmlns:wsu", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd")
        .with("xmlns:itk", "urn:nhs-itk:ns:201005")
        .holding(header(&order.endpoint, sender, sending))
        .holding(body)
        .to_xml()
}

fn header(to: &ServiceEndpoint, sender: &Sender<'_>, sending: Sending) -> Tag {
    let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    // A receiver whose clock is behind ours would not take what was made in its future.
    let created = sending.at - TimeDelta::minutes(1);
    let lifetime = tag("wsu:Timestamp")
        .holding(tag("wsu:Created").saying(&instant(created)))
        .holding(tag("wsu:Expires").saying(&instant(created + TimeDelta::minutes(10))));
    let ods_code = sender.organisation.ods_code.as_str();
    let username = sender.settings.username.as_deref().unwrap_or(ods_code);
    tag("soap:Header")
        .holding(tag("wsa:MessageID").saying(&upper(sending.message)))
        .holding(tag("wsa:Action").saying(SERVICE))
        .holding(tag("wsa:To").saying(to.address.trim()))
        .holding(
            tag("wsa:ReplyTo").holding(tag("wsa:Address").saying("http://www.w3.org/2005/08/addressing/anonymous")),
        )
        .holding(
            tag("wsse:Security")
                .holding(lifetime)
                .holding(tag("wsse:UsernameToken").holding(tag("wsse:Username").saying(username))),
        )
}

fn distribution(order: &ReferralOrder, document: &str, form: Form, sender: &Sender<'_>) -> std::io::Result<Tag> {
    let own = &sender.organisation.ods_code;
    let (service, tracking) = (&order.content.service, order.request.0);
    let payload_id = format!("uuid_{}", derived(tracking, "payload"));
    let item =
        tag("itk:manifestitem").with("id", &payload_id).with("mimetype", "text/xml").with("profileid", form.profile());
    let payload = tag("itk:payload").with("id", &payload_id);
    let (item, payload) = if wants_compressed(&order.endpoint) {
        let item = item.with("compressed", "true").with("base64", "true");
        (item, payload.saying(&STANDARD.encode(compressed(document)?)))
    } else {
        (item, payload.holding_whole(document))
    };
    let organisation = service.ods_code.as_ref();
    let organisation = organisation.map(|code| uri("itk:address", &format!("urn:nhs-uk:addressing:ods:{code}")));
    let addresses = tag("itk:addresslist")
        .holding_all(organisation)
        .holding(tag("itk:address").with("type", DOS_ADDRESS).with("uri", service.id.as_str()));
    let interaction = tag("itk:spec")
        .with("key", "urn:nhs-itk:ns:201005:interaction")
        // As the directory has it, letter by letter.
        .with("value", order.endpoint.interaction.trim());
    let header = tag("itk:header")
        .with("service", SERVICE)
        .with("trackingid", upper(tracking))
        .holding(addresses)
        .holding(tag("itk:auditIdentity").holding(uri("itk:id", &format!("urn:nhs-uk:identity:ods:{own}"))))
        .holding(tag("itk:manifest").with("count", "1").holding(item))
        .holding(uri("itk:senderAddress", &format!("urn:nhs-uk:addressing:ods:{own}")))
        .holding(tag("itk:handlingSpecification").holding(interaction));
    let payloads = tag("itk:payloads").with("count", "1").holding(payload);
    Ok(tag("itk:DistributionEnvelope").holding(header).holding(payloads))
}

fn uri(name: &'static str, uri: &str) -> Tag {
    tag(name).with("uri", uri)
}

/// Whether the directory says that a receiver unpacks; the common one cannot.
fn wants_compressed(to: &ServiceEndpoint) -> bool {
    let said = to.compression.trim();
    ["compressed", "y", "yes", "true"].iter().any(|word| said.eq_ignore_ascii_case(word))
}

fn compressed(document: &str) -> std::io::Result<Vec<u8>> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(document.as_bytes())?;
    packing.finish()
}
