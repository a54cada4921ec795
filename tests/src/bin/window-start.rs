//! Measures from process start to a usable sign-in page, against an empty window of the same framework.

#![expect(clippy::print_stdout, reason = "a terminal program")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use desk_tests::window::Window;

const RUNS: usize = 7;

#[tokio::main]
async fn main() {
    let release = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release"));
    let desk = measure(&release.join("booking-desk"), &["--demonstration"], "Sign in").await;
    let empty = measure(&release.join("examples/empty-window"), &[], "Empty").await;
    println!("process start to a usable sign-in page: {desk:?} (median of {RUNS})");
    println!("the same for an empty window:           {empty:?}");
    println!("ratio: {:.2} (budget 1.5)", desk.as_secs_f64() / empty.as_secs_f64());
}

async fn measure(program: &Path, arguments: &[&str], heading: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let began = Instant::now();
        let window = Window::open_program(program, arguments).await;
        window.page(heading).await;
        times.push(began.elapsed());
        window.close().await;
    }
    // The first run warms the disk's cache.
    times.remove(0);
    times.sort_unstable();
    times[times.len() / 2]
}
