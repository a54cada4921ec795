//! The ledger: intents before anything leaves, results after; bookings, rebookings and referrals, and what became of them.

use std::collections::HashSet;

use async_trait::async_trait;
use desk_domain::booking::{AppointmentStatus, BookingResult, ProviderWord};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{BookingId, DocumentId, DosServiceId, EncounterId, IntentId, RebookId};
use desk_domain::slot::SlotWindow;
use desk_journeys::ports::{
    Alongside, BookingNote, BookingRecord, BookingsAt, CancelIntent, Intent, IntentOf, Ledger, Noted, PatientSearch,
    RebookRecord, ReferralMark, ReferralMarked, ReferralRecord, Settlement,
};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};
use serde::de::DeserializeOwned;

use crate::audit::append;
use crate::error::StoreError;
use crate::open::Store;
use crate::retention::{removal, still_there};
use crate::{FORMAT, instant};

const BOOKINGS: &str = "SELECT booking.id, booking.intent, intent.wanted,
        (SELECT word FROM booking_word WHERE booking_word.booking = booking.id ORDER BY number DESC LIMIT 1),
        encounter.removed, encounter.removed_after
     FROM booking JOIN intent ON intent.id = booking.intent JOIN encounter ON encounter.id = intent.encounter";

/// Each intent with its last result.
const INTENTS: &str = "SELECT intent.id, intent.kind, intent.wanted, intent.content, last.result, last.at,
        encounter.removed, encounter.removed_after
     FROM intent JOIN encounter ON encounter.id = intent.encounter LEFT JOIN intent_result AS last
       ON last.number = (SELECT max(number) FROM intent_result WHERE intent_result.intent = intent.id)";

/// Each rebooking at its last step.
const REBOOKS: &str = "SELECT record FROM rebook_step AS step
     WHERE number = (SELECT max(number) FROM rebook_step WHERE rebook_step.rebook = step.rebook)";

#[async_trait]
impl Ledger for Store {
    async fn begin(&self, intents: &[Intent], alongside: Alongside) -> Result<(), RecordFailure> {
        let rows = intents.iter().map(IntentRow::from_intent).collect::<Result<Vec<_>, _>>()?;
        self.write(move |transaction| {
            for row in &rows {
                row.insert(transaction)?;
            }
            write_alongside(transaction, &alongside)
        })
        .await
    }

    async fn finish(&self, intent: IntentId, result: &Settlement, alongside: Alongside) -> Result<(), RecordFailure> {
        let result = result.clone();
        self.write(move |transaction| {
            if is_settled(transaction, intent)? {
                return Err(StoreError::AlreadySettled);
            }
            let (settles, text) = match &result {
                Settlement::Booking(result) => (settles(result), serde_json::to_string(result)?),
                Settlement::Cancellation(result) => (result.settles(), serde_json::to_string(result)?),
                Settlement::Delivery(result) => (result.settles(), serde_json::to_string(result)?),
            };
            let at = alongside.events.first().map_or_else(|| instant(chrono::DateTime::UNIX_EPOCH), |e| instant(e.at));
            transaction.execute(
                "INSERT INTO intent_result (intent, at, settled, format, result) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![intent.to_string(), at, settles, FORMAT, text],
            )?;
            write_alongside(transaction, &alongside)
        })
        .await
    }

    async fn note(&self, alongside: Alongside) -> Result<(), RecordFailure> {
        self.write(move |transaction| write_alongside(transaction, &alongside)).await
    }

    async fn intent(&self, id: IntentId) -> Result<Intent, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{INTENTS} WHERE intent.id = ?1");
            connection.prepare_cached(&sql)?.query_row([id.to_string()], IntentRow::of)?.read()
        })
        .await
    }

    async fn unfinished(&self) -> Result<Vec<Intent>, RecordFailure> {
        self.read(|connection| {
            // Looked up by what is settled, so that it costs what is unfinished, not all that ever was.
            let sql = format!(
                "{INTENTS} WHERE NOT EXISTS
                     (SELECT 1 FROM intent_result WHERE intent_result.intent = intent.id AND settled = 1)
                 ORDER BY intent.ordered"
            );
            intents(connection, &sql, [])
        })
        .await
    }

    async fn intents_in(&self, encounter: EncounterId) -> Result<Vec<Intent>, RecordFailure> {
        self.read(move |connection| {
            let sql = format!("{INTENTS} WHERE intent.encounter = ?1 ORDER BY intent.ordered DESC");
            intents(connection, &sql, [encounter.to_string()])
        })
        .await
    }

    async fn rebook(&self, id: RebookId) -> Result<RebookRecord, RecordFailure> {
        self.read(move |connection| {
            let encounter = "SELECT encounter FROM rebook_step WHERE rebook = ?1 LIMIT 1";
            still_there(connection, encounter, &id.to_string())?;
            let sql = format!("{REBOOKS} AND rebook = ?1");
            texts(connection, &sql, [id.to_string()])?.pop().ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn open_rebooks(&self) -> Result<Vec<RebookRecord>, RecordFailure> {
        self.read(|connection| {
            texts(connection, &format!("{REBOOKS} AND settled = 0 AND record <> '{{}}' ORDER BY number"), [])
        })
        .await
    }

    async fn rebooks_in(&self, encounter: EncounterId) -> Result<Vec<RebookRecord>, RecordFailure> {
        self.read(move |connection| {
            still_there(connection, "SELECT ?1", &encounter.to_string())?;
            let sql = format!("{REBOOKS} AND encounter = ?1 ORDER BY number DESC");
            texts(connection, &sql, [encounter.to_string()])
        })
        .await
    }

    async fn referral(&self, document: DocumentId) -> Result<ReferralRecord, RecordFailure> {
        self.read(move |connection| {
            still_there(connection, "SELECT encounter FROM referral WHERE document = ?1", &document.to_string())?;
            let sql = "SELECT referral FROM referral WHERE document = ?1";
            referrals(connection, sql, [document.to_string()])?.pop().ok_or(StoreError::NotFound)
        })
        .await
    }

    async fn referrals_in(&self, encounter: EncounterId) -> Result<Vec<ReferralRecord>, RecordFailure> {
        self.read(move |connection| {
            still_there(connection, "SELECT ?1", &encounter.to_string())?;
            let sql = "SELECT referral FROM referral WHERE encounter = ?1 ORDER BY made DESC, rowid DESC";
            referrals(connection, sql, [encounter.to_string()])
        })
        .await
    }

    async fn referrals_to_do(&self) -> Result<Vec<ReferralRecord>, RecordFailure> {
        self.read(|connection| {
            let sql =
                "SELECT referral FROM referral WHERE document IN (SELECT document FROM referral_to_do) ORDER BY made";
            referrals(connection, sql, [])
        })
        .await
    }

    async fn referral_of(&self, booking: BookingId) -> Result<Option<ReferralRecord>, RecordFailure> {
        self.read(move |connection| {
            let encounter = "SELECT encounter FROM referral WHERE booking = ?1 ORDER BY made DESC, rowid DESC LIMIT 1";
            still_there(connection, encounter, &booking.to_string())?;
            let sql = "SELECT referral FROM referral WHERE booking = ?1 ORDER BY made DESC, rowid DESC LIMIT 1";
            Ok(referrals(connection, sql, [booking.to_string()])?.pop())
        })
        .await
    }

    async fn notes_on(&self, url: &str) -> Result<Vec<BookingNote>, RecordFailure> {
        let url = url.to_owned();
        self.read(move |connection| {
            let there = "SELECT note FROM booking_note WHERE url = ?1 AND note <> '{}' ORDER BY number";
            texts(connection, there, [url])
        })
        .await
    }

    async fn patients_to_inform(&self) -> Result<Vec<CancelIntent>, RecordFailure> {
        self.read(|connection| {
            let sql =
                format!("{INTENTS} WHERE intent.id IN (SELECT intent FROM patient_to_inform) ORDER BY intent.ordered");
            let all: Vec<Intent> = intents(connection, &sql, [])?;
            Ok(all
                .into_iter()
                .filter_map(|intent| match intent {
                    Intent::Cancellation(intent) => Some(*intent),
                    Intent::Booking(_) | Intent::Delivery(_) => None,
                })
                .collect())
        })
        .await
    }

    async fn found_called_off(&self) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.read(|connection| {
            let sql = format!(
                "{BOOKINGS} WHERE booking.id IN (SELECT booking FROM booking_called_off) ORDER BY booking.starts"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([], BookingRow::of)?;
            rows.map(|row| row?.read()).collect()
        })
        .await
    }

    async fn booking(&self, id: BookingId) -> Result<BookingRecord, RecordFailure> {
        self.one_booking("WHERE booking.id = ?1", id.to_string()).await
    }

    async fn booking_of(&self, intent: IntentId) -> Result<BookingRecord, RecordFailure> {
        self.one_booking("WHERE booking.intent = ?1", intent.to_string()).await
    }

    async fn bookings_in(&self, encounter: EncounterId) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.bookings("WHERE booking.encounter = ?1 ORDER BY booking.booked DESC", [encounter.to_string()]).await
    }

    async fn booked_among(&self, encounters: &[EncounterId]) -> Result<HashSet<EncounterId>, RecordFailure> {
        let encounters = encounters.to_owned();
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM booking WHERE encounter = ?1)")?;
            let mut booked = HashSet::new();
            for encounter in encounters {
                if statement.query_row([encounter.to_string()], |row| row.get(0))? {
                    booked.insert(encounter);
                }
            }
            Ok(booked)
        })
        .await
    }

    async fn recent_bookings(&self, most: u32) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.bookings("WHERE encounter.removed IS NULL ORDER BY booking.booked DESC LIMIT ?1", [most]).await
    }

    async fn bookings_for(&self, patient: &PatientSearch) -> Result<Vec<BookingRecord>, RecordFailure> {
        match patient {
            PatientSearch::NhsNumber(number) => {
                const BY_NUMBER: &str = "WHERE booking.encounter IN (SELECT id FROM encounter WHERE nhs_number = ?1)
                     ORDER BY booking.starts DESC";
                self.bookings(BY_NUMBER, [number.digits().to_owned()]).await
            }
            PatientSearch::NameAndBirth(family, born) => {
                const BY_NAME: &str = "WHERE booking.encounter IN
                     (SELECT id FROM encounter WHERE family_name = ?1 AND birth_date = ?2)
                     ORDER BY booking.starts DESC";
                let (family, born) = (family.reveal().trim().to_uppercase(), born.reveal().to_string());
                self.bookings(BY_NAME, [family, born]).await
            }
        }
    }

    async fn bookings_at(&self, service: &DosServiceId, window: SlotWindow) -> Result<BookingsAt, RecordFailure> {
        let wanted = [service.to_string(), instant(window.from), instant(window.until)];
        self.read(move |connection| bookings_at(connection, &wanted)).await
    }

    async fn booking_by_url(&self, url: &str) -> Result<Option<BookingRecord>, RecordFailure> {
        let found = self
            .bookings(
                "WHERE booking.url = ?1 AND encounter.removed IS NULL ORDER BY booking.booked DESC LIMIT 1",
                [url.to_owned()],
            )
            .await;
        Ok(found?.pop())
    }
}

impl Store {
    async fn one_booking(&self, condition: &'static str, id: String) -> Result<BookingRecord, RecordFailure> {
        self.bookings(condition, [id]).await?.pop().ok_or(RecordFailure::NotFound)
    }

    async fn bookings(
        &self,
        condition: &'static str,
        wanted: impl Params + Send + 'static,
    ) -> Result<Vec<BookingRecord>, RecordFailure> {
        self.read(move |connection| bookings(connection, condition, wanted)).await
    }
}

fn bookings(connection: &Connection, condition: &str, wanted: impl Params) -> Result<Vec<BookingRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{BOOKINGS} {condition}"))?;
    let rows = statement.query_map(wanted, BookingRow::of)?;
    rows.map(|row| row?.read()).collect()
}

/// Those of a service from one instant to another. Only where none is left that could be shown does one that was removed
/// say so for all.
fn bookings_at(connection: &Connection, wanted: &[String; 3]) -> Result<BookingsAt, StoreError> {
    let there = "WHERE booking.service = ?1 AND booking.starts BETWEEN ?2 AND ?3 AND encounter.removed IS NULL
         ORDER BY booking.starts";
    let bookings = bookings(connection, there, wanted.each_ref())?;
    let mut emptied = connection.prepare_cached(
        "SELECT encounter.removed, encounter.removed_after FROM booking JOIN encounter ON encounter.id = booking.encounter
         WHERE booking.service = ?1 AND booking.starts BETWEEN ?2 AND ?3 AND encounter.removed IS NOT NULL
         ORDER BY encounter.removed DESC",
    )?;
    let removals = emptied.query_map(wanted.each_ref(), |row| removal(row, 0, 1))?.collect::<Result<Vec<_>, _>>()?;
    match removals.first() {
        Some(Some(told)) if bookings.is_empty() => Err(told.clone()),
        Some(_) | None => Ok(BookingsAt { bookings, removed: removals.len() }),
    }
}

fn intents(connection: &Connection, sql: &str, wanted: impl Params) -> Result<Vec<Intent>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(wanted, IntentRow::of)?;
    rows.map(|row| row?.read()).collect()
}

/// What a column of JSON holds, row by row.
fn texts<T: DeserializeOwned>(connection: &Connection, sql: &str, wanted: impl Params) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(wanted, |row| row.get::<_, String>(0))?;
    rows.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
}

fn referrals(connection: &Connection, sql: &str, wanted: impl Params) -> Result<Vec<ReferralRecord>, StoreError> {
    let mut found: Vec<ReferralRecord> = texts(connection, sql, wanted)?;
    for referral in &mut found {
        let of = "SELECT mark FROM referral_mark WHERE document = ?1 ORDER BY number";
        referral.marks = texts(connection, of, [referral.content.document.to_string()])?;
    }
    Ok(found)
}

fn write_alongside(transaction: &Transaction<'_>, alongside: &Alongside) -> Result<(), StoreError> {
    if let Some(booking) = &alongside.booking {
        insert_booking(transaction, booking)?;
    }
    if let Some((booking, word)) = &alongside.word {
        insert_word(transaction, *booking, word)?;
    }
    if let Some(rebook) = &alongside.rebook {
        insert_rebook_step(transaction, rebook)?;
    }
    if let Some(referral) = &alongside.referral {
        insert_referral(transaction, referral)?;
    }
    if let Some((document, mark)) = &alongside.mark {
        insert_mark(transaction, *document, mark)?;
    }
    if let Some(note) = &alongside.note {
        let encounter = alongside.events.first().and_then(|event| event.encounter);
        insert_note(transaction, note, encounter)?;
    }
    alongside.events.iter().try_for_each(|event| append(transaction, event))
}

fn insert_rebook_step(transaction: &Transaction<'_>, rebook: &RebookRecord) -> Result<(), StoreError> {
    let (last, settled): (u32, bool) = transaction
        .prepare_cached("SELECT coalesce(max(step), 0), coalesce(max(settled), 0) FROM rebook_step WHERE rebook = ?1")?
        .query_row([rebook.id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if settled || rebook.step != last + 1 {
        // Another desk took this step.
        return Err(StoreError::AlreadySettled);
    }
    if rebook.step == 1 {
        // One booking is replaced by one rebooking at a time, whichever desk it comes from.
        let sql = format!("{REBOOKS} AND settled = 0 AND record ->> '$.original.url' = ?1");
        let open: Vec<RebookRecord> = texts(transaction, &sql, [&rebook.original.url])?;
        let gone = match rebook.original.booking {
            Some(booking) => {
                any_status(transaction, "booking.id", booking.to_string(), AppointmentStatus::is_called_off)?
            }
            None => false,
        };
        if !open.is_empty() || gone {
            return Err(StoreError::AlreadySettled);
        }
    }
    transaction.execute(
        "INSERT INTO rebook_step (rebook, encounter, step, at, settled, format, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            rebook.id.to_string(),
            rebook.encounter.to_string(),
            rebook.step,
            instant(rebook.since),
            rebook.state.is_settled(),
            FORMAT,
            serde_json::to_string(rebook)?
        ],
    )?;
    Ok(())
}

fn insert_referral(transaction: &Transaction<'_>, referral: &ReferralRecord) -> Result<(), StoreError> {
    if let Some(linked) = &referral.content.booking
        && !may_be_linked(transaction, linked.booking)?
    {
        return Err(StoreError::AlreadySettled);
    }
    let by_hand = referral.route.way.is_by_hand();
    transaction.execute(
        "INSERT INTO referral (document, encounter, service, booking, by_hand, needs_booking, made, format, referral)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            referral.content.document.to_string(),
            referral.content.encounter.id.to_string(),
            referral.content.service.id.as_str(),
            referral.content.booking.as_ref().map(|linked| linked.booking.to_string()),
            by_hand,
            referral.permit.booking_required(),
            instant(referral.content.made),
            FORMAT,
            serde_json::to_string(referral)?
        ],
    )?;
    Ok(())
}

/// Whether a booking stands, and no desk is cancelling it at this moment: what is linked with it otherwise would never be
/// decoupled (CA-5).
fn may_be_linked(transaction: &Transaction<'_>, booking: BookingId) -> Result<bool, StoreError> {
    let going: bool = transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM intent WHERE kind = 'cancellation' AND wanted ->> '$.booking' = ?1
                 AND NOT EXISTS (SELECT 1 FROM intent_result WHERE intent_result.intent = intent.id AND settled = 1))",
        )?
        .query_row([booking.to_string()], |row| row.get(0))?;
    Ok(!going && any_status(transaction, "booking.id", booking.to_string(), AppointmentStatus::stands)?)
}

/// Whether the last word of a provider fits, of any of the bookings with this in a column.
fn any_status(
    transaction: &Transaction<'_>,
    column: &str,
    wanted: String,
    fits: impl Fn(&AppointmentStatus) -> bool,
) -> Result<bool, StoreError> {
    let mut statement = transaction.prepare_cached(&format!("{BOOKINGS} WHERE {column} = ?1"))?;
    let rows = statement.query_map([wanted], BookingRow::of)?;
    let all = rows.map(|row| row?.read()).collect::<Result<Vec<_>, _>>()?;
    Ok(all.iter().any(|booking| fits(&booking.word.held.status)))
}

fn insert_mark(transaction: &Transaction<'_>, document: DocumentId, mark: &ReferralMark) -> Result<(), StoreError> {
    let kind = match &mark.what {
        ReferralMarked::SentByHand { .. } => "sentByHand",
        ReferralMarked::Decoupled { .. } => "decoupled",
        ReferralMarked::ProviderTold { .. } => "providerTold",
    };
    transaction.execute(
        "INSERT INTO referral_mark (document, kind, at, format, mark) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![document.to_string(), kind, instant(mark.at), FORMAT, serde_json::to_string(mark)?],
    )?;
    Ok(())
}

/// Writes a note, of the encounter in which it was made.
fn insert_note(
    transaction: &Transaction<'_>,
    note: &BookingNote,
    encounter: Option<EncounterId>,
) -> Result<(), StoreError> {
    let kind = match &note.what {
        Noted::PatientInformed { .. } => "patientInformed",
        Noted::Attendance { .. } => "attendance",
    };
    transaction.execute(
        "INSERT INTO booking_note (url, kind, at, format, note, encounter) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            note.url,
            kind,
            instant(note.at),
            FORMAT,
            serde_json::to_string(note)?,
            encounter.map(|id| id.to_string())
        ],
    )?;
    Ok(())
}

/// Whether nothing is left to find out after this result.
const fn settles(result: &BookingResult) -> bool {
    match result {
        BookingResult::Confirmed(_) | BookingResult::NotBooked(_) | BookingResult::SettledByHand(_) => true,
        BookingResult::Unknown(_) => false,
    }
}

fn is_settled(connection: &Connection, intent: IntentId) -> Result<bool, StoreError> {
    let settled: Option<bool> = connection
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM intent_result WHERE intent_result.intent = intent.id AND settled = 1)
             FROM intent WHERE id = ?1",
            [intent.to_string()],
            |row| row.get(0),
        )
        .optional()?;
    settled.ok_or(StoreError::NotFound)
}

fn insert_booking(transaction: &Transaction<'_>, booking: &BookingRecord) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO booking (id, intent, encounter, booked, service, starts, url) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            booking.id.to_string(),
            booking.intent.to_string(),
            booking.order.encounter.to_string(),
            instant(booking.word.as_of),
            booking.order.service.id.as_str(),
            instant(booking.order.slot.start),
            booking.word.held.url
        ],
    )?;
    insert_word(transaction, booking.id, &booking.word)
}

/// Writes what a provider said, unless it has said something later already.
fn insert_word(transaction: &Transaction<'_>, booking: BookingId, word: &ProviderWord) -> Result<(), StoreError> {
    let later: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM booking_word WHERE booking = ?1 AND as_of > ?2)")?
        .query_row(params![booking.to_string(), instant(word.as_of)], |row| row.get(0))?;
    if later {
        return Ok(());
    }
    transaction.execute(
        "INSERT INTO booking_word (booking, as_of, format, word) VALUES (?1, ?2, ?3, ?4)",
        params![booking.to_string(), instant(word.as_of), FORMAT, serde_json::to_string(word)?],
    )?;
    Ok(())
}

struct IntentRow {
    id: String,
    kind: String,
    request: String,
    encounter: String,
    ordered: String,
    wanted: String,
    content: String,
    result: Option<String>,
    at: Option<String>,
    in_rebook: bool,
    removed: Option<StoreError>,
}

const BOOKING: &str = "booking";
const CANCELLATION: &str = "cancellation";
const DELIVERY: &str = "delivery";

impl IntentRow {
    /// The row of an intent that has no result yet.
    fn from_intent(intent: &Intent) -> Result<Self, StoreError> {
        let (kind, request, ordered, wanted, content) = match intent {
            Intent::Booking(it) => {
                (BOOKING, it.order.request, it.order.ordered, serde_json::to_string(&it.order)?, &it.content)
            }
            Intent::Cancellation(it) => {
                (CANCELLATION, it.order.request, it.order.ordered, serde_json::to_string(&it.order)?, &it.content)
            }
            Intent::Delivery(it) => {
                (DELIVERY, it.order.request, it.order.ordered, serde_json::to_string(&it.order)?, &it.content)
            }
        };
        Ok(Self {
            id: intent.id().to_string(),
            kind: kind.to_owned(),
            request: request.to_string(),
            encounter: intent.encounter().to_string(),
            ordered: instant(ordered),
            wanted,
            content: content.clone(),
            result: None,
            at: None,
            in_rebook: matches!(intent, Intent::Booking(it) if it.order.rebook.is_some()),
            removed: None,
        })
    }

    /// Writes it. One order at a time is out for an encounter's bookings, whichever desk it comes from, and none where
    /// another desk's has been confirmed meanwhile.
    fn insert(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        if self.kind == BOOKING {
            let out: bool = transaction
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM intent WHERE encounter = ?1 AND kind = 'booking' AND NOT EXISTS
                         (SELECT 1 FROM intent_result WHERE intent_result.intent = intent.id AND settled = 1))",
                )?
                .query_row([&self.encounter], |row| row.get(0))?;
            // What a rebooking books beside its original is kept apart by the rebooking's own steps.
            let booked =
                || any_status(transaction, "booking.encounter", self.encounter.clone(), AppointmentStatus::stands);
            if out || (!self.in_rebook && booked()?) {
                return Err(StoreError::AlreadySettled);
            }
        }
        transaction.execute(
            "INSERT INTO intent (id, request, encounter, ordered, format, kind, wanted, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![self.id, self.request, self.encounter, self.ordered, FORMAT, self.kind, self.wanted, self.content],
        )?;
        Ok(())
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            wanted: row.get(2)?,
            content: row.get(3)?,
            result: row.get(4)?,
            at: row.get(5)?,
            request: String::new(),
            encounter: String::new(),
            ordered: String::new(),
            in_rebook: false,
            removed: removal(row, 6, 7)?,
        })
    }

    fn read(self) -> Result<Intent, StoreError> {
        if let Some(removed) = &self.removed {
            return Err(removed.clone());
        }
        match self.kind.as_str() {
            BOOKING => Ok(Intent::Booking(Box::new(self.read_as()?))),
            CANCELLATION => Ok(Intent::Cancellation(Box::new(self.read_as()?))),
            DELIVERY => Ok(Intent::Delivery(Box::new(self.read_as()?))),
            _ => Err(StoreError::Unreadable),
        }
    }

    fn read_as<O: DeserializeOwned, R: DeserializeOwned>(self) -> Result<IntentOf<O, R>, StoreError> {
        Ok(IntentOf {
            id: self.id.parse().map_err(|_| StoreError::Unreadable)?,
            order: serde_json::from_str(&self.wanted)?,
            content: self.content,
            result: self.result.map(|text| serde_json::from_str(&text)).transpose()?,
            result_at: self.at.map(|text| text.parse()).transpose().map_err(|_| StoreError::Unreadable)?,
        })
    }
}

struct BookingRow {
    id: String,
    intent: String,
    order: String,
    word: String,
    removed: Option<StoreError>,
}

impl BookingRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let removed = removal(row, 4, 5)?;
        Ok(Self { id: row.get(0)?, intent: row.get(1)?, order: row.get(2)?, word: row.get(3)?, removed })
    }

    fn read(self) -> Result<BookingRecord, StoreError> {
        if let Some(removed) = &self.removed {
            return Err(removed.clone());
        }
        Ok(BookingRecord {
            id: self.id.parse().map_err(|_| StoreError::Unreadable)?,
            intent: self.intent.parse().map_err(|_| StoreError::Unreadable)?,
            order: serde_json::from_str(&self.order)?,
            word: serde_json::from_str(&self.word)?,
        })
    }
}
