//! Looking at bookings.

use desk_domain::audit::AuditAction;
use desk_domain::booking::ProviderWord;
use desk_domain::id::{BookingId, EncounterId};
use desk_domain::user::Action;

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::{Alongside, BookingRecord};

/// How many bookings the list of the newest shows.
const MOST_RECENT: u32 = 100;

impl Desk {
    /// The newest bookings of the desk; that they were listed is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn recent_bookings(&self, who: &SignedIn) -> Result<Vec<BookingRecord>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        self.record(who, None, AuditAction::BookingsListed).await?;
        Ok(self.ports.ledger.recent_bookings(MOST_RECENT).await?)
    }

    /// Bookings of an encounter, newest first; that they were listed is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn bookings_in(
        &self,
        who: &SignedIn,
        encounter: EncounterId,
    ) -> Result<Vec<BookingRecord>, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        self.record(who, Some(encounter), AuditAction::BookingsListed).await?;
        Ok(self.ports.ledger.bookings_in(encounter).await?)
    }

    /// One booking; that it was opened is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`].
    pub async fn booking(&self, who: &SignedIn, id: BookingId) -> Result<BookingRecord, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let booking = self.ports.ledger.booking(id).await?;
        self.record(who, Some(booking.order.encounter), AuditAction::BookingOpened { booking: id }).await?;
        Ok(booking)
    }

    /// Asks the provider how a booking stands now, and keeps its word with its time; that it was asked is recorded.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`], [`JourneyError::Record`]; [`JourneyError::Provider`] where it gave no answer to use,
    /// and what it said last stands.
    pub async fn ask_how_it_stands(&self, who: &SignedIn, id: BookingId) -> Result<BookingRecord, JourneyError> {
        self.require(who, Action::SeeBookings).await?;
        let booking = self.ports.ledger.booking(id).await?;
        let asking = self.asking(who, &booking.order);
        let request = asking.request;
        let asked = self.now();
        let read = self.ports.provider.read(&asking, &booking.order.provider, &booking.word.held.appointment_id).await;
        let what = AuditAction::BookingAsked {
            booking: id,
            request,
            status: read.as_ref().ok().map(|held| held.status.clone()),
            failure: read.as_ref().err().map(ToString::to_string),
        };
        self.record(who, Some(booking.order.encounter), what).await?;
        let held = read.map_err(|failure| crate::cancel::not_read(failure, request))?;
        let said = (booking.word.held.url.as_str(), Some(id), (&held, asked));
        let alongside =
            self.with_what_follows_from_a_word(who, booking.order.encounter, said, Alongside::default()).await?;
        self.ports.ledger.note(alongside).await?;
        let word = ProviderWord { held, as_of: asked };
        Ok(BookingRecord { word, ..booking })
    }
}
