//! Set-up: the system's packages, the UI's packages, the UI. What is there already is not done again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::packages::{Package, Purpose, missing};
use crate::steps::{Failed, command, npm, output, root, run};

/// Sets up for a purpose.
pub(crate) fn set_up(purpose: Purpose) -> Result<(), Failed> {
    system(purpose)?;
    node()?;
    ui()
}

fn system(purpose: Purpose) -> Result<(), Failed> {
    if cfg!(target_os = "linux") {
        return debian(purpose);
    }
    if cfg!(windows) {
        println!("On Windows this needs: the Visual Studio Build Tools with C++, and WebView2 (part of Windows 11).");
    } else {
        println!("On macOS this needs the Xcode Command Line Tools: xcode-select --install");
        output(command("xcode-select", &["-p"]))
            .ok_or_else(|| Failed("install the Xcode Command Line Tools first".to_owned()))?;
    }
    Ok(())
}

fn debian(purpose: Purpose) -> Result<(), Failed> {
    if output(command("apt-get", &["--version"])).is_none() {
        println!("This is not Debian or Ubuntu. Install the equivalents of these yourself:");
        missing(purpose, |_| false).iter().for_each(tell);
        return Ok(());
    }
    let lacking = missing(purpose, is_installed);
    if lacking.is_empty() {
        println!("The system has all that is needed.");
        return Ok(());
    }
    println!("The system lacks {} package(s):", lacking.len());
    lacking.iter().for_each(tell);
    let names: Vec<&str> = lacking.iter().map(|package| package.name).collect();
    let by_hand = format!("apt-get update && apt-get install --no-install-recommends {}", names.join(" "));
    let is_root = output(command("id", &["-u"])).is_some_and(|id| id.trim() == "0");
    let has_sudo = output(command("sudo", &["-n", "true"])).is_some();
    if !is_root && !has_sudo {
        return Err(Failed(format!(
            "no right to install packages here. Have this run, then come back:\n  sudo sh -c '{by_hand}'"
        )));
    }
    let apt = |arguments: &[&str]| -> Command {
        let mut apt = if is_root { command("apt-get", &[]) } else { command("sudo", &["-E", "apt-get"]) };
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    run(apt(&["update", "--quiet"]))?;
    let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    install.extend(names);
    run(apt(&install))
}

fn tell(package: &Package) {
    println!("  {:24} {}", package.name, package.why);
}

fn is_installed(name: &str) -> bool {
    let status = output(command("dpkg-query", &["--show", "--showformat=${Status}", name]));
    status.is_some_and(|status| status.contains("install ok installed"))
}

fn node() -> Result<(), Failed> {
    let version = output(command("node", &["--version"]))
        .ok_or_else(|| Failed("install Node.js 20 or newer first".to_owned()))?;
    let major: u32 =
        version.trim().trim_start_matches('v').split('.').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    if major >= 20 {
        Ok(())
    } else {
        Err(Failed(format!("Node.js {} is too old: install 20 or newer", version.trim())))
    }
}

fn ui() -> Result<(), Failed> {
    let ui = root().join("ui");
    let lock = hash(&[ui.join("package-lock.json")])?;
    done_once(&ui.join("node_modules/.installed-for"), &lock, "The UI's packages", || {
        run(npm(&["ci", "--no-audit", "--no-fund"]))
    })?;
    let mut sources = Vec::new();
    files_below(&ui.join("src"), &mut sources)?;
    for file in ["index.html", "package-lock.json", "tsconfig.json", "vite.config.ts"] {
        sources.push(ui.join(file));
    }
    sources.sort();
    let source = hash(&sources)?;
    done_once(&ui.join("dist/.built-from"), &source, "The UI", || run(npm(&["run", "build"])))
}

/// Does something unless the mark says that it was done for the same content.
fn done_once(mark: &Path, content: &str, what: &str, work: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
    if fs::read_to_string(mark).is_ok_and(|done| done == content) {
        println!("{what}: up to date.");
        return Ok(());
    }
    work()?;
    fs::write(mark, content).map_err(|error| Failed(format!("{} cannot be written: {error}", mark.display())))
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failed> {
    let unreadable = |error| Failed(format!("{} cannot be read: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files_below(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn hash(files: &[PathBuf]) -> Result<String, Failed> {
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(file).map_err(|error| Failed(format!("{} cannot be read: {error}", file.display())))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
