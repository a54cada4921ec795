//! Mutual TLS with a private authority, and whose certificate is at fault where it is refused (AU-3).

use desk_domain::booking::Posted;
use desk_domain::failure::{CertificateFault, DirectoryFailure, ProviderFailure};
use desk_nhs::settings::{NhsSettings, TlsSettings};
use openssl::ssl::{SslAcceptor, SslMethod, SslOptions, SslVerifyMode, SslVersion};
use tempfile::TempDir;
use url::Url;

use crate::support::certificates::{Certified, For, Good, authority};
use crate::support::desk::{Desk, asking, at, order, proxy, service_id, settings, window};
use crate::support::server::{Server, empty_bundle};

const BOTH: [SslVersion; 2] = [SslVersion::TLS1_2, SslVersion::TLS1_3];

/// The certificates of one test: an authority that both sides trust, and one that nobody does.
pub(crate) struct Papers {
    folder: TempDir,
    pub(crate) trusted: Certified,
    stranger: Certified,
}

/// What the desk shows to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Right,
    Expired,
    OfAStranger,
    Nothing,
}

impl Papers {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, trusted: authority("Northdale test authority"), stranger: authority("Somebody") }
    }

    /// Settings of a desk that trusts the one authority and shows this.
    pub(crate) fn settings(&self, shown: Shown) -> NhsSettings {
        let (ca, _) = self.trusted.write(self.folder.path(), "authority");
        let certified = match shown {
            Shown::Right => Some(self.trusted.issue(For::Client, Good::Now)),
            Shown::Expired => Some(self.trusted.issue(For::Client, Good::LongAgo)),
            Shown::OfAStranger => Some(self.stranger.issue(For::Client, Good::Now)),
            Shown::Nothing => None,
        };
        let written = certified.map(|certified| certified.write(self.folder.path(), &format!("{shown:?}")));
        let (client_certificate, client_key) = written.unzip();
        NhsSettings { tls: TlsSettings { client_certificate, client_key, ca: Some(ca) }, ..settings() }
    }

    /// A server with a certificate of its own, that demands one of ours.
    pub(crate) fn acceptor(&self, own: &Certified, versions: (SslVersion, SslVersion)) -> SslAcceptor {
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("an acceptor");
        builder.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
        builder.set_min_proto_version(Some(versions.0)).expect("a version");
        builder.set_max_proto_version(Some(versions.1)).expect("a version");
        if versions.1 == SslVersion::TLS1_1 {
            // The library itself thinks them too weak otherwise.
            builder.set_cipher_list("ALL:@SECLEVEL=0").expect("ciphers");
        }
        builder.set_certificate(&own.certificate).expect("a certificate");
        builder.set_private_key(&own.key).expect("a key");
        builder.cert_store_mut().add_cert(self.trusted.certificate.clone()).expect("an authority");
        builder.add_client_ca(&self.trusted.certificate).expect("an authority");
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        builder.build()
    }

    fn server(&self, version: SslVersion) -> Server {
        let own = self.trusted.issue(For::Server("localhost"), Good::Now);
        Server::encrypted(self.acceptor(&own, (version, version)), |_, wire| wire.write_all(&empty_bundle()))
    }
}

fn root(server: &Server) -> String {
    format!("https://localhost:{}/STU3/1", server.port())
}

async fn search(desk: &Desk, root: &str) -> Option<ProviderFailure> {
    desk.nhs.provider.free_slots(&asking(), &service_id(), &at(root), window()).await.err()
}

#[tokio::test]
async fn au_3_a_server_that_demands_our_certificate_gets_it_and_answers() {
    let papers = Papers::new();
    for version in BOTH {
        let server = papers.server(version);
        let desk = Desk::new(papers.settings(Shown::Right));
        assert_eq!(search(&desk, &root(&server)).await, None, "{version:?}");
        assert_eq!(server.heard().len(), 1, "{version:?}: the request came");
    }
}

#[tokio::test]
async fn au_3_our_certificate_that_is_not_accepted_is_told_as_ours_however_late_the_server_says_so() {
    let papers = Papers::new();
    for version in BOTH {
        let server = papers.server(version);
        for shown in [Shown::Expired, Shown::OfAStranger, Shown::Nothing] {
            let desk = Desk::new(papers.settings(shown));
            let failure = search(&desk, &root(&server)).await;
            let ours = Some(ProviderFailure::NotSafe(CertificateFault::Ours));
            assert_eq!(failure, ours, "{version:?}, {shown:?}: {}", server.greeting());
            let recorded = desk.recorded();
            let said = recorded.last().and_then(|exchange| exchange.failure.as_deref()).unwrap_or_default();
            assert!(said.contains("our certificate"), "{version:?}, {shown:?}: the log names the side: {said}");
        }
        assert_eq!(server.heard().len(), 0, "{version:?}: no request was taken");
    }
}

/// A server of TLS 1.3 says late that it does not accept our certificate: the request is being written already, and a
/// large one not to its end.
#[tokio::test]
async fn au_3_a_booking_that_was_being_written_when_our_certificate_was_refused_never_left() {
    let papers = Papers::new();
    for version in BOTH {
        let server = papers.server(version);
        let desk = Desk::new(papers.settings(Shown::OfAStranger));
        for megabytes in [0, 1, 4] {
            let content = "x".repeat(1 + megabytes * 1024 * 1024);
            let posted = desk.nhs.provider.book(&order(at(&root(&server))), &content).await;
            let ours = Posted::Failed(ProviderFailure::NotSafe(CertificateFault::Ours));
            assert_eq!(posted, ours, "{version:?}, {megabytes} MB: {}", server.greeting());
        }
        assert_eq!(server.heard().len(), 0, "{version:?}: no request was taken");
    }
}

#[tokio::test]
async fn au_3_the_certificate_of_the_other_side_that_is_not_accepted_is_told_as_theirs() {
    let papers = Papers::new();
    let table = [
        ("expired", papers.trusted.issue(For::Server("localhost"), Good::LongAgo)),
        ("of another host", papers.trusted.issue(For::Server("elsewhere.example"), Good::Now)),
        ("of an authority that we do not know", papers.stranger.issue(For::Server("localhost"), Good::Now)),
        ("for clients", papers.trusted.issue(For::Client, Good::Now)),
    ];
    for (what, own) in table {
        for version in BOTH {
            let server =
                Server::encrypted(papers.acceptor(&own, (version, version)), |_, wire| wire.write_all(&empty_bundle()));
            let desk = Desk::new(papers.settings(Shown::Right));
            let theirs = CertificateFault::Theirs;
            let failure = search(&desk, &root(&server)).await;
            assert_eq!(failure, Some(ProviderFailure::NotSafe(theirs)), "{what}, {version:?}");
            let posted = desk.nhs.provider.book(&order(at(&root(&server))), "{}").await;
            assert_eq!(posted, Posted::Failed(ProviderFailure::NotSafe(theirs)), "{what}, {version:?}: booking");
            assert_eq!(server.heard().len(), 0, "{what}, {version:?}: nothing left");
        }
    }
}

#[tokio::test]
async fn au_3_the_proxys_certificate_is_judged_like_a_providers() {
    let papers = Papers::new();
    let own = papers.trusted.issue(For::Server("localhost"), Good::LongAgo);
    let expired = Server::encrypted(papers.acceptor(&own, (SslVersion::TLS1_3, SslVersion::TLS1_3)), |_, _| Ok(()));
    let good = papers.server(SslVersion::TLS1_3);
    let table = [
        (&expired, Shown::Right, Some(ProviderFailure::NotSafe(CertificateFault::Theirs))),
        (&good, Shown::Expired, Some(ProviderFailure::NotSafe(CertificateFault::Ours))),
        (&good, Shown::Right, None),
    ];
    for (server, shown, expected) in table {
        let ssp = proxy(&format!("https://localhost:{}", server.port()));
        let desk = Desk::new(NhsSettings { ssp, ..papers.settings(shown) });
        assert_eq!(search(&desk, "https://provider.example/STU3/1").await, expected, "{shown:?}");
    }
}

#[tokio::test]
async fn au_3_the_directory_of_services_over_https_tells_the_sides_apart_too() {
    let papers = Papers::new();
    let expired = papers.trusted.issue(For::Server("localhost"), Good::LongAgo);
    for version in BOTH {
        let good = papers.server(version);
        let bad = Server::encrypted(papers.acceptor(&expired, (version, version)), |_, _| Ok(()));
        let table = [
            // It answers, though not what a directory answers.
            (&good, Shown::Right, DirectoryFailure::Malformed),
            (&good, Shown::OfAStranger, DirectoryFailure::NotSafe(CertificateFault::Ours)),
            (&good, Shown::Nothing, DirectoryFailure::NotSafe(CertificateFault::Ours)),
            (&bad, Shown::Right, DirectoryFailure::NotSafe(CertificateFault::Theirs)),
        ];
        for (server, shown, expected) in table {
            let mut settings = papers.settings(shown);
            let url = format!("https://localhost:{}/app/api/webservices", server.port());
            settings.dos.url = Url::parse(&url).expect("a URL");
            assert_eq!(Desk::new(settings).services().await, Err(expected), "{version:?}, {shown:?}");
        }
    }
}

#[tokio::test]
async fn au_3_nothing_older_than_tls_1_2_is_spoken() {
    let papers = Papers::new();
    let own = papers.trusted.issue(For::Server("localhost"), Good::Now);
    let old =
        |from, to| Server::encrypted(papers.acceptor(&own, (from, to)), |_, wire| wire.write_all(&empty_bundle()));
    let server = old(SslVersion::TLS1, SslVersion::TLS1_1);
    let desk = Desk::new(papers.settings(Shown::Right));
    let posted = desk.nhs.provider.book(&order(at(&root(&server))), "{}").await;
    assert_eq!(posted, Posted::Failed(ProviderFailure::NotSent), "{}", server.greeting());
    assert_eq!(server.heard().len(), 0, "nothing left");
    let server = old(SslVersion::TLS1, SslVersion::TLS1_2);
    assert_eq!(search(&desk, &root(&server)).await, None, "the oldest that is spoken");
    assert_eq!(server.greeting(), "TLSv1.2", "the oldest that is spoken");
}

/// What a server cannot agree to for another reason is no fault of a certificate.
#[tokio::test]
async fn au_3_a_server_without_a_cipher_in_common_does_not_put_our_certificate_in_doubt() {
    let papers = Papers::new();
    let own = papers.trusted.issue(For::Server("localhost"), Good::Now);
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("an acceptor");
    builder.set_max_proto_version(Some(SslVersion::TLS1_2)).expect("a version");
    builder.set_cipher_list("ECDHE-ECDSA-AES128-SHA").expect("ciphers");
    builder.set_certificate(&own.certificate).expect("a certificate");
    builder.set_private_key(&own.key).expect("a key");
    let server = Server::encrypted(builder.build(), |_, wire| wire.write_all(&empty_bundle()));
    let desk = Desk::new(papers.settings(Shown::Right));
    assert_eq!(search(&desk, &root(&server)).await, Some(ProviderFailure::NotSent), "{}", server.greeting());
}
