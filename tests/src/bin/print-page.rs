//! Prints an HTML file to a PDF file as the desk's webview prints: the same engine, on A4, without the dialog in which a
//! person chooses a printer. On Linux, with a display.

#![cfg_attr(
    target_os = "linux",
    expect(clippy::expect_used, reason = "a terminal program that says at once what went wrong")
)]

#[cfg(target_os = "linux")]
fn main() {
    use gtk::prelude::*;
    use webkit2gtk::{LoadEvent, PrintOperation, PrintOperationExt, WebView, WebViewExt};

    let mut arguments = std::env::args().skip(1);
    let (page, out) = arguments.next().zip(arguments.next()).expect("print-page PAGE.html OUT.pdf, absolute paths");
    gtk::init().expect("a display");
    let webview = WebView::new();
    let window = gtk::OffscreenWindow::new();
    window.set_default_size(1400, 1000);
    window.add(&webview);
    window.show_all();
    webview.connect_load_changed(move |webview, event| {
        if event != LoadEvent::Finished {
            return;
        }
        let settings = gtk::PrintSettings::new();
        settings.set_printer("Print to File");
        settings.set("output-file-format", Some("pdf"));
        settings.set("output-uri", Some(&format!("file://{out}")));
        let setup = gtk::PageSetup::new();
        setup.set_paper_size(&gtk::PaperSize::new(Some("iso_a4")));
        let print = PrintOperation::new(webview);
        print.set_print_settings(&settings);
        print.set_page_setup(&setup);
        print.connect_failed(|_, why| panic!("not printed: {why}"));
        print.connect_finished(|_| gtk::main_quit());
        print.print();
    });
    webview.load_uri(&format!("file://{page}"));
    gtk::main();
}

#[cfg(not(target_os = "linux"))]
const fn main() {}
