//! What the tests of the real window do again and again: signing in, coming to a page, by mouse or by keyboard alone.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use desk_tests::messages::Messages;
use desk_tests::programs::program;
use desk_tests::window::Window;
use serde_json::{Value, json};
use thirtyfour::Key;
use tokio::process::{Child, Command};

/// The id of nothing.
pub(crate) const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// True where there is no display; said, so that a skipped test is seen.
pub(crate) fn skipped() -> bool {
    let none = std::env::var_os("DISPLAY").is_none_or(|display| display.is_empty());
    if none {
        eprintln!("skipped: there is no display here (cargo xtask test brings one)");
    }
    none
}

/// Signs in, from the sign-in page to the desk.
pub(crate) async fn sign_in(window: &Window, username: &str, passphrase: &str) {
    window.page("Sign in").await;
    window.fill("username", username).await;
    window.fill("passphrase", passphrase).await;
    window.press("Sign in").await;
    window.page("Desk").await;
}

/// From the desk to the services for a ready patient with an outcome.
pub(crate) async fn to_services(window: &Window, patient: &str, outcome: &str) {
    window.press("New patient").await;
    window.page("Patient").await;
    let choose = format!(
        "const select = [...document.querySelectorAll('select')].find(s => [...s.options].some(o => o.text.includes('{patient}')));\
         const option = [...select.options].find(o => o.text.includes('{patient}'));\
         const set = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set;\
         set.call(select, option.value); select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    window.driver.execute(choose, vec![]).await.expect("a ready patient");
    window.press("Save patient").await;
    window.page("Assessment").await;
    window.press("Pass over for now").await;
    window.page("Assessment outcome").await;
    window.field(&format!("code-{outcome}")).await.click().await.expect("an outcome");
    window.fill("symptomGroup", "1011").await;
    window.fill("reason", "Sore throat").await;
    window.press("Record outcome").await;
    window.page("Choose a service").await;
}

/// Chooses a service and its first slot, and comes to the check.
pub(crate) async fn to_check(window: &Window, service: &str) {
    window.press(&format!("Choose {service}")).await;
    window.page("Choose a slot").await;
    let first = "const slot = [...document.querySelectorAll('main button')].find(b => \
        /^\\d\\d:\\d\\d/.test((b.getAttribute('aria-label') || b.innerText).trim())); if (slot) slot.click(); return !!slot;";
    let began = Instant::now();
    loop {
        let chosen = window.driver.execute(first, vec![]).await.expect("a page").json().as_bool();
        if chosen == Some(true) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "no slot is shown");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    window.page("Check before booking").await;
}

/// Whoever has no mouse: Tab, Enter, Space, and what is typed.
pub(crate) struct Keyboard<'a>(pub(crate) &'a Window);

impl Keyboard<'_> {
    pub(crate) async fn enter(&self, wanted: &str) {
        self.0.tab_to(wanted).await;
        self.0.keys(&char::from(Key::Enter).to_string()).await;
    }

    pub(crate) async fn space(&self, wanted: &str) {
        self.0.tab_to(wanted).await;
        self.0.keys(&char::from(Key::Space).to_string()).await;
    }

    /// Types into a field, over whatever stands in it.
    pub(crate) async fn types(&self, field: &str, text: &str) {
        self.0.tab_to(field).await;
        let all = self.0.driver.action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control);
        all.perform().await.expect("keys can be pressed");
        self.0.keys(text).await;
    }

    /// Signs in, takes down a patient with an assessment, and records the most urgent outcome.
    pub(crate) async fn to_services(&self, username: &str, passphrase: &str) {
        let window = self.0;
        self.signs_in((username, passphrase)).await;
        self.takes_down_mr_patient().await;
        for (field, text) in [
            ("presentingComplaint", "Sore throat for three days"),
            ("answers.0.question", "Any rash?"),
            ("answers.0.answer", "No"),
            ("summary", "Fever, drinks well"),
            ("advice", "Call back when worse"),
        ] {
            self.types(field, text).await;
        }
        self.space("consent-").await;
        self.enter("Save assessment").await;
        window.page("Assessment outcome").await;
        self.space("code-").await;
        for (field, text) in [("symptomGroup", "1011"), ("reason", "Sore throat")] {
            self.types(field, text).await;
        }
        self.enter("Record outcome").await;
        window.page("Choose a service").await;
    }

    /// Chooses the first slot that the keyboard comes to.
    pub(crate) async fn first_slot(&self) {
        let slot = "const e = document.activeElement; return /^\\d\\d:\\d\\d/.test((e.getAttribute('aria-label') || e.innerText || '').trim());";
        for step in 0.. {
            if self.0.driver.execute(slot, vec![]).await.expect("a page").json().as_bool() == Some(true) {
                break;
            }
            assert!(step < 60, "the keyboard does not reach a slot");
            self.0.keys(&char::from(Key::Tab).to_string()).await;
        }
        self.0.keys(&char::from(Key::Enter).to_string()).await;
        self.0.page("Check before booking").await;
    }
}

/// A demonstration NHS in a process of its own, which outlives the window.
pub(crate) struct OwnNhs {
    _process: Child,
    description: Value,
    /// Its configuration file for the desk.
    pub(crate) config: String,
    _folder: tempfile::TempDir,
    /// Every message of a referral that it got; looked at in the end.
    pub(crate) messages: Messages,
}

impl OwnNhs {
    pub(crate) async fn start() -> Self {
        let messages = Messages::new();
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let process = Command::new(program("demo-nhs"))
            .args(["--describe-to", &at("nhs.json"), "--config-to", &at("desk.toml"), "--messages"])
            .arg(messages.folder())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("demo-nhs was built");
        let began = Instant::now();
        let description = loop {
            if let Ok(text) = std::fs::read_to_string(at("nhs.json")) {
                break serde_json::from_str(&text).expect("a description");
            }
            assert!(began.elapsed() < Duration::from_secs(20), "demo-nhs does not come up");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        Self { _process: process, description, config: at("desk.toml"), _folder: folder, messages }
    }

    /// A configuration of a live desk on it, with record and key file beside it: the file, and the folder of the record.
    pub(crate) fn live(&self) -> (String, PathBuf) {
        let text = std::fs::read_to_string(&self.config).expect("the configuration");
        let (_, rest) = text.split_once("data_folder = ").expect("a data folder");
        let (_, rest) = rest.split_once('\n').expect("a line");
        let settings = rest.split("[[demonstration_patient]]").next().expect("the settings");
        let live = format!("data_folder = \"live\"\n{settings}\n[record]\nkey_file = \"live.keys\"\n");
        let file = self.config.replace("desk.toml", "live.toml");
        std::fs::write(&file, live).expect("written");
        let folder = Path::new(&file).with_file_name("live");
        (file, folder)
    }

    pub(crate) fn control(&self, path: &str) -> String {
        format!("{}{path}", self.description["control"]["url"].as_str().expect("a URL"))
    }

    pub(crate) async fn cue(&self, order: Value) {
        let sent = reqwest::Client::new().post(self.control("/control"));
        let sent = sent.header("content-type", "application/json").body(order.to_string()).send().await.expect("sent");
        assert!(sent.status().is_success(), "the cue is taken");
    }

    pub(crate) async fn held(&self, provider: &str) -> usize {
        self.told("/held").await[provider].as_array().map_or(0, Vec::len)
    }

    /// What it tells whoever asks it: of the providers (`/held`), of the receiver of referrals (`/documents`).
    pub(crate) async fn told(&self, path: &str) -> Value {
        let text = reqwest::get(self.control(path)).await.expect("asked").text().await.expect("answered");
        serde_json::from_str(&text).expect("json")
    }

    /// Where a provider's own addresses begin.
    pub(crate) fn root(&self, provider: &str) -> String {
        let all = self.description["providers"].as_array().expect("providers");
        let root = all.iter().find(|one| one["name"] == provider).and_then(|one| one["root"].as_str());
        root.expect("a provider").to_owned()
    }
}

/// The same desk from a terminal, over the same record.
pub(crate) async fn deskctl(config: &str, (username, passphrase): (&str, &str), arguments: &[&str]) -> Value {
    let file = format!("{config}.{username}");
    std::fs::write(&file, format!("{passphrase}\n")).expect("written");
    let mut command = Command::new(program("deskctl"));
    command.args(["--config", config, "--as", username, "--passphrase-file", &file]).args(arguments);
    let output = command.output().await.expect("deskctl was built");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Leaves pictures for whoever wants to look, at both sizes.
pub(crate) async fn picture(window: &Window, name: &str) {
    let Some(folder) = std::env::var_os("BOOKING_PICTURES") else { return };
    for (width, height) in SIZES.into_iter().rev() {
        window.driver.set_window_rect(0, 0, width, height).await.expect("the window takes a size");
        let file = std::path::Path::new(&folder).join(format!("{name}-{width}x{height}.png"));
        window.screenshot(&file).await;
    }
}

/// Has axe look at the page.
pub(crate) async fn assert_accessible(window: &Window, page: &str) {
    let found = window.accessibility().await;
    assert!(found.is_empty(), "NF-1 on the page {page:?}: {found:#?}");
}

/// The two sizes at which pages are looked at: as the window opens, and the smallest screen of a desk; in CSS pixels.
const SIZES: [(u32, u32); 2] = [(1400, 1000), (1280, 720)];

/// Goes through a page by keyboard at two sizes of the window: no bar at its edge lies over what has the focus. Ends at the
/// size that the window opens with.
pub(crate) async fn assert_nothing_covered(window: &Window, page: &str) {
    let looked = "const e = document.activeElement; const r = e.getBoundingClientRect(); \
        const over = [r.top + 2, r.bottom - 2].map(y => document.elementFromPoint((r.left + r.right) / 2, y)) \
            .map(hit => hit && hit.closest('.app-actions--sticky, .app-top')).find(bar => bar && !bar.contains(e)); \
        const first = !window.deskFirst; window.deskFirst = window.deskFirst || e; \
        return { name: e.id || e.innerText || e.tagName, covered: !!over, \
            active: document.hasFocus(), byKeyboard: e.matches(':focus-visible'), around: !first && e === window.deskFirst, height: window.innerHeight };";
    for (width, height) in SIZES.into_iter().rev() {
        window.driver.set_window_rect(0, 0, width, height).await.expect("the window takes a size");
        window.is_as_high(height).await;
        let begin = "document.querySelector('h1').focus(); window.deskFirst = null; return true;";
        window.driver.execute(begin, vec![]).await.expect("a page");
        let mut steps = 0;
        loop {
            window.keys(&char::from(Key::Tab).to_string()).await;
            let mut told = window.driver.execute(looked, vec![]).await.expect("a page").json().clone();
            // It is scrolled out from under a bar with the next frame.
            for _ in 0..20 {
                if told["covered"] == false {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
                let around = told["around"].clone();
                told = window.driver.execute(looked, vec![]).await.expect("a page").json().clone();
                told["around"] = around;
            }
            assert!(told["height"].as_u64().is_some_and(|own| own <= u64::from(height)), "{page}: the size: {told}");
            assert_eq!(told["covered"], false, "NF-1, {page} at {width}x{height}: a bar lies over it: {told}");
            steps += 1;
            if told["around"] == true || steps == 120 {
                break;
            }
        }
        assert!(steps > 5, "{page}: the keyboard goes through it");
    }
}

/// Calls a command as a page that was tampered with would: what it gave, or the problem that it refused with.
pub(crate) async fn invoke(window: &Window, command: &str, arguments: Value) -> Value {
    let script = "const done = arguments[arguments.length - 1]; const [command, given] = arguments; \
        const invoke = window.__TAURI_INTERNALS__.invoke; \
        const told = { refer: 'onStage', book: 'onStage', cancel_booking: 'onStage', verify_audit: 'onProgress', \
            export_audit: 'onProgress' }[command]; \
        if (told) { const id = window.__TAURI_INTERNALS__.transformCallback(() => {}); given[told] = `__CHANNEL__:${id}`; } \
        invoke(command, given).then(done, done);";
    let answer = window.driver.execute_async(script, vec![json!(command), arguments]).await.expect("an answer");
    answer.json().clone()
}

/// The encounter that the page is about.
pub(crate) async fn id_in_the_address(window: &Window) -> String {
    let script = "return location.hash.split('/')[2];";
    let id = window.driver.execute(script, vec![]).await.expect("a page").json().clone();
    id.as_str().expect("an encounter").to_owned()
}

/// Kills the application that was started with this configuration, and no other test's.
pub(crate) fn kill_application(config: &str) {
    let killed =
        std::process::Command::new("pkill").args(["-KILL", "-f", &format!("booking-desk --config {config}")]).status();
    assert!(killed.is_ok_and(|status| status.success()), "the application runs, and is killed");
}
