//! Measures from process start to a usable sign-in page, against an empty window of the same framework.

#![expect(clippy::print_stdout, reason = "a terminal program")]

use std::path::Path;
use std::time::{Duration, Instant};

use desk_tests::programs::program;
use desk_tests::window::Window;

const RUNS: usize = 5;

#[tokio::main]
async fn main() {
    let window = program("booking-desk");
    let desk = measure(&window, &["--demonstration"], Some("Sign in")).await;
    println!("process start to a usable sign-in page: {desk:?} (median of {RUNS})");
    let empty = measure(&window.with_file_name("examples").join("empty-window"), &[], None).await;
    println!("the same for an empty window:           {empty:?}");
    println!("ratio: {:.2} (budget 1.5)", desk.as_secs_f64() / empty.as_secs_f64());
}

async fn measure(program: &Path, arguments: &[&str], heading: Option<&str>) -> Duration {
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let began = Instant::now();
        let window = Window::open_program(program, arguments).await;
        match heading {
            Some(heading) => window.page(heading).await,
            // An empty page is usable as soon as there is one.
            None => while window.text("html").await.is_none() {},
        }
        times.push(began.elapsed());
        window.close().await;
    }
    // The first run warms the disk's cache.
    times.remove(0);
    times.sort_unstable();
    times[times.len() / 2]
}
