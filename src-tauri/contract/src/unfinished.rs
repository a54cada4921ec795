//! Work that did not settle, what a patient holds twice, what is to be done by hand, and who is to be told.

use chrono::{DateTime, Utc};
use desk_domain::booking::BookingResult;
use desk_domain::cancel::CancelResult;
use desk_domain::patient::Patient;
use desk_domain::referral::DeliveryResult;
use desk_domain::service::Service;
use desk_journeys::ports::{
    BookingIntent, BookingRecord, CancelIntent, DeliveryIntent, Intent, RebookRecord, ReferralRecord,
};
use desk_journeys::unfinished::{Taken, Unfinished};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::booking::BookingResultView;
use crate::cancel::{CancelResultView, RebookView};
use crate::display;
use crate::form::Form;
use crate::patient::first_phone;
use crate::problem::Problem;
use crate::referral::{DeliveryView, Receiver, ReferralView, SecureMailView, delivery_problem};

/// One piece of unfinished work, with what the patient holds right now.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedView {
    /// Id of the piece: of the intent, the rebooking or the document; for a patient to be told, of the cancellation, or of
    /// the booking that somebody else called off.
    pub id: String,
    /// What kind of work it is.
    pub kind: UnfinishedKind,
    /// The encounter.
    pub encounter_id: String,
    /// `Booking`, `Cancellation`, `Referral`, `Two bookings` …
    pub what: String,
    /// `SMITH, John (Mr)`.
    pub patient: String,
    /// Date of birth.
    pub born: String,
    /// NHS number or `Not known`.
    pub nhs_number: String,
    /// First phone number of the patient, to call them back.
    pub contact: String,
    /// Name of the service; empty where it is not known.
    pub service: String,
    /// Phone number of the service; empty where none is given.
    pub service_phone: String,
    /// `Friday 20-Nov-2026 19:20`; of two bookings, of the original; empty where there is no appointment.
    pub slot: String,
    /// Of two bookings, the new one: `Friday 20-Nov-2026 18:20, Northdale Urgent Treatment Centre`; else empty.
    pub new_booking: String,
    /// When it was started, and by whom.
    pub started: String,
    /// What is known, in words: `We do not know whether the provider booked this.`
    pub known: String,
    /// What to do next, in words.
    pub next: String,
    /// The short reference for the help desk; empty where nothing was sent.
    pub reference: String,
    /// Absolute URL of the booking that it is about; empty where it is about none.
    pub url: String,
    /// How it is sent by secure mail; none where it is about something else, or goes another way.
    pub by_mail: Option<SecureMailView>,
    /// True where the provider can be asked what it holds.
    pub can_check: bool,
    /// True where the request can be sent again under its own id.
    pub can_send_again: bool,
    /// True where a person can settle it after asking by telephone.
    pub can_settle: bool,
}

/// What kind of unfinished work a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum UnfinishedKind {
    /// A booking of which the result is not known.
    Booking,
    /// A cancellation of which the result is not known.
    Cancellation,
    /// A referral that the receiver does not have, or may not have.
    Referral,
    /// The patient holds two bookings (RB-5).
    TwoBookings,
    /// A referral that a person has to send.
    SendByHand,
    /// A provider has to be told that a referral is none any more (CA-5).
    TellProvider,
    /// The patient has to be told of a cancellation (CA-6).
    InformPatient,
}

/// What came of a piece that was worked on.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum TakenView {
    /// Of a booking.
    Booking {
        /// The result.
        result: Box<BookingResultView>,
    },
    /// Of a cancellation.
    Cancellation {
        /// The result.
        result: Box<CancelResultView>,
    },
    /// Of a referral.
    Referral {
        /// How the delivery stands.
        delivery: Box<DeliveryView>,
    },
}

/// Settling a piece of unfinished work by hand, after asking by telephone.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettleInput {
    /// The piece.
    pub id: String,
    /// `booked` or `notBooked`: of a booking or a cancellation, whether the provider holds the booking; of a referral,
    /// whether the service has it. Empty where nothing was chosen.
    pub provider_holds: String,
    /// Who said so and how, at least a few words.
    pub reason: String,
}

impl UnfinishedView {
    /// Everything that is unfinished, as shown: what may hurt a patient most comes first.
    #[must_use]
    pub fn all(unfinished: &Unfinished, now: DateTime<Utc>) -> Vec<Self> {
        let intents = unfinished.intents.iter().map(|intent| Self::of(intent, now));
        let rebooks = unfinished.rebooks.iter().map(|rebook| Self::two_bookings(rebook, &unfinished.new_bookings));
        let referrals = unfinished.referrals.iter().map(Self::by_hand);
        let to_inform = unfinished.to_inform.iter().map(Self::to_inform);
        let found_called_off = unfinished.found_called_off.iter().map(Self::found_called_off);
        intents.chain(rebooks).chain(referrals).chain(found_called_off).chain(to_inform).collect()
    }

    /// An order without a result that settles it.
    #[must_use]
    pub fn of(intent: &Intent, now: DateTime<Utc>) -> Self {
        match intent {
            Intent::Booking(intent) => Self::booking(intent, now),
            Intent::Cancellation(intent) => Self::cancellation(intent, now),
            Intent::Delivery(intent) => Self::delivery(intent),
        }
    }

    fn about(kind: UnfinishedKind, patient: &Patient, service: Option<&Service>, slot: Option<DateTime<Utc>>) -> Self {
        let what = match kind {
            UnfinishedKind::Booking => "Booking",
            UnfinishedKind::Cancellation => "Cancellation",
            UnfinishedKind::Referral => "Referral",
            UnfinishedKind::TwoBookings => "Two bookings",
            UnfinishedKind::SendByHand => "Referral to be sent by hand",
            UnfinishedKind::TellProvider => "Service to be told",
            UnfinishedKind::InformPatient => "Patient to be told",
        };
        Self {
            id: String::new(),
            kind,
            encounter_id: String::new(),
            what: what.to_owned(),
            patient: patient.name.displayed(),
            born: display::date(*patient.birth_date.reveal()),
            nhs_number: display::nhs_number(patient.nhs_number.as_ref()),
            contact: first_phone(patient),
            service: service.map(|service| service.name.clone()).unwrap_or_default(),
            service_phone: service.and_then(|service| service.phone.clone()).unwrap_or_default(),
            slot: slot.map(display::day_and_time).unwrap_or_default(),
            new_booking: String::new(),
            started: String::new(),
            known: String::new(),
            next: String::new(),
            reference: String::new(),
            url: String::new(),
            by_mail: None,
            can_check: false,
            can_send_again: false,
            can_settle: false,
        }
    }

    fn booking(intent: &BookingIntent, now: DateTime<Utc>) -> Self {
        let order = &intent.order;
        let ahead = order.slot.start > now;
        let known = match &intent.result {
            None => "The desk stopped before an answer came. We do not know whether the provider booked this.",
            Some(_) => "The provider’s answer does not settle it. We do not know whether the provider booked this.",
        };
        let next = if ahead {
            "Ask the provider. If that does not settle it, telephone the service, then settle it by hand and tell the patient."
        } else {
            "The time of this slot has passed. Telephone the service to learn what happened, then settle it by hand."
        };
        Self {
            id: intent.id.to_string(),
            encounter_id: order.encounter.to_string(),
            started: format!("{} by {}", display::to_the_second(order.ordered), order.user.name.displayed()),
            known: known.to_owned(),
            next: next.to_owned(),
            reference: order.request.reference(),
            can_check: order.patient.nhs_number.is_some(),
            can_send_again: ahead,
            can_settle: true,
            ..Self::about(UnfinishedKind::Booking, &order.patient, Some(&order.service), Some(order.slot.start))
        }
    }

    fn cancellation(intent: &CancelIntent, now: DateTime<Utc>) -> Self {
        let order = &intent.order;
        let known = match &intent.result {
            None => "The desk stopped before an answer came.",
            Some(_) => "The provider’s answer does not settle it.",
        };
        let held = if order.rebook.is_some() {
            "The patient holds the new booking; we do not know whether the original still stands."
        } else {
            "We do not know whether the patient still holds this booking."
        };
        Self {
            id: intent.id.to_string(),
            encounter_id: order.encounter.to_string(),
            started: format!("{} by {}", display::to_the_second(order.ordered), order.user.name.displayed()),
            known: format!("{known} {held}"),
            next: "Ask the provider. If that does not settle it, telephone the service, then settle it by hand and tell the patient."
                .to_owned(),
            reference: order.request.reference(),
            url: order.shown.url.clone(),
            can_check: true,
            can_send_again: order.start.is_none_or(|start| start > now),
            can_settle: true,
            ..Self::about(UnfinishedKind::Cancellation, &order.patient, order.service.as_ref(), order.start)
        }
    }

    fn delivery(intent: &DeliveryIntent) -> Self {
        let order = &intent.order;
        let (content, copy) = (&order.content, order.endpoint.is_copy());
        let known = match &intent.result {
            Some(DeliveryResult::NotAccepted(failure)) => {
                delivery_problem(Receiver::of(intent), failure, true).what_happened
            }
            Some(DeliveryResult::Unknown(failure)) => {
                delivery_problem(Receiver::of(intent), failure, false).what_happened
            }
            None | Some(DeliveryResult::Accepted(_) | DeliveryResult::SettledByHand { .. }) => {
                let stopped = "The desk stopped before an answer came. We do not know whether";
                let whose =
                    if copy { "the copy for information was received." } else { "the service has the referral." };
                format!("{stopped} {whose}")
            }
        };
        let slot = content.booking.as_ref().map(|linked| linked.slot.start);
        Self {
            id: intent.id.to_string(),
            encounter_id: content.encounter.id.to_string(),
            started: format!("{} by {}", display::to_the_second(order.ordered), content.author.name.displayed()),
            known,
            next: if copy {
                "A copy for information: the service itself acts on its own. Send it again: they see it once. If it stays, settle it by hand."
                    .to_owned()
            } else {
                "Send it again: the service sees it once. If it stays, telephone the service, send it by secure mail, and settle it by hand."
                    .to_owned()
            },
            reference: order.request.reference(),
            url: content.booking.as_ref().map(|linked| linked.url.clone()).unwrap_or_default(),
            can_send_again: true,
            can_settle: true,
            ..Self::about(UnfinishedKind::Referral, &content.encounter.patient, Some(&content.service), slot)
        }
    }

    fn two_bookings(rebook: &RebookRecord, bookings: &[BookingRecord]) -> Self {
        let (view, original) = (RebookView::from(rebook), &rebook.original);
        let new = rebook.state.new_booking().and_then(|new| bookings.iter().find(|it| new.booking == Some(it.id)));
        let new_words = |new: &BookingRecord| {
            format!("{}, {}", display::day_and_time(new.order.slot.start), new.order.service.name)
        };
        Self {
            id: view.id,
            new_booking: new.map_or_else(|| "settled by hand: the service holds it".to_owned(), new_words),
            encounter_id: view.encounter_id,
            started: display::to_the_second(rebook.since),
            known: view.holds,
            next: view.next,
            url: view.original_url,
            ..Self::about(UnfinishedKind::TwoBookings, &original.patient, original.service.as_ref(), original.start)
        }
    }

    fn by_hand(referral: &ReferralRecord) -> Self {
        let view = ReferralView::of_record(referral);
        let kind = if view.to_tell_provider { UnfinishedKind::TellProvider } else { UnfinishedKind::SendByHand };
        let content = &referral.content;
        let slot = content.booking.as_ref().map(|linked| linked.slot.start);
        Self {
            id: view.document_id,
            encounter_id: view.encounter_id,
            started: view.made,
            known: format!("{}.", view.state),
            next: view.to_do,
            by_mail: view.by_mail,
            ..Self::about(kind, &content.encounter.patient, Some(&content.service), slot)
        }
    }

    fn to_inform(intent: &CancelIntent) -> Self {
        let order = &intent.order;
        let by_others = matches!(intent.result, Some(CancelResult::NotCancelled(_)));
        let by = if by_others { "Somebody else cancelled the booking." } else { "The booking is cancelled." };
        Self {
            id: intent.id.to_string(),
            encounter_id: order.encounter.to_string(),
            started: format!("{} by {}", display::to_the_second(order.ordered), order.user.name.displayed()),
            known: format!("{by} Nobody has recorded that the patient was told."),
            next: "Tell the patient, then record how and when. The provider does not tell them.".to_owned(),
            reference: order.request.reference(),
            url: order.shown.url.clone(),
            ..Self::about(UnfinishedKind::InformPatient, &order.patient, order.service.as_ref(), order.start)
        }
    }

    fn found_called_off(booking: &BookingRecord) -> Self {
        let (order, word) = (&booking.order, &booking.word);
        Self {
            id: booking.id.to_string(),
            encounter_id: order.encounter.to_string(),
            started: format!("{}, as the provider said when it was asked", display::to_the_second(word.as_of)),
            known: format!(
                "Somebody else called this booking off: the provider has it as {}. Nobody has recorded that the patient knows.",
                word.held.status.words().to_lowercase()
            ),
            next:
                "Ring the patient: do they know, and do they need another appointment? Then record how they were told."
                    .to_owned(),
            url: word.held.url.clone(),
            ..Self::about(UnfinishedKind::InformPatient, &order.patient, Some(&order.service), Some(order.slot.start))
        }
    }
}

impl From<&Taken> for TakenView {
    fn from(taken: &Taken) -> Self {
        match taken {
            Taken::Booking(outcome) => Self::Booking { result: Box::new(BookingResultView::from(outcome.as_ref())) },
            Taken::Cancellation(outcome) => {
                Self::Cancellation { result: Box::new(CancelResultView::from(outcome.as_ref())) }
            }
            Taken::Delivery(intent) => Self::Referral { delivery: Box::new(DeliveryView::of(intent)) },
        }
    }
}

impl TakenView {
    /// Whether nothing is left to find out.
    #[must_use]
    pub fn settled(taken: &Taken) -> bool {
        match taken {
            Taken::Booking(outcome) => !matches!(outcome.result, BookingResult::Unknown(_)),
            Taken::Cancellation(outcome) => outcome.result.settles(),
            Taken::Delivery(intent) => intent.result.as_ref().is_some_and(DeliveryResult::settles),
        }
    }
}

impl SettleInput {
    /// Whether the other side holds it, and who said so; or what is wrong with the form.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<(bool, String), Problem> {
        let mut form = Form::default();
        let held = match self.provider_holds.as_str() {
            "booked" => Some(true),
            "notBooked" => Some(false),
            _ => None,
        };
        form.check(held.is_some(), "providerHolds", "Choose what the service told you");
        let reason = self.reason.trim();
        form.check(
            reason.chars().count() >= 5,
            "reason",
            "Enter who told you and how, for example “Reception, by telephone”",
        );
        form.finish()?;
        Ok((held.unwrap_or_default(), reason.to_owned()))
    }
}
