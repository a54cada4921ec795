//! What the national services of the demonstration owe (DI, AU, RG, PV): the Directory of Services, the Spine directory,
//! the proxy, the registry, and all of them on TLS, asked by plain clients that are not ours.

#![expect(clippy::expect_used, reason = "a test says at once what is not as it needs it")]

#[path = "national/consumer.rs"]
mod consumer;
#[path = "national/dos.rs"]
mod dos;
#[path = "national/registry.rs"]
mod registry;
#[path = "national/sds.rs"]
mod sds;
#[path = "national/ssp.rs"]
mod ssp;
#[path = "national/tls.rs"]
mod tls;
