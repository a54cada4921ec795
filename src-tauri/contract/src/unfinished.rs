//! Work that did not settle.

use chrono::{DateTime, Utc};
use desk_journeys::ports::BookingIntent;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::display;
use crate::form::Form;
use crate::patient::ContactView;
use crate::problem::Problem;

/// One piece of unfinished work: something left this desk, or was about to, and its result is not known.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedView {
    /// Id of the piece.
    pub id: String,
    /// The encounter.
    pub encounter_id: String,
    /// `Booking`.
    pub what: String,
    /// `SMITH, John (Mr)`.
    pub patient: String,
    /// Date of birth.
    pub born: String,
    /// NHS number or `Not known`.
    pub nhs_number: String,
    /// First phone number of the patient, to call them back.
    pub contact: String,
    /// Name of the service.
    pub service: String,
    /// Phone number of the service; empty where none is given.
    pub service_phone: String,
    /// `Friday 20-Nov-2026 19:20`.
    pub slot: String,
    /// When it was started, and by whom.
    pub started: String,
    /// What is known, in words: `We do not know whether the provider booked this.`
    pub known: String,
    /// What to do next, in words.
    pub next: String,
    /// The short reference for the help desk.
    pub reference: String,
    /// True where the provider can be asked what it holds.
    pub can_check: bool,
    /// True where the request can be sent again under its own id.
    pub can_send_again: bool,
}

/// Settling a piece of unfinished work by hand, after asking the provider by telephone.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettleInput {
    /// The piece.
    pub id: String,
    /// `booked` or `notBooked`, as the provider said; empty where nothing was chosen.
    pub provider_holds: String,
    /// Who said so and how, at least a few words.
    pub reason: String,
}

impl UnfinishedView {
    /// A piece of unfinished work as shown.
    #[must_use]
    pub fn of(intent: &BookingIntent, now: DateTime<Utc>) -> Self {
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
        let contact = order.patient.contacts.first_phone().map(ContactView::from);
        Self {
            id: intent.id.to_string(),
            encounter_id: order.encounter.to_string(),
            what: "Booking".to_owned(),
            patient: order.patient.name.displayed(),
            born: display::date(*order.patient.birth_date.reveal()),
            nhs_number: display::nhs_number(order.patient.nhs_number.as_ref()),
            contact: contact.map(|contact| format!("{} ({})", contact.value, contact.whose)).unwrap_or_default(),
            service: order.service.name.clone(),
            service_phone: order.service.phone.clone().unwrap_or_default(),
            slot: format!("{} {}", display::long_date(order.slot.start), display::time(order.slot.start)),
            started: format!("{} by {}", display::to_the_second(order.ordered), order.user.name.displayed()),
            known: known.to_owned(),
            next: next.to_owned(),
            reference: order.request.reference(),
            can_check: order.patient.nhs_number.is_some(),
            can_send_again: ahead,
        }
    }
}

impl SettleInput {
    /// Whether the provider holds the booking, and who said so; or what is wrong with the form.
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
