//! Finding bookings (RG): in this desk's record, at a provider, in the appointment registry; and what is known of one.

use chrono::NaiveDate;
use desk_domain::audit::AuditAction;
use desk_domain::calendar::start_of_local_day;
use desk_domain::cancel::{Attendance, Whose};
use desk_domain::id::{BookingId, DosServiceId, EncounterId};
use desk_domain::personal::Personal;
use desk_domain::slot::SlotWindow;
use desk_domain::user::Action;

use crate::cancel::BookingShown;
use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{
    Alongside, BookingNote, BookingRecord, BookingsAt, KnownBooking, LookUpFailure, Noted, PatientSearch, RegistryEntry,
};

/// What the registry says of a patient.
#[derive(Debug, Clone)]
pub enum RegistryWord {
    /// No registry is configured: bookings made by other organisations cannot be seen (RG-3).
    NotConfigured,
    /// The registry knows patients by their NHS number, and this one has none.
    NoNhsNumber,
    /// What it knows.
    Knows {
        /// Every appointment that it named.
        entries: Vec<RegistryEntry>,
        /// The URLs of those that were booked in this encounter: nobody has to be warned of them.
        booked_here: Vec<String>,
    },
}

impl Desk {
    /// Bookings of a patient in this desk's record; that they were looked for is recorded (RG-1).
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn bookings_for(
        &self,
        who: &SignedIn,
        patient: &PatientSearch,
    ) -> Result<Vec<BookingRecord>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let found = self.ports.ledger.bookings_for(patient).await?;
        self.record_found(who, None, found.len()).await?;
        Ok(found)
    }

    /// Bookings of a service on a UK local day, as this desk made them, and how many lost their details since (RB-7).
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn bookings_on(
        &self,
        who: &SignedIn,
        service: &DosServiceId,
        day: NaiveDate,
    ) -> Result<BookingsAt, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let until = start_of_local_day(day + chrono::Days::new(1)) - chrono::TimeDelta::milliseconds(1);
        let window = SlotWindow { from: start_of_local_day(day), until };
        let found = self.ports.ledger.bookings_at(service, window).await?;
        self.record_found(who, None, found.bookings.len()).await?;
        Ok(found)
    }

    async fn record_found(
        &self,
        who: &SignedIn,
        encounter: Option<EncounterId>,
        found: usize,
    ) -> Result<(), JourneyError> {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        self.record(who, encounter, AuditAction::BookingsSearchedHere { found }).await
    }

    /// The bookings of an encounter's patient that stand, whoever made them at this desk: those that a new booking may
    /// replace (RB-4). Earliest first.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn held_by_patient(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
    ) -> Result<Vec<BookingRecord>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let patient = self.ports.encounters.load(encounter).await?.patient;
        let search = match &patient.nhs_number {
            Some(number) => PatientSearch::NhsNumber(number.clone()),
            None => PatientSearch::NameAndBirth(patient.name.family.clone(), patient.birth_date.clone()),
        };
        let mut found = self.ports.ledger.bookings_for(&search).await?;
        found.retain(|booking| booking.word.held.status.stands() && booking.order.slot.start > self.now());
        found.sort_by_key(|booking| booking.order.slot.start);
        self.record_found(who, Some(encounter), found.len()).await?;
        Ok(found)
    }

    /// The bookings that a service's provider holds of an encounter's patient within a window, past ones included (RG-1).
    /// Each is held as shown, so that it can be cancelled.
    ///
    /// # Errors
    /// [`JourneyError::LookUpNotOffered`], [`JourneyError::NoNhsNumber`], [`JourneyError::Provider`],
    /// [`JourneyError::Endpoint`], [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn look_up(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        (of, window): (&LookUpAt, SlotWindow),
    ) -> Result<(Vec<BookingShown>, usize), JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let patient = self.ports.encounters.load(encounter).await?.patient;
        let number = patient.nhs_number.clone().ok_or(JourneyError::NoNhsNumber)?;
        let service = match of {
            LookUpAt::Listed(search, id) => self.search(encounter, *search)?.service(id)?.1.clone(),
            LookUpAt::Booked(booking) => self.ports.ledger.booking(*booking).await?.order.service,
        };
        let asking = self.asking_of(who, encounter, Some(service.id.clone()));
        let request = asking.request;
        let provider = self.address(encounter, &service.booking_connection(), request).await?;
        let found = self.ports.provider.bookings_of(&asking, &provider, &number, window).await;
        let what = AuditAction::BookingsLookedUp {
            service: service.id.clone(),
            window,
            found: found.as_ref().ok().map(|found| u32::try_from(found.bookings.len()).unwrap_or(u32::MAX)),
            failure: found.as_ref().err().map(ToString::to_string),
        };
        self.record(who, Some(encounter), what).await?;
        let found = found.map_err(|failure| match failure {
            LookUpFailure::NotOffered => JourneyError::LookUpNotOffered,
            LookUpFailure::Provider(failure) => JourneyError::Provider { failure, request },
        })?;
        let mut shown = Vec::new();
        for appointment in found.bookings {
            let ours = self.ports.ledger.booking_by_url(&appointment.held.url).await?;
            let known = KnownBooking {
                url: appointment.held.url.clone(),
                appointment_id: appointment.held.appointment_id.clone(),
                provider: provider.clone(),
                booking: ours.as_ref().map(|booking| booking.id),
                service: Some(service.clone()),
                start: appointment.start,
                place: ours.and_then(|booking| booking.order.slot.place),
                patient: patient.clone(),
            };
            let whose = match appointment.patient.is(&patient) {
                // The provider was asked for this patient's, and its answer says nothing else.
                Whose::NotSaid => Whose::Theirs,
                whose @ (Whose::Theirs | Whose::SomebodyElses) => whose,
            };
            let rebook = self.open_rebook_with(&known).await?;
            let before = self.as_shown_before(encounter, &known.url, &appointment);
            let one = BookingShown { encounter, known, appointment, whose, read: self.now(), rebook, before };
            self.shown().appointments.insert(one.known.url.clone(), one.clone());
            shown.push(one);
        }
        Ok((shown, found.not_understood))
    }

    /// What the registry knows of an encounter's patient (RG-2); asked in the background once the patient is identified.
    ///
    /// # Errors
    /// [`JourneyError::Provider`] where it gave no answer to use; [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn registry_check(&self, who: &SignedIn, encounter: EncounterId) -> Result<RegistryWord, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let Some(registry) = &self.ports.registry else { return Ok(RegistryWord::NotConfigured) };
        let patient = self.ports.encounters.load(encounter).await?.patient;
        let Some(number) = &patient.nhs_number else { return Ok(RegistryWord::NoNhsNumber) };
        let asking = self.asking_of(who, encounter, None);
        let request = asking.request;
        let known = registry.appointments_of(&asking, number).await;
        let what = AuditAction::RegistryAsked {
            found: known.as_ref().ok().map(|known| u32::try_from(known.len()).unwrap_or(u32::MAX)),
            failure: known.as_ref().err().map(ToString::to_string),
        };
        self.record(who, Some(encounter), what).await?;
        let known = known.map_err(|failure| JourneyError::Provider { failure, request })?;
        self.shown().registry.insert(encounter, known.clone());
        let mut booked_here = Vec::new();
        for entry in &known {
            let ours = self.ports.ledger.booking_by_url(&entry.url).await?;
            if ours.is_some_and(|ours| ours.order.encounter == encounter) {
                booked_here.push(entry.url.clone());
            }
        }
        Ok(RegistryWord::Knows { entries: known, booked_here })
    }

    /// A booking that the registry named, as something to look for at its provider. The system behind its URL is asked
    /// of the Spine directory where this desk has never spoken with it.
    ///
    /// # Errors
    /// [`JourneyError::ShownTooLongAgo`], [`JourneyError::Endpoint`], [`JourneyError::NotPermitted`],
    /// [`JourneyError::Record`].
    pub async fn known_from_registry(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
        url: &str,
    ) -> Result<KnownBooking, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let named = self
            .shown()
            .registry
            .get(&encounter)
            .and_then(|known| known.iter().find(|entry| entry.url == url).cloned());
        let entry = named.ok_or(JourneyError::ShownTooLongAgo)?;
        if let Some(ours) = self.ports.ledger.booking_by_url(url).await? {
            return Ok(self.known_booking(who, ours.id).await?.1);
        }
        let patient = self.ports.encounters.load(encounter).await?.patient;
        let request = self.asking_of(who, encounter, None).request;
        let provider = self.ports.endpoints.system_at(encounter, request, &entry.provider_root).await;
        let provider = provider.map_err(|failure| JourneyError::Endpoint { failure, request })?;
        Ok(KnownBooking {
            url: entry.url,
            appointment_id: entry.appointment_id,
            provider,
            booking: None,
            service: None,
            start: entry.start,
            place: None,
            patient,
        })
    }

    /// What was noted of a booking, oldest first.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn notes_on(&self, who: &SignedIn, url: &str) -> Result<Vec<BookingNote>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        Ok(self.ports.ledger.notes_on(url).await?)
    }

    /// Records whether a patient came, as the desk was told (WORKFLOWS, step 17).
    ///
    /// # Errors
    /// [`JourneyError::ReasonNeeded`] where it is not said who told; [`JourneyError::NotPermitted`],
    /// [`JourneyError::Record`].
    pub async fn record_attendance(
        &self,
        who: &SignedIn,
        id: BookingId,
        attendance: Attendance,
        note: Personal<String>,
    ) -> Result<(), JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        if note.reveal().trim().is_empty() {
            return Err(JourneyError::ReasonNeeded);
        }
        let booking = self.ports.ledger.booking(id).await?;
        let what = AuditAction::AttendanceRecorded {
            booking: id,
            attendance: attendance.words().to_owned(),
            note: note.clone(),
        };
        let event = self.event(Some(who), Some(booking.order.encounter), what);
        let note = self.note_of(who, &booking.word.held.url, Noted::Attendance { attendance, note });
        Ok(self.ports.ledger.note(Alongside { note: Some(note), events: vec![event], ..Alongside::default() }).await?)
    }
}

/// At whose provider a patient's bookings are looked up.
#[derive(Debug, Clone)]
pub enum LookUpAt {
    /// Of a service that a search listed.
    Listed(desk_domain::id::SearchId, DosServiceId),
    /// Of a booking in this desk's record.
    Booked(BookingId),
}
