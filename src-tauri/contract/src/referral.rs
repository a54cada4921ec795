//! Referring a patient: how the booking-only gate stands, what would be sent, what was sent, and how it stands at each receiver.

use desk_domain::id::{DocumentId, DosServiceId, short_reference};
use desk_domain::paper::{Paper, Part};
use desk_domain::referral::{DeliveryFailure, DeliveryResult, ReferralGap, ReferralRefusal};
use desk_domain::report::Block;
use desk_domain::route::{Route, Way};
use desk_journeys::ports::{DeliveryIntent, ReferralMarked, ReferralRecord};
use desk_journeys::refer::{ReferTo, ReferralGate, ReferralOutcome, ReferralReview};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::display;
use crate::problem::{NextStep, Problem, ProblemCode};
use crate::words::Row;

/// Which service a patient is to be referred to.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferInput {
    /// The encounter.
    pub encounter_id: String,
    /// The search that listed the service; none for the service of the encounter's booking.
    pub search_id: Option<String>,
    /// DoS service id; none for the service of the encounter's booking.
    pub service_id: Option<String>,
}

impl ReferInput {
    /// The service; or that it names what the core did not give.
    ///
    /// # Errors
    /// [`Problem`] with the code `unexpected`.
    pub fn read(&self) -> Result<ReferTo, Problem> {
        let unknown = || Problem::unexpected("id");
        match (&self.search_id, &self.service_id) {
            (Some(search), Some(service)) => Ok(ReferTo::Listed(
                search.parse().map_err(|_| unknown())?,
                DosServiceId::new(service).map_err(|_| unknown())?,
            )),
            (None, None) => Ok(ReferTo::Booked),
            (Some(_), None) | (None, Some(_)) => Err(unknown()),
        }
    }
}

/// How the booking-only gate stands for a service (BO).
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferralGateView {
    /// DoS service id.
    pub service_id: String,
    /// Name of the service.
    pub service: String,
    /// True where the service sees nobody without a booking.
    pub booking_required: bool,
    /// True where a booking of this encounter is linked.
    pub booked: bool,
    /// The warning while it is blocked; none where the patient can be referred.
    pub blocked: Option<Problem>,
    /// How many slots were shown of it, in words; empty where none were asked for.
    pub slots: String,
    /// How a referral goes, in words.
    pub route: String,
    /// True where a person has to send it.
    pub by_hand: bool,
}

/// A referral before it is sent.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferralReviewView {
    /// How the gate stands.
    pub gate: ReferralGateView,
    /// What is missing, each in words; empty where it can be sent.
    pub missing: Vec<String>,
    /// What would be sent, as the receiver reads it.
    pub paper: ReferralPaperView,
}

/// A referral as a person reads it, on the screen and on paper.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferralPaperView {
    /// What the document is called.
    pub title: String,
    /// `To Northdale Urgent Treatment Centre, from Northdale NHS 111`.
    pub to_and_from: String,
    /// The three identifiers, for the head of every sheet: `SMITH, John (Mr), born 12-Nov-1974, NHS number 943 476 5919`.
    pub identifiers: String,
    /// The document's short reference, for the foot of every sheet.
    pub reference: String,
    /// True where patient and service are invented.
    pub invented: bool,
    /// The patient, then the report, then who sends it.
    pub sections: Vec<ReferralSectionView>,
}

/// A section of a referral. Links are left out: what they lead to is said beside them.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferralSectionView {
    /// Heading.
    pub title: String,
    /// Paragraphs.
    pub paragraphs: Vec<String>,
    /// Rows of two: question and answer, name and value.
    pub rows: Vec<(String, String)>,
}

/// A referral that was made.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferralView {
    /// Id of its document.
    pub document_id: String,
    /// The encounter.
    pub encounter_id: String,
    /// The booking that it is linked with; none where it went without one.
    pub booking_id: Option<String>,
    /// `SMITH, John (Mr)`.
    pub patient: String,
    /// Name of the service.
    pub service: String,
    /// Phone number of the service; empty where none is given.
    pub service_phone: String,
    /// When it was made, and by whom.
    pub made: String,
    /// How it goes, in words.
    pub route: String,
    /// How it stands, in words.
    pub state: String,
    /// What is to be done, in words; empty where nothing is.
    pub to_do: String,
    /// True where a person has to send it, and nobody has said that they did.
    pub to_send_by_hand: bool,
    /// How it is sent by secure mail, while that is to be done; none where it goes another way.
    pub by_mail: Option<SecureMailView>,
    /// True where the provider has to be told that it is none any more, and nobody has said that they did.
    pub to_tell_provider: bool,
    /// True where its booking was cancelled: it is no referral any more (CA-5).
    pub decoupled: bool,
    /// Each delivery, the primary one first.
    pub deliveries: Vec<DeliveryView>,
    /// What happened to it since, oldest first.
    pub marks: Vec<String>,
}

/// How a person sends a referral by secure mail. Nothing in address, subject or name of the file is of the patient.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SecureMailView {
    /// To whom, as the directory has it.
    pub address: String,
    /// The subject.
    pub subject: String,
    /// Name of the file that is attached, as it is saved.
    pub attachment: String,
    /// What to do, step by step.
    pub steps: Vec<String>,
}

/// Where a referral's document was saved.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SavedReferralView {
    /// The page for people, which is attached to a mail.
    pub page: String,
    /// The document itself (XML), for systems that read it.
    pub document: String,
}

/// A delivery of a referral.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// The piece of unfinished work, where it is one.
    pub unfinished_id: Option<String>,
    /// `To act on` or `Copy for information`.
    pub to: String,
    /// True where it is for information alone.
    pub copy: bool,
    /// How it stands, in words.
    pub state: String,
    /// True where the receiver has it.
    pub received: bool,
    /// Why not, and what to do; none where the receiver has it.
    pub problem: Option<Problem>,
}

/// A note on a referral: that it was sent by hand, or that the provider was told.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReferralNoteInput {
    /// Id of the document.
    pub document_id: String,
    /// How, to whom, and what was said.
    pub note: String,
}

impl SecureMailView {
    fn of(referral: &ReferralRecord, address: &str) -> Self {
        let content = &referral.content;
        let attachment = file_name(content.document, "html");
        let subject = format!("[SECURE] Patient referral, document {}", short_reference(content.document.0));
        let on = on_the_phone(content.service.phone.as_deref());
        let steps = vec![
            format!("Save the document. The file to attach is {attachment}."),
            format!("In your secure mail, write a new message to {address}."),
            "Use the subject below as it is: [SECURE] has it sent encrypted. Put no patient details into it."
                .to_owned(),
            format!("Attach {attachment}, and send the message."),
            format!("Mail may be read late: telephone the service{on} as well where the patient cannot wait."),
            "Record below that it was sent. Then delete the saved files.".to_owned(),
        ];
        Self { address: address.to_owned(), subject, attachment, steps }
    }
}

/// What a referral's document is called where it is saved: its id as it stands in it.
#[must_use]
pub fn file_name(document: DocumentId, ending: &str) -> String {
    format!("{}.{ending}", document.to_string().to_ascii_uppercase())
}

/// How a referral goes, in words.
#[must_use]
pub fn route_words(route: &Route) -> String {
    let way = match &route.way {
        Way::Itk(_) => "Electronically to the service".to_owned(),
        Way::Email(to) => {
            format!("By secure mail to {}: you save the document, and send it yourself", to.address.trim())
        }
        Way::Telephone(to) => format!("By telephone on {}: you read the referral to them", to.address.trim()),
        Way::None => "The directory names no way to send it: you tell the service yourself".to_owned(),
    };
    match (route.copies.len(), &route.way) {
        (0, _) => way,
        (copies, Way::Itk(_)) => format!("{way}, with {} for information", display::count(copies, "copy", "copies")),
        (1, _) => format!("{way}. 1 copy for information goes electronically by itself"),
        (copies, _) => format!("{way}. {copies} copies for information go electronically by themselves"),
    }
}

/// How a referral would go, with the copies that cannot be sent.
fn route_words_before(gate: &ReferralGate) -> String {
    let way = route_words(&gate.route);
    match gate.copies_left_out {
        0 => way,
        1 => format!("{way}. 1 copy for information cannot be sent: what the directory says of it is not usable"),
        more => {
            format!(
                "{way}. {more} copies for information cannot be sent: what the directory says of them is not usable"
            )
        }
    }
}

/// The warning while a referral is blocked.
pub(crate) fn blocked(refusal: ReferralRefusal) -> Problem {
    match refusal {
        ReferralRefusal::BookingRequired => Row(
            ProblemCode::ReferralBlocked,
            "This service requires a booking",
            "This service sees nobody without a booking, and none was made. No referral can be sent to it.",
            "Book one of its slots, or choose another service. Where its slots are only too late, a clinician can approve one.",
            &[NextStep::FreshSlots, NextStep::AnotherService],
        ),
        ReferralRefusal::BookingGone => Row(
            ProblemCode::ReferralBlocked,
            "This service requires a booking",
            "This service sees nobody without a booking, and the one that was made does not stand any more. No referral can be sent to it.",
            "Book one of its slots again, or choose another service.",
            &[NextStep::FreshSlots, NextStep::AnotherService],
        ),
        ReferralRefusal::BookingNotKnown => Row(
            ProblemCode::ReferralBlocked,
            "The referral has to wait",
            "We do not know whether the slot was booked. A referral would point to something that may not be there.",
            "Settle the booking first: ask the provider, or telephone the service. Or choose another service.",
            &[NextStep::OpenUnfinished, NextStep::AnotherService],
        ),
    }
    .into()
}

/// What is missing, and where it is put right.
const fn gap_words(gap: ReferralGap) -> &'static str {
    match gap {
        ReferralGap::PresentingComplaint => "what the patient presents with",
        ReferralGap::ClinicalSummary => "a clinical summary",
        ReferralGap::Consent => "on what the sharing of information rests (consent)",
        ReferralGap::PatientName => "the patient’s name",
        ReferralGap::AuthorName => "your own name: a supervisor can put it in",
        ReferralGap::OutcomeCode => "an outcome with a code of NHS Pathways",
        ReferralGap::Organisation => "the service’s organisation, which the directory does not name",
        ReferralGap::Address => "a safe address for referrals, which the directory does not give",
        ReferralGap::Interaction => "for what the service takes it, which the directory does not say",
        ReferralGap::BookingAddress => "an address of the booking that the service can find it by",
        ReferralGap::BookingNotEncrypted => "a safe address of the booking",
        ReferralGap::BookingVersion => "an address of the booking that names no single version of it",
        ReferralGap::Unwritable => "a document that can be written: tell the help desk",
    }
}

/// What is missing before a referral can be sent.
pub(crate) fn incomplete(missing: &[ReferralGap]) -> Problem {
    let missing: Vec<_> = missing.iter().map(|gap| gap_words(*gap)).collect();
    let row = Row(
        ProblemCode::ReferralIncomplete,
        "The referral is not complete",
        "",
        "Put it right, then send the referral.",
        &[NextStep::RecordResponses],
    );
    Problem { what_happened: format!("Nothing was sent. Missing: {}.", missing.join("; ")), ..row.into() }
}

/// Who a delivery goes to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Receiver<'a> {
    /// The service, which is to act on it; its phone number, where one is known.
    Service(Option<&'a str>),
    /// Somebody who gets a copy for information.
    Copy,
}

impl<'a> Receiver<'a> {
    pub(crate) fn of(intent: &'a DeliveryIntent) -> Self {
        let order = &intent.order;
        if order.endpoint.is_copy() { Self::Copy } else { Self::Service(order.content.service.phone.as_deref()) }
    }
}

/// Why a delivery did not arrive, or is not known to have, in words.
pub(crate) fn delivery_problem(to: Receiver<'_>, failure: &DeliveryFailure, known: bool) -> Problem {
    let happened = match failure {
        DeliveryFailure::NotSent => "No connection could be made to the receiver.",
        DeliveryFailure::NotSafe(_) => "The connection to the receiver is not safe: a certificate was not accepted.",
        DeliveryFailure::Lost => "The receiver did not answer in time.",
        DeliveryFailure::Busy | DeliveryFailure::BusyFor(_) => "The receiver is too busy to take it now.",
        DeliveryFailure::Forbidden => "The receiver does not take referrals from this organisation.",
        DeliveryFailure::Invalid => "The receiver says that the message is not valid.",
        DeliveryFailure::Failed => "The receiver failed, and says that sending it again does not help.",
        DeliveryFailure::Malformed => "The receiver’s answer could not be understood.",
    };
    let (code, title, rest) = match (known, to) {
        (true, Receiver::Service(_)) => (
            ProblemCode::ReferralNotReceived,
            "The referral was not received",
            "The service does not have the referral.",
        ),
        (true, Receiver::Copy) => (
            ProblemCode::ReferralNotReceived,
            "The copy was not received",
            "Whoever was to be informed does not have the copy.",
        ),
        (false, Receiver::Service(_)) => (
            ProblemCode::ReferralUnknown,
            "We do not know whether the referral was received",
            "Sending it again is safe: the service sees it once.",
        ),
        (false, Receiver::Copy) => (
            ProblemCode::ReferralUnknown,
            "We do not know whether the copy was received",
            "Sending it again is safe: they see it once.",
        ),
    };
    let what_to_do = match to {
        Receiver::Copy => {
            "Send it again from unfinished work. If it stays, settle it by hand: nobody acts on a copy.".to_owned()
        }
        Receiver::Service(phone) => format!(
            "Send it again from unfinished work. If it stays, telephone the service{} and send it by secure mail.",
            on_the_phone(phone)
        ),
    };
    let row = Row(code, title, "", "", &[NextStep::OpenUnfinished]);
    Problem { what_happened: format!("{happened} {rest}"), what_to_do, ..row.into() }
}

/// ` on 01632 960100`; empty where no number is known.
pub(crate) fn on_the_phone(phone: Option<&str>) -> String {
    let phone = phone.map(str::trim).filter(|phone| !phone.is_empty());
    phone.map(|phone| format!(" on {phone}")).unwrap_or_default()
}

impl From<&ReferralGate> for ReferralGateView {
    fn from(gate: &ReferralGate) -> Self {
        Self {
            service_id: gate.service.id.to_string(),
            service: gate.service.name.clone(),
            booking_required: gate.service.requires_booking(),
            booked: gate.leave.as_ref().is_ok_and(|permit| permit.booking().is_some()),
            blocked: gate.leave.as_ref().err().map(|refusal| blocked(*refusal)),
            slots: gate.slots.map(|count| display::slots_in_and_out(&count)).unwrap_or_default(),
            route: route_words_before(gate),
            by_hand: gate.route.way.is_by_hand(),
        }
    }
}

impl ReferralReviewView {
    /// A referral before it is sent, with what its receiver would read.
    #[must_use]
    pub fn of(review: &ReferralReview) -> Self {
        Self {
            gate: ReferralGateView::from(&review.gate),
            missing: review.missing.iter().map(|gap| gap_words(*gap).to_owned()).collect(),
            paper: ReferralPaperView::of(&review.paper),
        }
    }
}

impl ReferralPaperView {
    /// A referral as a person reads it.
    #[must_use]
    pub fn of(paper: &Paper) -> Self {
        Self {
            title: paper.title.to_owned(),
            to_and_from: format!("To {}, from {}", paper.to, paper.from),
            identifiers: paper.identifiers.reveal().clone(),
            reference: paper.reference.clone(),
            invented: paper.invented,
            sections: paper.parts.iter().map(ReferralSectionView::of).collect(),
        }
    }
}

impl ReferralSectionView {
    fn of(part: &Part) -> Self {
        let mut view = Self { title: part.heading.clone(), paragraphs: Vec::new(), rows: Vec::new() };
        for block in &part.blocks {
            match block {
                Block::Text(text) => view.paragraphs.push(text.reveal().clone()),
                Block::Facts(facts) => {
                    view.rows.extend(facts.iter().map(|(name, value)| ((*name).to_owned(), value.reveal().clone())));
                }
                Block::Table { rows, .. } => {
                    view.rows.extend(rows.iter().map(|[one, two]| (one.reveal().clone(), two.reveal().clone())));
                }
                Block::Link { .. } => {}
            }
        }
        view
    }
}

impl From<&ReferralOutcome> for ReferralView {
    fn from(outcome: &ReferralOutcome) -> Self {
        let deliveries: Vec<DeliveryView> = outcome.deliveries.iter().map(DeliveryView::of).collect();
        let referral = &outcome.referral;
        let mut view = Self::of_record(referral);
        if !view.decoupled && !referral.route.way.is_by_hand() {
            view.state = match deliveries.iter().find(|delivery| !delivery.copy) {
                Some(primary) if primary.received => "The service has the referral".to_owned(),
                Some(primary) => primary.state.clone(),
                None => "Being sent".to_owned(),
            };
        }
        Self { deliveries, ..view }
    }
}

impl ReferralView {
    /// A referral as shown, without its deliveries.
    #[must_use]
    pub fn of_record(referral: &ReferralRecord) -> Self {
        let content = &referral.content;
        let by_hand = referral.route.way.is_by_hand();
        let (decoupled, sent_by_hand) = (referral.is_decoupled(), referral.is_sent_by_hand());
        let to_send_by_hand = by_hand && !sent_by_hand && !decoupled;
        let to_tell_provider = decoupled && referral.permit.booking_required() && !referral.is_told();
        let phone = content.service.phone.clone().unwrap_or_default();
        let to_do = if to_send_by_hand {
            to_do_by_hand(&referral.route.way, &phone)
        } else if to_tell_provider {
            let on = on_the_phone(Some(&phone));
            format!("Telephone the service{on}: the booking was cancelled, and the referral no longer counts.")
        } else {
            String::new()
        };
        let state = match (decoupled, by_hand, sent_by_hand) {
            (true, _, _) => "Its booking was cancelled: the service must not treat it as a referral",
            (false, true, true) => "Sent by hand",
            (false, true, false) => "To be sent by hand",
            (false, false, _) => "Sent",
        };
        Self {
            document_id: content.document.to_string(),
            encounter_id: content.encounter.id.to_string(),
            booking_id: referral.permit.booking().map(|id| id.to_string()),
            patient: content.encounter.patient.name.displayed(),
            service: content.service.name.clone(),
            service_phone: phone,
            made: format!("{} by {}", display::to_the_second(content.made), content.author.name.displayed()),
            route: route_words(&referral.route),
            state: state.to_owned(),
            to_do,
            to_send_by_hand,
            by_mail: match &referral.route.way {
                Way::Email(to) if to_send_by_hand => Some(SecureMailView::of(referral, to.address.trim())),
                Way::Email(_) | Way::Itk(_) | Way::Telephone(_) | Way::None => None,
            },
            to_tell_provider,
            decoupled,
            deliveries: Vec::new(),
            marks: referral
                .marks
                .iter()
                .map(|mark| {
                    let what = match &mark.what {
                        ReferralMarked::SentByHand { note } => format!("Sent by hand: {}", note.reveal()),
                        ReferralMarked::Decoupled { version, .. } => {
                            format!("Decoupled: its booking was cancelled (version {version})")
                        }
                        ReferralMarked::ProviderTold { note } => format!("The service was told: {}", note.reveal()),
                    };
                    format!("{} {}: {what}", display::to_the_second(mark.at), mark.by_name)
                })
                .collect(),
        }
    }
}

/// What a person does to send a referral.
fn to_do_by_hand(way: &Way, phone: &str) -> String {
    match way {
        Way::Email(_) => "Send it by secure mail, as told below, and record that it was sent.".to_owned(),
        Way::Telephone(endpoint) => {
            format!("Telephone {}, read the referral to them, and record whom you spoke to.", endpoint.address.trim())
        }
        Way::None if phone.is_empty() => {
            "Tell the service by your usual way, for example with the saved document, and record how.".to_owned()
        }
        Way::None => {
            format!("Telephone the service on {phone}, ask how it takes referrals, and record what was agreed.")
        }
        Way::Itk(_) => String::new(),
    }
}

impl DeliveryView {
    pub(crate) fn of(intent: &DeliveryIntent) -> Self {
        let reference = intent.order.request.reference();
        let copy = intent.order.endpoint.is_copy();
        let with = |failure: &DeliveryFailure, known| {
            Some(delivery_problem(Receiver::of(intent), failure, known).with_reference(reference.clone()))
        };
        let (state, received, problem) = match &intent.result {
            None => (
                "Not known: the desk stopped before an answer came".to_owned(),
                false,
                with(&DeliveryFailure::Lost, false),
            ),
            Some(DeliveryResult::Accepted(_)) => ("Received".to_owned(), true, None),
            Some(DeliveryResult::NotAccepted(failure)) => ("Not received".to_owned(), false, with(failure, true)),
            Some(DeliveryResult::Unknown(failure)) => {
                ("Not known whether it was received".to_owned(), false, with(failure, false))
            }
            Some(DeliveryResult::SettledByHand { received, reason }) => {
                let word = if *received { "Received" } else { "Not received" };
                (format!("{word}, settled by hand: {}", reason.reveal()), *received, None)
            }
        };
        let open = intent.result.as_ref().is_none_or(|result| !result.settles());
        Self {
            unfinished_id: open.then(|| intent.id.to_string()),
            to: if copy { "Copy for information" } else { "To act on" }.to_owned(),
            copy,
            state,
            received,
            problem,
        }
    }
}
