//! Fuzzing of every reader of what others send. Needs a nightly compiler and `cargo-fuzz`; what is missing is installed
//! where rustup and cargo can.

use std::path::{Path, PathBuf};

use crate::steps::{Failed, command, output, root, run};

/// The readers: the DoS's XML, the Spine directory's BER, Bundles, OperationOutcomes, `Location` headers, appointments that
/// are written back, answers to referrals.
const TARGETS: [&str; 7] = ["dos", "sds", "bundle", "outcome", "location", "appointment", "delivery"];
/// Longer inputs only repeat what shorter ones show.
const LONGEST: u32 = 20_000;

/// Fuzzes each target, or the one that is named, for so many minutes.
pub(crate) fn fuzz(target: Option<&str>, minutes: u32) -> Result<(), Failed> {
    tools()?;
    let targets = TARGETS.into_iter().filter(|one| target.is_none_or(|wanted| wanted == *one));
    let targets: Vec<&str> = targets.collect();
    if targets.is_empty() {
        return Err(Failed(format!("there is no such target; there are {}", TARGETS.join(", "))));
    }
    for target in targets {
        println!("\n== {target}, {minutes} min");
        let corpus = folder().join("corpus").join(target);
        std::fs::create_dir_all(&corpus).map_err(|error| Failed(error.to_string()))?;
        run(on_nightly(target, &corpus, minutes))?;
    }
    println!("\nEvery target ran clean.");
    Ok(())
}

fn folder() -> PathBuf {
    root().join("src-tauri").join("nhs").join("fuzz")
}

fn on_nightly(target: &str, corpus: &Path, minutes: u32) -> std::process::Command {
    let mut fuzz = command("cargo", &["+nightly", "fuzz", "run", "--fuzz-dir"]);
    fuzz.arg(folder()).arg("--target-dir").arg(root().join("target").join("fuzz"));
    fuzz.arg(target).arg(corpus).arg(folder().join("seeds").join(target)).arg("--");
    fuzz.args([format!("-max_total_time={}", minutes * 60), format!("-max_len={LONGEST}")]);
    fuzz.arg("-print_final_stats=1");
    fuzz
}

fn tools() -> Result<(), Failed> {
    if output(command("cargo", &["+nightly", "--version"])).is_none() {
        run(command("rustup", &["toolchain", "install", "nightly", "--profile", "minimal"]))?;
    }
    if output(command("cargo", &["fuzz", "--version"])).is_none() {
        run(command("cargo", &["install", "cargo-fuzz", "--locked"]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_there_with_seeds_to_begin_from() {
        for target in TARGETS {
            assert!(folder().join("targets").join(target).with_extension("rs").is_file(), "{target}");
            let seeds = std::fs::read_dir(folder().join("seeds").join(target)).map(Iterator::count);
            assert!(seeds.is_ok_and(|count| count > 0), "{target} has seeds");
        }
    }
}
