//! Changed circumstances over real sockets: cancelling, rebooking, referring, finding bookings; with every fault, every
//! stop of the process, and two desks at the same time.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

mod agree;
mod by_hand;
mod cases;
mod daily_backup;
mod desks;
mod links;
mod matrix;
mod own_backups;
mod retention;
mod stays;
mod stories;
mod world;
