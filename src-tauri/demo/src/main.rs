//! `demo-nhs`: the demonstration NHS as a program of its own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use demo_nhs::{DemoError, DemoOptions, SCENARIOS};

/// A demonstration NHS on free loopback ports: serves until it is stopped.
///
/// The description (JSON) has: `dos` {url, username, password, accounts}, `sds` {url, base}, `ssp` {url}, `providers`
/// [{name, root, asid, `party_key`}], `registry` {url}, `organisation` {`ods_code`, name, asid, `issuer_url`}, `services`
/// [{id, name, asid, provider, `booking_only`, bookable, note}], `patients`, `control` {url}, with --tls `tls` {ca,
/// `client_certificate`, `client_key`}, `seed`, `started_at`, `itk` {url}.
///
/// Situations are cued by POSTing JSON to `control` + `/control`, for example {"provider":"utc","do":"delay","ms":3000},
/// and {"do":"reset"}; {"scenario":"lost_answer"} sets a named one up from a fresh start, {"do":"start_again"} undoes it;
/// with --tls {"system":"dos","do":"expire_certificate"} (distrust);
/// {"service":"111001","do":"fill"} (close, reopen); {"booking":ID,"do":"arrived"} (fulfilled, noshow, cancelled, move, past,
/// `hand_over`, restrict, forget).
/// GET `/scenarios` lists the named ones; GET `/held`, `/counter` and `/asked` show what the providers hold and what was
/// asked.
///
/// `itk` receives referrals: POST a `SendNHS111Report-v2-0` message (SOAP 1.1) with a CDA document; every service's itk
/// endpoint in the directory has this address. Its cues are {"system":"itk","do":…}: offline, delay, `lose_answer`, garbage,
/// refuse (with "code" 1000, 2100, 2200 or 3000); GET `/documents` shows what it keeps and whether each document and its
/// booking name each other.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Write the description of all addresses, ids, credentials and patients here (JSON).
    #[arg(long, value_name = "FILE")]
    describe_to: PathBuf,
    /// Write a configuration of the application that fits (TOML).
    #[arg(long, value_name = "FILE")]
    config_to: Option<PathBuf>,
    /// The data folder named in that configuration; without it, a folder beside the file.
    #[arg(long, value_name = "DIR", requires = "config_to")]
    config_data: Option<PathBuf>,
    /// How many services the directory knows.
    #[arg(long, default_value_t = 12)]
    services: usize,
    /// About how many slots a service with slots has.
    #[arg(long, default_value_t = 40)]
    slots_per_service: usize,
    /// How much longer every provider takes to answer, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Which world: the same seed gives the same slots relative to now.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Set this named situation up at the start.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(SCENARIOS.map(|one| one.name)))]
    scenario: Option<String>,
    /// Keep bookings in this folder between runs.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// DoS, proxy and Spine directory on TLS, with an authority made at the start, demanding a client's certificate.
    #[arg(long)]
    tls: bool,
    /// Where the certificates and the client's key are written; without it, a folder beside the description.
    #[arg(long, value_name = "DIR", requires = "tls")]
    tls_folder: Option<PathBuf>,
    /// Leave every message of a referral in this folder as it came, a file each; without it, where the variable
    /// `DEMO_NHS_MESSAGES` says.
    #[arg(long, value_name = "DIR")]
    messages: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.to_string()),
    }
}

async fn run(arguments: Arguments) -> Result<(), DemoError> {
    let beside = arguments.describe_to.with_extension("tls");
    let tls_folder = std::path::absolute(arguments.tls_folder.unwrap_or(beside))?;
    let unless_named = DemoOptions::default();
    let demonstration = demo_nhs::start(DemoOptions {
        messages: arguments.messages.or(unless_named.messages.clone()),
        services: arguments.services,
        slots_per_service: arguments.slots_per_service,
        latency: Duration::from_millis(arguments.latency_ms),
        seed: arguments.seed,
        now: None,
        data: arguments.data,
        tls: arguments.tls,
        tls_folder: Some(tls_folder),
        ..unless_named
    })
    .await?;
    if let Some(scenario) = &arguments.scenario {
        demonstration.control().cue(serde_json::json!({ "scenario": scenario }))?;
    }
    if let Some(file) = &arguments.config_to {
        let beside = file.with_extension("data");
        let folder = std::path::absolute(arguments.config_data.unwrap_or(beside))?;
        write_whole(file, &demonstration.config_toml(&folder))?;
    }
    let description = serde_json::to_string_pretty(demonstration.description()).map_err(std::io::Error::from)?;
    write_whole(&arguments.describe_to, &description)?;
    say(&format!("The demonstration NHS is up: {}", arguments.describe_to.display()));
    stopped().await;
    demonstration.stop().await;
    Ok(())
}

/// Writes a file so that nobody ever reads half of it.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, text)?;
    std::fs::rename(part, file)
}

#[cfg(unix)]
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = match signal(SignalKind::terminate()) {
        Ok(terminated) => terminated,
        Err(_) => return drop(tokio::signal::ctrl_c().await),
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}

#[cfg(not(unix))]
async fn stopped() {
    drop(tokio::signal::ctrl_c().await);
}

#[expect(clippy::print_stdout, reason = "a terminal program")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a terminal program")]
fn failed(text: &str) -> ExitCode {
    eprintln!("demo-nhs: {text}");
    ExitCode::FAILURE
}
