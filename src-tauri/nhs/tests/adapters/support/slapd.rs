//! The directory server of OpenLDAP, with a directory of one test.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Instant;

use tempfile::TempDir;

use crate::support::server::PATIENCE;

/// The part of the Spine directory's schema that is asked for, with numbers of nobody's. The endpoint's name has the letter
/// case of the older form on purpose.
const SCHEMA: &str = r"
attributetype ( 1.1.2.1.1 NAME 'uniqueIdentifier' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.1.2.1.2 NAME 'nhsIDCode' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.1.2.1.3 NAME 'nhsAsSvcIA' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.1.2.1.4 NAME 'nhsMHSPartyKey' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.1.2.1.5 NAME 'nhsMhsSvcIA' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.1.2.1.6 NAME 'nhsMhsEndPoint' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.1.2.1.7 NAME 'nhsMhsManufacturerOrg' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.1.2.2.1 NAME 'nhsAs' SUP top STRUCTURAL MUST uniqueIdentifier
  MAY ( nhsIDCode $ nhsAsSvcIA $ nhsMHSPartyKey $ nhsMhsManufacturerOrg ) )
objectclass ( 1.1.2.2.2 NAME 'nhsMhs' SUP top STRUCTURAL MUST uniqueIdentifier
  MAY ( nhsIDCode $ nhsMHSPartyKey $ nhsMhsSvcIA $ nhsMhsEndPoint ) )
";

const TREE: &str = "
dn: o=nhs
objectClass: organization
o: nhs

dn: ou=Services,o=nhs
objectClass: organizationalUnit
ou: Services
";

/// Files of a server that encrypts and demands a certificate.
pub(crate) struct Encrypted {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) authority: PathBuf,
}

/// A directory that runs until it is dropped.
pub(crate) struct Slapd {
    server: Child,
    pub(crate) url: String,
    _folder: TempDir,
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.server.kill().unwrap_or_default();
        self.server.wait().map(drop).unwrap_or_default();
    }
}

impl Slapd {
    /// A directory with these entries (LDIF) below `ou=Services,o=nhs`, and these lines in its configuration.
    pub(crate) fn start(entries: &str, configuration: &str, encrypted: Option<&Encrypted>) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let program = program(folder.path());
        let tls = encrypted.map_or(String::new(), |files| {
            let Encrypted { certificate, key, authority } = files;
            format!(
                "TLSCertificateFile {}\nTLSCertificateKeyFile {}\nTLSCACertificateFile {}\nTLSVerifyClient demand\n",
                certificate.display(),
                key.display(),
                authority.display()
            )
        });
        std::fs::create_dir(at("data")).expect("a folder");
        std::fs::write(at("nhs.schema"), SCHEMA).expect("a file");
        std::fs::write(at("entries.ldif"), format!("{TREE}\n{entries}")).expect("a file");
        let settings = format!(
            "include /etc/ldap/schema/core.schema\ninclude {}\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n\
             {tls}{configuration}\ndatabase mdb\nmaxsize 16777216\nsuffix o=nhs\ndirectory {}\n",
            at("nhs.schema").display(),
            at("data").display()
        );
        std::fs::write(at("slapd.conf"), settings).expect("a file");
        let added = Command::new(&program)
            .args(["-T", "add", "-q", "-f"])
            .arg(at("slapd.conf"))
            .arg("-l")
            .arg(at("entries.ldif"))
            .output()
            .expect("slapd runs");
        assert!(added.status.success(), "slapd takes the entries: {}", String::from_utf8_lossy(&added.stderr));

        let scheme = if encrypted.is_some() { "ldaps" } else { "ldap" };
        // A port that was free a moment ago may be taken meanwhile.
        let (server, url) = (0..10).find_map(|_| run(&program, &at("slapd.conf"), scheme)).expect("slapd starts");
        Self { server, url, _folder: folder }
    }
}

/// Starts the server on a free port; none where it ends instead.
fn run(program: &Path, configuration: &Path, scheme: &str) -> Option<(Child, String)> {
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port();
    let url = format!("{scheme}://localhost:{free}");
    // By its address: a name may stand for several.
    let listen = format!("{scheme}://127.0.0.1:{free}");
    let mut server = Command::new(program)
        // In the foreground, saying little.
        .args(["-d", "none", "-h", &listen, "-f"])
        .arg(configuration)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("slapd runs");
    let (says, said) = channel();
    let stderr = server.stderr.take().expect("piped");
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            // Nobody listens once it has started; it is read on so that it never waits.
            says.send(line).unwrap_or_default();
        }
    });
    while let Ok(line) = said.recv_timeout(PATIENCE) {
        if line.contains("slapd starting") {
            // It has the port, and says so just before it listens there.
            let since = Instant::now();
            while TcpStream::connect(("127.0.0.1", free)).is_err() {
                assert!(since.elapsed() < PATIENCE, "slapd listens");
                std::thread::yield_now();
            }
            return Some((server, url));
        }
    }
    server.kill().unwrap_or_default();
    server.wait().map(drop).unwrap_or_default();
    None
}

/// The program, copied to where it is used: some systems confine the installed one to its own folders.
fn program(folder: &Path) -> PathBuf {
    let copy = folder.join("slapd");
    let copied = ["/usr/sbin/slapd", "/usr/local/sbin/slapd", "/usr/libexec/slapd"]
        .iter()
        .any(|installed| std::fs::copy(installed, &copy).is_ok());
    assert!(copied, "the directory server of OpenLDAP (slapd) is not installed: `cargo xtask test` installs it");
    copy
}
