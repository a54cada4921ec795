//! TLS: a private authority, a client's certificate demanded, and faults of certificates on cue (AU-3).

use std::path::Path;
use std::sync::Arc;

use demo_nhs::{DemoNhs, DemoOptions};
use reqwest::{Certificate, Client, Identity};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::consumer::{TRACE, start};

/// A simple bind without name and password, and the tag of its answer's result.
const BIND: [u8; 14] = [0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0];

async fn encrypted(folder: &Path) -> DemoNhs {
    start(DemoOptions { tls: true, tls_folder: Some(folder.to_owned()), ..DemoOptions::default() }).await
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("written")
}

/// A client that trusts the authority, with or without the certificate that is asked for.
fn client(nhs: &DemoNhs, with_certificate: bool) -> Client {
    let files = nhs.description().tls.as_ref().expect("on TLS");
    let authority = Certificate::from_pem(&read(&files.ca)).expect("an authority");
    let mut builder = Client::builder().no_proxy().tls_certs_only([authority]);
    if with_certificate {
        let both = [read(&files.client_certificate), read(&files.client_key)].concat();
        builder = builder.identity(Identity::from_pem(&both).expect("an identity"));
    }
    builder.build().expect("a client")
}

/// What the directory of services and the proxy answer, and whether the Spine directory lets us bind.
async fn reached(nhs: &DemoNhs, with_certificate: bool) -> [Result<u16, String>; 3] {
    let description = nhs.description();
    let client = client(nhs, with_certificate);
    let words = |error: reqwest::Error| format!("{error:?}");
    let dos = client.get(&description.dos.url).send().await.map(|a| a.status().as_u16()).map_err(words);
    let proxied = format!("{}/{}/metadata", description.ssp.url, description.providers[0].root);
    let ssp = client.get(proxied).header("Ssp-TraceID", TRACE).send().await;
    [dos, ssp.map(|a| a.status().as_u16()).map_err(words), bound(nhs, with_certificate).await]
}

async fn bound(nhs: &DemoNhs, with_certificate: bool) -> Result<u16, String> {
    let files = nhs.description().tls.as_ref().expect("on TLS");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&read(&files.ca)).expect("an authority")).expect("an authority");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.expect("versions").with_root_certificates(roots);
    let config = if with_certificate {
        let own = CertificateDer::from_pem_slice(&read(&files.client_certificate)).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(&read(&files.client_key)).expect("a key");
        builder.with_client_auth_cert(vec![own], key).expect("a pair")
    } else {
        builder.with_no_client_auth()
    };
    let address = nhs.description().sds.url.strip_prefix("ldaps://").expect("on TLS");
    let stream = TcpStream::connect(address).await.expect("connected");
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let said = |error: std::io::Error| format!("{error:?}");
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(said)?;
    stream.write_all(&BIND).await.map_err(said)?;
    let mut answer = [0; 14];
    stream.read_exact(&mut answer).await.map_err(said)?;
    Ok(u16::from(answer[9]))
}

#[tokio::test]
async fn au_3_on_tls_only_those_with_the_certificate_are_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let nhs = encrypted(folder.path()).await;
    let description = nhs.description();
    assert!(description.dos.url.starts_with("https://") && description.ssp.url.starts_with("https://"), "https");
    assert_eq!(reached(&nhs, true).await, [Ok(405), Ok(403), Ok(0)], "all three answer");
    for refused in reached(&nhs, false).await {
        assert!(refused.as_ref().is_err_and(|said| said.contains("CertificateRequired")), "{refused:?}");
    }
    let stranger = Client::builder().no_proxy().build().expect("a client");
    assert!(stranger.get(&description.dos.url).send().await.is_err(), "nobody else trusts the authority");
    let plain = description.dos.url.replace("https://", "http://");
    assert!(stranger.get(plain).send().await.is_err(), "and nothing goes unencrypted");
}

#[tokio::test]
async fn au_3_certificates_expire_and_are_distrusted_on_cue_until_reset() {
    let folder = tempfile::tempdir().expect("a folder");
    let nhs = encrypted(folder.path()).await;
    for (number, system) in ["dos", "ssp", "sds"].into_iter().enumerate() {
        for (word, said) in [("expire_certificate", "Expired"), ("distrust", "UnknownCA")] {
            nhs.control().cue(json!({ "system": system, "do": word })).expect("a cue");
            for turn in 0..2 {
                let answers = reached(&nhs, true).await;
                for (other, answer) in answers.iter().enumerate() {
                    let failed = answer.as_ref().is_err_and(|words| words.contains(said));
                    assert_eq!(failed, other == number, "{system}, {word}, {turn}: {answer:?}");
                }
            }
            let mend =
                if word == "distrust" { json!({ "do": "reset" }) } else { json!({ "system": system, "do": "online" }) };
            nhs.control().cue(mend).expect("a cue");
            assert!(reached(&nhs, true).await.iter().all(Result::is_ok), "{system}: as before");
        }
    }
}

#[tokio::test]
async fn au_3_a_caller_that_says_nothing_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let nhs = encrypted(folder.path()).await;
    let mut silent = Vec::new();
    for url in [&nhs.description().dos.url, &nhs.description().sds.url] {
        let address = url.split("//").nth(1).and_then(|rest| rest.split('/').next()).expect("an address").to_owned();
        for _ in 0..8 {
            let mut stream = TcpStream::connect(&address).await.expect("connected");
            stream.write_all(&[0x16, 3, 1]).await.expect("begun");
            silent.push(stream);
        }
    }
    assert_eq!(reached(&nhs, true).await, [Ok(405), Ok(403), Ok(0)], "others are served meanwhile");
}

#[tokio::test]
async fn au_3_the_configuration_names_the_files_and_nobody_else_can_read_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("papers");
    let nhs = encrypted(&inner).await;
    let text = nhs.config_toml(folder.path());
    for expected in ["[tls]\nca = ", "client_certificate = ", "client_key = ", "url = \"https://", "url = \"ldaps://"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let files = nhs.description().tls.as_ref().expect("on TLS");
    for file in [&files.ca, &files.client_certificate, &files.client_key] {
        assert!(text.contains(&*file.to_string_lossy()), "{}", file.display());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!((mode(file), mode(&inner)), (0o600, 0o700), "{}", file.display());
        }
    }
    let again = encrypted(&inner).await;
    assert!(reached(&again, true).await.iter().all(Result::is_ok), "a later run writes its own over them");
}

#[tokio::test]
async fn au_3_without_tls_there_is_nothing_to_spoil_and_with_it_there_must_be_a_folder() {
    let nhs = start(DemoOptions::default()).await;
    assert!(nhs.control().cue(json!({ "system": "dos", "do": "expire_certificate" })).is_err(), "not on TLS");
    assert!(!nhs.config_toml(Path::new("/x")).contains("[tls]"), "and not in the configuration");
    let nowhere = demo_nhs::start(DemoOptions { tls: true, ..DemoOptions::default() }).await;
    assert!(nowhere.is_err_and(|error| error.to_string().contains("folder")), "no folder");
}
