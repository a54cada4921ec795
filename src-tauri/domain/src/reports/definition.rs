//! The reports in words. What stands here is shown on the screen and written into each export.

use serde::{Deserialize, Serialize};

/// A report of the standard (RP-01 to RP-14).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[expect(missing_docs, reason = "StandardReport::title and StandardReport::definition say it")]
pub enum StandardReport {
    #[serde(rename = "RP-01")]
    #[strum(serialize = "RP-01")]
    BookingsAgainstReferrals,
    #[serde(rename = "RP-02")]
    #[strum(serialize = "RP-02")]
    ReferredWithoutSlots,
    #[serde(rename = "RP-03")]
    #[strum(serialize = "RP-03")]
    ReferredAlthoughSlots,
    #[serde(rename = "RP-04")]
    #[strum(serialize = "RP-04")]
    SlotsGone,
    #[serde(rename = "RP-05")]
    #[strum(serialize = "RP-05")]
    TopServicePassedOver,
    #[serde(rename = "RP-06")]
    #[strum(serialize = "RP-06")]
    Errors,
    #[serde(rename = "RP-07")]
    #[strum(serialize = "RP-07")]
    CancelledWithin,
    #[serde(rename = "RP-08")]
    #[strum(serialize = "RP-08")]
    Rebooked,
    #[serde(rename = "RP-09")]
    #[strum(serialize = "RP-09")]
    CancelledAfter,
    #[serde(rename = "RP-10")]
    #[strum(serialize = "RP-10")]
    SlotsInside,
    #[serde(rename = "RP-11")]
    #[strum(serialize = "RP-11")]
    SlotsOutside,
    #[serde(rename = "RP-12")]
    #[strum(serialize = "RP-12")]
    ReferredOnlyLateSlots,
    #[serde(rename = "RP-13")]
    #[strum(serialize = "RP-13")]
    BookedOutside,
    #[serde(rename = "RP-14")]
    #[strum(serialize = "RP-14")]
    Blocked,
}

/// By what the numbers of a report are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Grouping {
    /// DoS service.
    Service,
    /// GP practice of the patient, as last taken down in the encounter.
    Practice,
    /// Outcome of the assessment, the one that stood when the counted event came.
    Disposition,
    /// User who did what is counted.
    User,
    /// Message of the error (RP-06).
    Message,
    /// Reason for passing over the first service (RP-05).
    Reason,
    /// Who approved or confirmed (RP-13).
    Approver,
}

/// A column of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// A stable name, for `deskctl` and exports.
    pub code: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What it counts.
    pub words: &'static str,
}

const fn column(code: &'static str, title: &'static str, words: &'static str) -> Column {
    Column { code, title, words }
}

impl StandardReport {
    /// All reports.
    pub const ALL: [Self; 14] = [
        Self::BookingsAgainstReferrals,
        Self::ReferredWithoutSlots,
        Self::ReferredAlthoughSlots,
        Self::SlotsGone,
        Self::TopServicePassedOver,
        Self::Errors,
        Self::CancelledWithin,
        Self::Rebooked,
        Self::CancelledAfter,
        Self::SlotsInside,
        Self::SlotsOutside,
        Self::ReferredOnlyLateSlots,
        Self::BookedOutside,
        Self::Blocked,
    ];

    /// Its id in the requirements: `RP-01`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BookingsAgainstReferrals => "Bookings made against referrals made",
            Self::ReferredWithoutSlots => "Not booked, no slots were shown, referral made",
            Self::ReferredAlthoughSlots => "Not booked although slots were shown, referral made",
            Self::SlotsGone => "Booking attempts that failed because the slot had gone",
            Self::TopServicePassedOver => "Top service was bookable and another was chosen",
            Self::Errors => "Booking attempts that ended in an error, by message",
            Self::CancelledWithin => "Booked and cancelled within the same encounter",
            Self::Rebooked => "Booked and later rebooked",
            Self::CancelledAfter => "Booked and cancelled after the encounter",
            Self::SlotsInside => "Bookings made, and slots available inside the timeframe",
            Self::SlotsOutside => "Bookings made, and slots available outside the timeframe",
            Self::ReferredOnlyLateSlots => "Not booked, all slots shown were outside the timeframe, referral made",
            Self::BookedOutside => "Booked outside the timeframe: by how long, who approved",
            Self::Blocked => "Referrals that a booking-only service blocked, and how each ended",
        }
    }

    /// What it counts and on which day, in words.
    #[must_use]
    pub const fn definition(self) -> &'static str {
        match self {
            Self::BookingsAgainstReferrals => {
                "A booking counts on the day on which the provider confirmed it, or on which somebody settled by hand that \
                 the provider holds it. A referral counts on the day on which it was made, whether or not the message was \
                 accepted since. Cancelled bookings still count: RP-07 to RP-09 tell of them."
            }
            Self::ReferredWithoutSlots => {
                "A referral without a booking counts on the day on which it was made, where no free slot of the service was \
                 shown. What was shown is the last answer that the service gave in the encounter after the outcome was \
                 recorded and before the referral, in the list of services or slot by slot. Slots that cannot be booked from \
                 here do not count as shown. That a service has no slots, could not be asked and was not asked are told apart."
            }
            Self::ReferredAlthoughSlots => {
                "A referral without a booking counts on the day on which it was made, where at least one free slot of the \
                 service was shown. What was shown is the last answer that the service gave in the encounter after the \
                 outcome was recorded and before the referral. Those whose slots were all outside the timeframe are in \
                 RP-12 as well."
            }
            Self::SlotsGone => {
                "A booking attempt counts on the day on which the provider refused it because the slot was not free any \
                 more. One attempt is one order of a slot, however often it was sent."
            }
            Self::TopServicePassedOver => {
                "A service search counts once, on the day on which a service was chosen from it for the last time, where \
                 that was not the service that the directory ranked first, and the first had at least one slot that could be \
                 booked in its last answer before the choice. By service means by the one that was passed over."
            }
            Self::Errors => {
                "A booking attempt counts on the day of its first result that was not a confirmed booking, by the message of \
                 that result. One attempt is one order of a slot, however often it was sent. How it ended is as the record \
                 has it now."
            }
            Self::CancelledWithin => {
                "A booking of this desk counts on the day on which its provider said that it is cancelled, or on which \
                 somebody settled by hand that the provider no longer holds it, where that was in the encounter in which it \
                 was booked and before the encounter ended. Service, outcome and practice are those of the booking, the user \
                 is who cancelled."
            }
            Self::Rebooked => {
                "A rebooking of a booking of this desk counts on the day on which the new booking was confirmed. A booking \
                 that is rebooked twice is two rebookings. Service, outcome and practice are those of the original booking, \
                 the user is who made the new one. Whether the original is cancelled is as the record has it now."
            }
            Self::CancelledAfter => {
                "A booking of this desk counts on the day on which its provider said that it is cancelled, or on which \
                 somebody settled by hand that the provider no longer holds it, where the encounter in which it was booked \
                 had ended or it was done in another encounter. Service, outcome and practice are those of the booking, the \
                 user is who cancelled."
            }
            Self::SlotsInside => {
                "A booking counts on the day on which it was confirmed. The free slots of a service count once for each \
                 outcome of an encounter, as the service last answered, on the day of that answer: a slot that is shown for \
                 two patients counts twice. Slots that cannot be booked from here do not count."
            }
            Self::SlotsOutside => {
                "A booking counts on the day on which it was confirmed. The free slots of a service that start after the end \
                 of the timeframe count once for each outcome of an encounter, as the service last answered, on the day of \
                 that answer: a slot that is shown for two patients counts twice. Slots that cannot be booked from here do \
                 not count, and an outcome without a timeframe has none outside it."
            }
            Self::ReferredOnlyLateSlots => {
                "A referral without a booking counts on the day on which it was made, where free slots of the service were \
                 shown and all of them started after the end of the outcome’s timeframe. What was shown is as in RP-03."
            }
            Self::BookedOutside => {
                "A booking of a slot after the end of the outcome’s timeframe counts on the day on which it was confirmed. By \
                 how long it misses is counted from the end of the timeframe to the start of the slot."
            }
            Self::Blocked => {
                "A referral that was stopped because the service sees nobody without a booking counts once for each encounter \
                 and service, on the day on which it was first stopped. How it ended is as the record has it now."
            }
        }
    }

    /// Its columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        const CANCELLED: &[Column] = &[
            column("cancelled", "Cancelled", "Bookings that were cancelled."),
            column("alone", "Without a new booking", "Cancelled, and not as a part of a rebooking."),
            column("rebooking", "As part of a rebooking", "Cancelled because a new booking took their place."),
        ];
        match self {
            Self::BookingsAgainstReferrals => {
                const {
                    &[
                        column("bookings", "Bookings made", "Confirmed by the provider, or settled by hand as held."),
                        column("referrals", "Referrals made", "All of them."),
                        column(
                            "withBooking",
                            "Referrals with a booking",
                            "Linked with a booking, or booked as settled by hand.",
                        ),
                        column("withoutBooking", "Referrals without a booking", "The others."),
                    ]
                }
            }
            Self::ReferredWithoutSlots => {
                const {
                    &[
                        column("referrals", "Referrals without slots", "All of them."),
                        column(
                            "noneFree",
                            "None was free",
                            "The service answered, and had no slot that could be booked.",
                        ),
                        column("couldNotAsk", "Could not be asked", "The service was asked and gave no answer to use."),
                        column("notAsked", "Was not asked", "No slots of the service were asked for."),
                    ]
                }
            }
            Self::ReferredAlthoughSlots => {
                const {
                    &[
                        column("referrals", "Referrals although slots", "All of them."),
                        column("inside", "Slots inside the timeframe", "At least one of the slots was inside."),
                        column("onlyOutside", "Only outside the timeframe", "All of the slots were outside (RP-12)."),
                    ]
                }
            }
            Self::SlotsGone => {
                const {
                    &[
                        column("gone", "Slot had gone", "Attempts that failed because of it."),
                        column(
                            "bookedSince",
                            "Booked all the same",
                            "A later attempt of the same encounter was booked.",
                        ),
                    ]
                }
            }
            Self::TopServicePassedOver => {
                const {
                    &[
                        column("passedOver", "Passed over", "Searches in which another service was chosen."),
                        column(
                            "inside",
                            "Had slots inside the timeframe",
                            "The first service had at least one inside.",
                        ),
                        column(
                            "onlyOutside",
                            "Only outside the timeframe",
                            "All slots of the first service were outside.",
                        ),
                    ]
                }
            }
            Self::Errors => {
                const {
                    &[
                        column("errors", "Ended in an error", "Not booked, or not known to be."),
                        column("notBooked", "Not booked", "It is certain that nothing was booked."),
                        column("notKnown", "Not known", "It is unfinished work still."),
                        column(
                            "bookedAfterAll",
                            "Booked after all",
                            "The provider turned out to hold it. Not an error.",
                        ),
                    ]
                }
            }
            Self::CancelledWithin | Self::CancelledAfter => CANCELLED,
            Self::Rebooked => {
                const {
                    &[
                        column("rebooked", "Rebooked", "New bookings that took the place of an earlier one."),
                        column("within", "In the same encounter", "The original was booked in the same encounter."),
                        column(
                            "after",
                            "In a later encounter",
                            "The original was booked in another encounter, or that had ended.",
                        ),
                        column("cancelled", "Original cancelled", "The original does not stand any more."),
                        column(
                            "notCancelled",
                            "Original not cancelled",
                            "Both stand, or the new one was cancelled again.",
                        ),
                    ]
                }
            }
            Self::SlotsInside => {
                const {
                    &[
                        column("bookings", "Bookings made", "All of them."),
                        column(
                            "bookedInside",
                            "Booked inside the timeframe",
                            "Those whose slot starts inside, or without one.",
                        ),
                        column(
                            "slots",
                            "Slots available inside",
                            "Free slots that were shown and start inside the timeframe.",
                        ),
                    ]
                }
            }
            Self::SlotsOutside => {
                const {
                    &[
                        column("bookings", "Bookings made", "All of them."),
                        column(
                            "bookedOutside",
                            "Booked outside the timeframe",
                            "Those whose slot starts outside (RP-13).",
                        ),
                        column(
                            "slots",
                            "Slots available outside",
                            "Free slots that were shown and start outside the timeframe.",
                        ),
                    ]
                }
            }
            Self::ReferredOnlyLateSlots => {
                const { &[column("referrals", "Referrals with late slots only", "All slots that were shown were outside.")] }
            }
            Self::BookedOutside => {
                const {
                    &[
                        column("bookings", "Booked outside", "All of them."),
                        column("upTo30", "Up to 30 minutes", "Late by 30 minutes at the most."),
                        column("upTo60", "Up to 1 hour", "Late by more than 30 minutes, and 1 hour at the most."),
                        column("upTo120", "Up to 2 hours", "Late by more than 1 hour, and 2 hours at the most."),
                        column("upTo360", "Up to 6 hours", "Late by more than 2 hours, and 6 hours at the most."),
                        column("more", "More than 6 hours", "Late by more than 6 hours."),
                    ]
                }
            }
            Self::Blocked => {
                const {
                    &[
                        column("blocked", "Blocked", "All of them."),
                        column(
                            "referredThere",
                            "Referred there after all",
                            "A booking opened the referral to the same service.",
                        ),
                        column(
                            "referredElsewhere",
                            "Referred elsewhere",
                            "The patient was referred to another service.",
                        ),
                        column(
                            "notReferred",
                            "Encounter ended without",
                            "The encounter ended without a referral after the block.",
                        ),
                        column("goesOn", "Still open", "The encounter goes on, and there is no referral yet."),
                    ]
                }
            }
        }
    }

    /// Whether it is about bookings that other encounters may have made.
    #[must_use]
    pub const fn looks_back_to_bookings(self) -> bool {
        matches!(self, Self::CancelledWithin | Self::CancelledAfter | Self::Rebooked)
    }

    /// By what it can be grouped; the first is the one it is opened with.
    #[must_use]
    pub const fn groupings(self) -> &'static [Grouping] {
        use Grouping::{Approver, Disposition, Message, Practice, Reason, Service, User};
        match self {
            Self::BookingsAgainstReferrals
            | Self::ReferredWithoutSlots
            | Self::ReferredAlthoughSlots
            | Self::SlotsGone
            | Self::CancelledWithin
            | Self::Rebooked
            | Self::CancelledAfter
            | Self::ReferredOnlyLateSlots
            | Self::Blocked => &[Service, Practice, Disposition, User],
            Self::TopServicePassedOver => &[Service, Reason, Practice, Disposition, User],
            Self::Errors => &[Message, Service, Practice, Disposition, User],
            Self::SlotsInside | Self::SlotsOutside => &[Disposition, Service, Practice, User],
            Self::BookedOutside => &[Approver, Service, Practice, Disposition, User],
        }
    }
}

impl Grouping {
    /// As it stands in the record and in calls of `deskctl`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }

    /// The heading of the rows.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::Practice => "GP practice of the patient",
            Self::Disposition => "Outcome",
            Self::User => "User",
            Self::Message => "Message",
            Self::Reason => "Reason for passing over",
            Self::Approver => "Approved or confirmed by",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_report_has_its_id_its_words_and_its_columns() {
        for (number, report) in (1..).zip(StandardReport::ALL) {
            assert_eq!(report.id(), format!("RP-{number:02}"), "in order, none left out");
            assert_eq!(report.id().parse(), Ok(report), "read as written");
            assert_eq!(serde_json::to_value(report).ok(), Some(report.id().into()), "as the audit record has it");
            assert!(report.definition().contains("day"), "{report:?} says on which day something counts");
            let codes: HashSet<_> = report.columns().iter().map(|column| column.code).collect();
            assert_eq!(codes.len(), report.columns().len(), "{report:?}: each column its own code");
            let groupings: HashSet<_> = report.groupings().iter().collect();
            assert_eq!(groupings.len(), report.groupings().len(), "{report:?}: each grouping once");
            assert!(report.groupings().contains(&Grouping::Service), "{report:?}: by service (RP)");
            assert!(report.groupings().contains(&Grouping::Practice), "{report:?}: by practice (RP)");
        }
    }
}
