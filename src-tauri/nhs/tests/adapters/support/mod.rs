//! What the tests share: a desk with its clock and its log, certificates, servers, the folder of the standard.

pub(crate) mod answering;
pub(crate) mod certificates;
pub(crate) mod desk;
pub(crate) mod server;
// Nobody installs it elsewhere.
#[cfg(target_os = "linux")]
pub(crate) mod slapd;
pub(crate) mod standard;
