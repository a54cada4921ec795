//! Certificates made for one test: authorities, and what they issue, valid or expired.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

/// A certificate with its key.
pub(crate) struct Certified {
    pub(crate) certificate: X509,
    pub(crate) key: PKey<Private>,
}

/// Until when a certificate is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Good {
    Now,
    LongAgo,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum For<'a> {
    Client,
    /// A server of that name or address.
    Server(&'a str),
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("a curve");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn begin(name: &str, key: &PKey<Private>, good: Good) -> X509Builder {
    let mut subject = X509NameBuilder::new().expect("a name");
    subject.append_entry_by_nid(Nid::COMMONNAME, name).expect("a name");
    let subject = subject.build();
    let mut serial = BigNum::new().expect("a number");
    serial.rand(120, openssl::bn::MsbOption::MAYBE_ZERO, false).expect("a number");
    let mut builder = X509::builder().expect("a certificate");
    builder.set_version(2).expect("version 3");
    builder.set_serial_number(&serial.to_asn1_integer().expect("a number")).expect("a number");
    builder.set_subject_name(&subject).expect("a name");
    builder.set_issuer_name(&subject).expect("a name");
    builder.set_pubkey(key).expect("a key");
    // In 2001, for a day.
    let (from, until) = match good {
        Good::Now => (Asn1Time::from_unix(1_000_000_000), Asn1Time::days_from_now(2)),
        Good::LongAgo => (Asn1Time::from_unix(1_000_000_000), Asn1Time::from_unix(1_000_086_400)),
    };
    builder.set_not_before(&from.expect("a time")).expect("a time");
    builder.set_not_after(&until.expect("a time")).expect("a time");
    builder
}

/// A new authority.
pub(crate) fn authority(name: &str) -> Certified {
    let key = key();
    let mut builder = begin(name, &key, Good::Now);
    builder.append_extension(BasicConstraints::new().critical().ca().build().expect("a CA")).expect("a CA");
    let usage = KeyUsage::new().critical().key_cert_sign().crl_sign().build();
    builder.append_extension(usage.expect("a usage")).expect("a usage");
    builder.sign(&key, MessageDigest::sha256()).expect("a signature");
    Certified { certificate: builder.build(), key }
}

impl Certified {
    /// Issues a certificate.
    pub(crate) fn issue(&self, what: For<'_>, good: Good) -> Self {
        let key = key();
        let name = match what {
            For::Client => "desk.northdale111.example",
            For::Server(name) => name,
        };
        let mut builder = begin(name, &key, good);
        builder.set_issuer_name(self.certificate.subject_name()).expect("a name");
        let usage = match what {
            For::Client => ExtendedKeyUsage::new().client_auth().build(),
            For::Server(name) => {
                let mut names = SubjectAlternativeName::new();
                if name.parse::<IpAddr>().is_ok() {
                    names.ip(name);
                } else {
                    names.dns(name);
                }
                let names = names.build(&builder.x509v3_context(Some(&self.certificate), None)).expect("names");
                builder.append_extension(names).expect("names");
                ExtendedKeyUsage::new().server_auth().build()
            }
        };
        builder.append_extension(usage.expect("a usage")).expect("a usage");
        builder.sign(&self.key, MessageDigest::sha256()).expect("a signature");
        Self { certificate: builder.build(), key }
    }

    /// Writes certificate and key into a folder (PEM).
    pub(crate) fn write(&self, folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        std::fs::write(&certificate, self.certificate.to_pem().expect("PEM")).expect("a file");
        std::fs::write(&key, self.key.private_key_to_pem_pkcs8().expect("PEM")).expect("a file");
        (certificate, key)
    }
}
