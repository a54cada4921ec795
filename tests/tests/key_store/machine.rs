//! A machine with a home, a data folder, and a bus and a key store of its own: nobody's real key store is asked.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use desk_composition::compose;
use desk_composition::config::Config;
use desk_composition::record_key::KeyPlace;
use desk_domain::id::Username;
use desk_domain::patient::PersonName;
use desk_domain::user::Role;
use desk_journeys::sign_in::NewUser;
use desk_store::RecordKey;
use desk_tests::programs::program;

/// What has to be there for a key store: else the test is skipped.
const PROGRAMS: [&str; 3] = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"];
/// How long a key store may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// A bus that starts nothing by itself: no service of the real machine comes onto it.
const BUS: &str = r#"<busconfig><type>session</type><listen>unix:dir=FOLDER</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>"#;
/// A desk in earnest; nothing of it is asked while nobody is signed in.
const CONFIG: &str = r#"
[organisation]
ods_code = "NDA01"
name = "Northdale NHS 111"
asid = "200000000205"
issuer_url = "https://desk.northdale111.example"
device_name = "desk of a test"
[dos]
url = "http://127.0.0.1:9/app/api/webservices"
username = "northdale.desk"
password = "invented"
[sds]
url = "ldap://127.0.0.1:9"
base = "ou=Services,o=nhs"
[token]
mode = "unsigned"
"#;

/// A program that ends with the test.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// How the key store is to be.
pub(crate) enum Keyring {
    /// As after signing in.
    Unlocked,
    /// As where nobody has unlocked it, and nobody can be asked.
    Locked,
}

pub(crate) struct Machine {
    folder: tempfile::TempDir,
    address: String,
    /// It ends with the machine.
    bus: Option<Running>,
}

impl Machine {
    /// A machine on which no bus is.
    pub(crate) fn without_a_bus() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home", "run", "bus"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let address = format!("unix:path={}", folder.path().join("no-bus").display());
        let machine = Self { folder, address, bus: None };
        fs::write(machine.at("passphrase"), "an invented passphrase\n").expect("written");
        machine.configure("");
        machine
    }

    /// A machine with a bus; none, with a word of it, where what it takes is not installed.
    pub(crate) fn with_a_bus() -> Option<Self> {
        let lacks = PROGRAMS.iter().find(|name| !installed(name));
        if let Some(name) = lacks {
            #[expect(clippy::print_stderr, reason = "for whoever runs the tests")]
            {
                eprintln!("skipped: {name} is not installed (`cargo xtask setup` says what the tests need)");
            }
            return None;
        }
        let mut machine = Self::without_a_bus();
        let config = machine.at("bus.conf");
        let folder = machine.at("bus");
        fs::write(&config, BUS.replace("FOLDER", &folder.to_string_lossy())).expect("written");
        let mut command = machine.command("dbus-daemon");
        command.arg("--config-file").arg(config).args(["--nofork", "--print-address"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut bus = Running(command.spawn().expect("it is installed"));
        let told = bus.0.stdout.take().expect("it is piped");
        let mut address = String::new();
        BufReader::new(told).read_line(&mut address).expect("the bus says where it is");
        machine.address = address.trim().to_owned();
        machine.bus = Some(bus);
        Some(machine)
    }

    /// A key store on the bus, once it answers.
    pub(crate) fn key_store(&self, keyring: Keyring) -> Running {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).stdout(Stdio::null()).stderr(Stdio::null());
        match keyring {
            Keyring::Unlocked => command.arg("--unlock").stdin(Stdio::piped()),
            Keyring::Locked => command.stdin(Stdio::null()),
        };
        let mut store = Running(command.spawn().expect("it is installed"));
        if let Some(mut asked) = store.0.stdin.take() {
            asked.write_all(b"an invented password").expect("it reads");
        }
        let began = Instant::now();
        let owned = || self.bus("org.freedesktop.DBus", "/", "NameHasOwner", "string:org.freedesktop.secrets");
        while !owned().contains("boolean true") {
            assert!(began.elapsed() < PATIENCE, "the key store does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        store
    }

    /// How many keys of records the key store holds.
    pub(crate) fn keys_held(&self) -> usize {
        let wanted = "dict:string:string:service,booking-desk record key";
        let answer = self.bus("org.freedesktop.Secret.Service", "/org/freedesktop/secrets", "SearchItems", wanted);
        assert!(answer.contains("array ["), "the key store answers: {answer}");
        answer.matches("object path").count()
    }

    /// Starts a desk, and says how it ended and what a person was told.
    pub(crate) fn start_desk(&self) -> (Option<i32>, String) {
        let mut command = self.command(program("deskctl"));
        command.arg("--config").arg(self.at("desk.toml")).args(["--as", "nobody1"]);
        command.arg("--passphrase-file").arg(self.at("passphrase")).arg("users");
        let output = command.output().expect("deskctl was built");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Runs `deskctl`, and says how it ended and what a person was told. A supervisor has the passphrase of everybody here.
    pub(crate) fn deskctl(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = self.command(program("deskctl"));
        command.arg("--config").arg(self.at("desk.toml")).args(["--as", "supervisor1"]);
        command.arg("--passphrase-file").arg(self.at("passphrase")).args(arguments);
        let output = command.output().expect("deskctl was built");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// A record with a supervisor, made under a key in a file; that file is named no more, and there is a recovery copy.
    pub(crate) async fn with_a_supervisor(&self) -> (RecordKey, PathBuf) {
        self.name_a_key_file();
        let config = Config::read(&self.at("desk.toml")).expect("a configuration");
        let composed = compose(config, "1").await.expect("the desk opens");
        let supervisor = NewUser {
            username: Username::new("supervisor1").expect("a username"),
            name: PersonName { title: "Ms".into(), given: "Ada".into(), family: "Invented".into() },
            role: Role::Supervisor,
            sds_user_id: None,
            sds_role_profile_id: None,
        };
        composed.desk.add_first_user(supervisor, "an invented passphrase").await.expect("the first");
        let copy = self.at("copy");
        composed.write_recovery_copy(&copy).expect("written");
        let key = KeyPlace::File(self.key_file()).find(composed.key()).expect("a place").expect("its key");
        composed.close();
        self.configure("");
        (key, copy)
    }

    /// The record's folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.at("data")
    }

    pub(crate) fn name_a_key_file(&self) {
        self.configure(&format!("[record]\nkey_file = \"{}\"\n", self.key_file().display()));
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.at("keys")
    }

    pub(crate) fn has_record(&self) -> bool {
        self.record().exists()
    }

    /// As it stands beside the record.
    pub(crate) fn noted_key(&self) -> Option<String> {
        fs::read_to_string(self.at("data").join("desk.key-id")).ok().map(|text| text.trim().to_owned())
    }

    pub(crate) fn record_is_plain(&self) -> bool {
        fs::read(self.record()).expect("a record").starts_with(b"SQLite format 3")
    }

    pub(crate) fn take_record_away(&self) {
        fs::remove_file(self.record()).expect("a record");
    }

    /// Everything but its first bytes, which say under which key it is.
    pub(crate) fn damage_record(&self) {
        let mut bytes = fs::read(self.record()).expect("a record");
        for byte in bytes.iter_mut().skip(16) {
            *byte ^= 0x55;
        }
        fs::write(self.record(), bytes).expect("written");
    }

    pub(crate) fn take_keyrings_away(&self) {
        fs::rename(self.keyrings(), self.at("away")).expect("keyrings");
    }

    pub(crate) fn bring_keyrings_back(&self) {
        fs::remove_dir_all(self.keyrings()).expect("keyrings");
        fs::rename(self.at("away"), self.keyrings()).expect("kept");
    }

    fn bus(&self, interface: &str, object: &str, method: &str, argument: &str) -> String {
        let to = if interface == "org.freedesktop.DBus" { interface } else { "org.freedesktop.secrets" };
        let mut command = self.command("dbus-send");
        command.args(["--session", "--print-reply", &format!("--dest={to}"), object]);
        let output = command.arg(format!("{interface}.{method}")).arg(argument).output().expect("it is installed");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn command(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.env("HOME", self.at("home")).env("XDG_RUNTIME_DIR", self.at("run"));
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL"] {
            command.env_remove(name);
        }
        command
    }

    fn configure(&self, more: &str) {
        let data = self.at("data");
        let text = format!("data_folder = \"{}\"\n{CONFIG}{more}", data.display());
        fs::write(self.at("desk.toml"), text).expect("written");
    }

    fn record(&self) -> PathBuf {
        self.at("data").join("desk.sqlite3")
    }

    fn keyrings(&self) -> PathBuf {
        self.at("home/.local/share/keyrings")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn installed(name: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(name).is_file())
}
