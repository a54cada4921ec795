//! The real window, driven by WebDriver: the system's own webview, real key presses, screenshots.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, Key};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::messages::Messages;
use crate::programs::program;

/// How long something that should appear may take to.
const PATIENCE: Duration = Duration::from_secs(20);

/// The window.
pub struct Window {
    /// The driver.
    pub driver: WebDriver,
    server: Child,
    _messages: Option<Messages>,
}

impl Window {
    /// Opens the application's window. Every message of a referral that its own demonstration gets is looked at in the end.
    ///
    /// # Panics
    /// Where it does not open: `webkit2gtk-driver` and a display are needed.
    pub async fn open(arguments: &[&str]) -> Self {
        Self::of(&program("booking-desk"), arguments, Some(Messages::new()), None).await
    }

    /// Opens the application's window with a folder of its own for what is saved.
    ///
    /// # Panics
    /// Where it does not open, or the folder cannot be written to.
    pub async fn open_saving_to(downloads: &Path, arguments: &[&str]) -> Self {
        // Where the system says that downloads go.
        let settings = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display());
        std::fs::write(downloads.join("user-dirs.dirs"), settings).expect("the folder can be written to");
        Self::of(&program("booking-desk"), arguments, Some(Messages::new()), Some(downloads)).await
    }

    /// Opens the window of a program, without a look at any message.
    ///
    /// # Panics
    /// Where it does not open.
    pub async fn open_program(program: &Path, arguments: &[&str]) -> Self {
        Self::of(program, arguments, None, None).await
    }

    async fn of(program: &Path, arguments: &[&str], messages: Option<Messages>, settings: Option<&Path>) -> Self {
        let port = free_port().await;
        let kept = messages.as_ref().map(|messages| (demo_nhs::MESSAGES, messages.folder()));
        let server = Command::new("WebKitWebDriver")
            .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(kept)
            .envs(settings.map(|folder| ("XDG_CONFIG_HOME", folder)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("WebKitWebDriver is installed");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(began.elapsed() < PATIENCE, "WebKitWebDriver does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut capabilities = Capabilities::new();
        let options = json!({ "binary": program, "args": arguments });
        capabilities.set("webkitgtk:browserOptions", options).expect("a value");
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.expect("the window opens");
        Self { driver, server, _messages: messages }
    }

    /// Closes it.
    pub async fn close(mut self) {
        drop(self.driver.quit().await);
        drop(self.server.kill().await);
    }

    /// Kills the application, as a power cut would.
    ///
    /// # Panics
    /// Where there is none to kill.
    pub async fn kill(mut self) {
        self.server.start_kill().expect("the driver runs");
        drop(self.server.wait().await);
        self.driver.leak().expect("it was not closed before");
    }

    /// Waits for the page with that heading.
    ///
    /// # Panics
    /// Where it does not come, with what the page says instead.
    pub async fn page(&self, heading: &str) {
        let began = Instant::now();
        loop {
            let now = self.text("h1").await;
            if now.as_deref().is_some_and(|now| now.trim() == heading) {
                return;
            }
            if began.elapsed() > PATIENCE {
                let body = self.text("body").await.unwrap_or_default();
                panic!("waited for the page {heading:?}; the page is {now:?}:\n{body}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the page says something.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn says(&self, words: &str) {
        let began = Instant::now();
        loop {
            let body = self.text("body").await.unwrap_or_default();
            if body.to_lowercase().contains(&words.to_lowercase()) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "waited for the words {words:?} on the page:\n{body}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until its page is no higher than the window that was asked for.
    ///
    /// # Panics
    /// Where it does not become so.
    pub async fn is_as_high(&self, height: u32) {
        let began = Instant::now();
        let fits = format!("return window.innerHeight <= {height} && window.innerHeight > {height} - 200;");
        while self.driver.execute(fits.as_str(), vec![]).await.expect("a page").json() != &json!(true) {
            assert!(began.elapsed() < PATIENCE, "the window takes a height of {height}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The text of the first element of a selector.
    pub async fn text(&self, selector: &str) -> Option<String> {
        let script = "const found = document.querySelector(arguments[0]); return found ? found.innerText : null;";
        let found = self.driver.execute(script, vec![json!(selector)]).await.ok()?;
        found.json().as_str().map(str::to_owned)
    }

    /// Waits for a button whose accessible name begins so, and presses it.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn press(&self, name: &str) {
        self.button(name).await.click().await.unwrap_or_else(|error| panic!("{name:?} cannot be pressed: {error}"));
    }

    /// Waits for a button or link whose accessible name begins so.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn button(&self, name: &str) -> WebElement {
        let script = "return [...document.querySelectorAll('button, a[href], [role=button]')].find(element => \
            ((element.getAttribute('aria-label') || element.innerText || '').trim()).startsWith(arguments[0]) && \
            !element.disabled && element.getClientRects().length > 0) || null;";
        let began = Instant::now();
        loop {
            let found = self.driver.execute(script, vec![json!(name)]).await;
            if let Ok(element) = found.and_then(ScriptRet::element) {
                return element;
            }
            if began.elapsed() > PATIENCE {
                let body = self.text("body").await.unwrap_or_default();
                panic!("there is no button {name:?} on the page:\n{body}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Types into the field of that id, after emptying it.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.field(id).await;
        field.clear().await.expect("it can be emptied");
        field.send_keys(text).await.expect("it takes keys");
    }

    /// Waits for the field of that id.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn field(&self, id: &str) -> WebElement {
        let query = self.driver.query(By::Id(id)).wait(PATIENCE, Duration::from_millis(50));
        query.first().await.unwrap_or_else(|_| panic!("there is no field {id:?}"))
    }

    /// Waits for the first element of a selector, and clicks it.
    ///
    /// # Panics
    /// Where there is none.
    pub async fn choose(&self, selector: &str) {
        let query = self.driver.query(By::Css(selector)).wait(PATIENCE, Duration::from_millis(50));
        let found = query.first().await.unwrap_or_else(|_| panic!("there is no {selector:?}"));
        found.click().await.unwrap_or_else(|error| panic!("{selector:?} cannot be chosen: {error}"));
    }

    /// Presses keys where the focus is.
    ///
    /// # Panics
    /// Where they cannot be pressed.
    pub async fn keys(&self, keys: &str) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("keys can be pressed");
    }

    /// Presses Tab until the focus is on an element whose id or accessible name begins so.
    ///
    /// # Panics
    /// Where a hundred and fifty steps do not reach it.
    pub async fn tab_to(&self, wanted: &str) {
        let script = "const e = document.activeElement; return [e.id, (e.getAttribute('aria-label') || e.innerText || '').trim()];";
        for _ in 0..150 {
            let focus = self.driver.execute(script, vec![]).await.expect("a page").json().clone();
            let (id, name) = (focus[0].as_str().unwrap_or_default(), focus[1].as_str().unwrap_or_default());
            if (!id.is_empty() && id.starts_with(wanted)) || name.starts_with(wanted) {
                return;
            }
            self.keys(&char::from(Key::Tab).to_string()).await;
        }
        panic!("the keyboard does not reach {wanted:?}");
    }

    /// Takes a screenshot of the page as it is painted.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub async fn screenshot(&self, file: &Path) {
        // The page is there before it is painted: two frames, and what the compositor takes after them.
        let painted = "const done = arguments[arguments.length - 1]; document.fonts.ready.then(() => \
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true), 250))));";
        self.answered(painted, "the page is painted").await;
        let picture = self.driver.screenshot_as_png().await.expect("a screenshot");
        std::fs::write(file, picture).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// What a script that takes its time answers. Now and then the driver loses the answer of one ("Could not parse script
    /// result"): then it is run again.
    async fn answered(&self, script: &str, what: &str) -> ScriptRet {
        let mut lost = 0;
        loop {
            match self.driver.execute_async(script, vec![]).await {
                Ok(answer) => return answer,
                Err(error) if lost == 2 => panic!("{what}: {error:?}"),
                Err(_) => lost += 1,
            }
        }
    }

    /// Runs axe over the page and gives what it finds, in words.
    ///
    /// # Panics
    /// Where axe is not installed with the UI.
    pub async fn accessibility(&self) -> Vec<String> {
        let axe = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js"));
        let source = std::fs::read_to_string(axe).expect("axe-core comes with the UI's packages");
        let script = format!(
            "{source};\nconst done = arguments[arguments.length - 1];\n\
             axe.run(document, {{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }})\n\
             .then(found => done(found.violations.map(v => v.id + ': ' + v.help + ' (' + v.nodes.map(n => n.html).slice(0, 3).join(' | ') + ')')))\n\
             .catch(error => done(['axe failed: ' + error]));"
        );
        let found = self.answered(&script, "axe runs").await;
        found.json().as_array().into_iter().flatten().filter_map(|v| v.as_str()).map(str::to_owned).collect()
    }
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    listener.local_addr().expect("an address").port()
}
