//! What comes out of a printer: a page printed by the desk's own webview engine, and read again by another program.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::programs::program;
use crate::window::Window;

/// The sheets of a printed page, each as the text on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The text of each sheet, in order.
    pub sheets: Vec<String>,
}

impl Printed {
    /// What the window's page looks like on paper. The page is copied as it stands, with the styles that are in force, and
    /// the copy is printed: in the window itself a person chooses the printer. None where nothing here reads what was printed.
    ///
    /// # Panics
    /// Where it cannot be printed.
    pub async fn of_window(window: &Window, pdf: &Path) -> Option<Self> {
        let script = "const copy = document.documentElement.cloneNode(true); \
            copy.querySelectorAll('script, link').forEach(one => one.remove()); \
            const style = document.createElement('style'); \
            style.textContent = [...document.styleSheets].flatMap(s => [...s.cssRules].map(r => r.cssText)).join('\\n'); \
            copy.querySelector('head').append(style); return '<!DOCTYPE html>' + copy.outerHTML;";
        let page = window.driver.execute(script, vec![]).await.expect("a page").json().clone();
        Self::of_page(page.as_str().expect("HTML"), pdf)
    }

    /// An HTML page on paper. None where nothing here reads what was printed.
    ///
    /// # Panics
    /// Where it cannot be printed.
    #[must_use]
    pub fn of_page(html: &str, pdf: &Path) -> Option<Self> {
        let page = pdf.with_extension("html");
        std::fs::write(&page, html).expect("the folder can be written to");
        // The printer that writes files is called so in English.
        let mut print = Command::new(program("print-page"));
        print.arg(&page).arg(pdf).env("LC_ALL", "C").stderr(Stdio::null());
        let printed = print.status().expect("print-page was built");
        assert!(printed.success() && pdf.is_file(), "it is printed: {printed}");
        let read = Command::new("pdftotext").args(["-layout", &pdf.to_string_lossy(), "-"]).output();
        let read = read.ok().filter(|read| read.status.success())?;
        let text = String::from_utf8(read.stdout).expect("UTF-8");
        let mut sheets: Vec<_> = text.split('\u{c}').map(str::to_owned).collect();
        // Each sheet ends with a form feed.
        sheets.pop();
        Some(Self { sheets })
    }

    /// Everything on every sheet, with one space between words.
    #[must_use]
    pub fn text(&self) -> String {
        self.sheets.iter().flat_map(|sheet| sheet.split_whitespace()).collect::<Vec<_>>().join(" ")
    }
}
