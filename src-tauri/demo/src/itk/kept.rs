//! What the receiver keeps: each document once for each service, and how it is linked with the bookings that the
//! providers hold, asked of their diaries whenever somebody looks.

use std::path::PathBuf;
use std::sync::Mutex;
use std::{fs, io};

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::{Value, json};

use super::answer::{Code, Refusal, refuse};
use super::envelope::Message;
use crate::diary::instant;
use crate::world::{World, lock};

/// The receiver: its address, and what it has taken.
#[derive(Default)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    kept: Mutex<Vec<Kept>>,
    /// Where every message is left as it came.
    left: Option<PathBuf>,
}

struct Kept {
    message: Message,
    at: DateTime<Utc>,
}

impl Receiver {
    pub(crate) fn new(url: String, left: Option<PathBuf>) -> io::Result<Self> {
        left.iter().try_for_each(fs::create_dir_all)?;
        Ok(Self { url, left, ..Self::default() })
    }

    /// Leaves a message as it came, whatever becomes of it, where that was asked for.
    pub(super) fn leave(&self, message: &[u8]) -> io::Result<()> {
        self.left.as_ref().map_or(Ok(()), |folder| fs::write(folder.join(format!("{}.xml", crate::new_id())), message))
    }

    /// Keeps nothing any more.
    pub(crate) fn clear(&self) {
        lock(&self.kept).clear();
    }

    /// The documents in the order in which they came, for whoever asks the fake.
    pub(crate) fn documents(&self, world: &World) -> Value {
        let kept = lock(&self.kept);
        let bookings = bookings(world);
        Value::Array(kept.iter().map(|kept| kept.shown(&bookings)).collect())
    }
}

/// A booking as its provider holds it now.
struct Booking {
    url: String,
    status: String,
    service: Option<String>,
    documents: Vec<String>,
}

impl Booking {
    fn names(&self, document: &str) -> bool {
        self.documents.iter().any(|named| named.eq_ignore_ascii_case(document))
    }

    fn is_at(&self, url: &str) -> bool {
        let same = |text: &str| Url::parse(text).ok();
        same(&self.url).is_some_and(|own| same(url) == Some(own))
    }
}

fn bookings(world: &World) -> Vec<Booking> {
    let mut all = Vec::new();
    for (root, diary) in world.called.iter().zip(&world.diaries) {
        let diary = lock(diary);
        for newest in diary.bookings.values().filter_map(|versions| versions.last()) {
            let contained = newest.body["contained"].as_array().into_iter().flatten();
            let documents = contained.filter(|resource| resource["resourceType"] == "DocumentReference");
            let identifiers = documents.flat_map(|document| document["identifier"].as_array().into_iter().flatten());
            let schedule = diary.slots.get(&newest.slot).and_then(|slot| diary.schedules.get(&slot.schedule));
            all.push(Booking {
                url: format!("{root}/Appointment/{}", newest.id),
                status: newest.body["status"].as_str().unwrap_or_default().to_owned(),
                service: schedule.map(|schedule| schedule.service.clone()),
                documents: identifiers.filter_map(|id| id["value"].as_str()).map(str::to_owned).collect(),
            });
        }
    }
    all
}

impl Kept {
    fn is(&self, document: &str) -> bool {
        self.message.document.id.eq_ignore_ascii_case(document)
    }

    fn shown(&self, bookings: &[Booking]) -> Value {
        let (message, document) = (&self.message, &self.message.document);
        let named_by = bookings.iter().filter(|booking| booking.names(&document.id));
        let referred = document.booking.as_ref().and_then(|url| bookings.iter().find(|booking| booking.is_at(url)));
        let linked = referred.filter(|booking| booking.names(&document.id));
        json!({
            "service": message.service,
            "organisation": message.organisation,
            "document": document.id,
            "title": document.title,
            "tracking": message.tracking,
            "interaction": message.interaction,
            "received_at": instant(self.at),
            "replaces": document.replaces,
            "booking": document.booking,
            "booking_status": referred.map(|booking| &booking.status),
            "booking_service": referred.and_then(|booking| booking.service.as_ref()),
            "named_by": named_by.map(|booking| &booking.url).collect::<Vec<_>>(),
            "linked_both_ways": linked.is_some(),
            // CA-5: a referral whose booking is gone never stands as one in its own right.
            "decoupled": linked.is_some_and(|booking| ["cancelled", "entered-in-error"].contains(&booking.status.as_str())),
            "text": document.text,
        })
    }
}

/// Keeps a message that is in order: once, however often it comes.
pub(super) fn keep(world: &World, message: Message) -> Result<(), Refusal> {
    let mut kept = lock(&world.itk.kept);
    let document = &message.document;
    let never = |at: &str, said: &str| Err(refuse(Code::Never, at, said));
    let mut held = false;
    for earlier in kept.iter() {
        let same = earlier.is(&document.id);
        if same && earlier.message.document.root != document.root {
            return never("ClinicalDocument/id", "another document was received under this id");
        }
        let same_message = same
            && (&earlier.message.service, earlier.message.organisation) == (&message.service, message.organisation)
            && earlier.message.interaction == message.interaction;
        if earlier.message.tracking == message.tracking && !same_message {
            return never("header/@trackingid", "another message was received under this tracking id");
        }
        held |= same_message;
    }
    if held {
        return Ok(());
    }
    let bookings = bookings(world);
    let linked = |id: &str| {
        let refers = |earlier: &Kept| earlier.is(id) && earlier.message.document.booking.is_some();
        kept.iter().any(refers) || bookings.iter().any(|booking| booking.names(id))
    };
    // Another document of the same set is another version of it, whether or not it says what it replaces.
    let of_set = kept.iter().map(|earlier| &earlier.message.document);
    let of_set = of_set.filter(|earlier| earlier.set == document.set && !earlier.id.eq_ignore_ascii_case(&document.id));
    if of_set.map(|earlier| &earlier.id).chain(&document.replaces).any(|id| linked(id)) {
        let said = "a document that is linked to a booking is never replaced";
        return never("ClinicalDocument/relatedDocument", said);
    }
    kept.push(Kept { message, at: crate::now() });
    Ok(())
}
