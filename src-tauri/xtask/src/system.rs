//! The system: finds what it lacks, and installs it by apt or says how a person does.

use std::io::{IsTerminal, stdin};
use std::process::Command;

use crate::packages::{
    ANSWERS, MACOS, Need, OLDEST_NODE, PACKAGES, Package, Purpose, WINDOWS, missing, node_is_new_enough, unmet,
};
use crate::steps::{Failed, command, npm, output, run};

/// Gives the system what a purpose needs.
pub(crate) fn provide(purpose: Purpose) -> Result<(), Failed> {
    if cfg!(windows) {
        check(WINDOWS)?;
    } else if cfg!(target_os = "macos") {
        check(MACOS)?;
    } else {
        debian(purpose)?;
    }
    node()
}

fn check(needs: &'static [Need]) -> Result<(), Failed> {
    let lacking =
        unmet(needs, |words| words.split_first().is_some_and(|(program, arguments)| shows(program, arguments)));
    if lacking.is_empty() {
        println!("The system has all that is needed.");
        return Ok(());
    }
    println!("The system lacks:");
    for need in &lacking {
        println!("  {} ({}): {}", need.what, need.why, need.how);
    }
    Err(Failed("install what is named above, then run this again".to_owned()))
}

fn shows(program: &str, arguments: &[&str]) -> bool {
    output(command(program, arguments)).is_some_and(|said| !said.trim().is_empty())
}

fn debian(purpose: Purpose) -> Result<(), Failed> {
    if !shows("apt-get", &["--version"]) {
        println!("This is not Debian or Ubuntu, so nothing is installed here. Have the equivalents of these:");
        missing(purpose, |_| false).iter().for_each(tell);
        return Ok(());
    }
    let lacking = missing(purpose, is_installed);
    if lacking.is_empty() {
        println!("The system has all that is needed.");
        return Ok(());
    }
    let needed = PACKAGES.iter().filter(|package| package.purpose <= purpose).count();
    println!("The system lacks {} of the {needed} packages that are needed:", lacking.len());
    lacking.iter().for_each(tell);
    let names: Vec<&str> = lacking.iter().map(|package| package.name).collect();
    let right = Right::of_this_user(&names)?;
    for (_, answer) in ANSWERS.iter().filter(|(name, _)| names.contains(name)) {
        run(right.answer(answer))?;
    }
    run(right.apt(&["update", "--quiet"]))?;
    let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    install.extend(names);
    run(right.apt(&install))
        .map_err(|Failed(why)| Failed(format!("{why}. Debian 12, Ubuntu 22.04 or newer have all of these packages")))
}

fn tell(package: &Package) {
    println!("  {:24} {}", package.name, package.why);
}

fn is_installed(name: &str) -> bool {
    let status = output(command("dpkg-query", &["--show", "--showformat=${Status}", name]));
    status.is_some_and(|status| status.contains("install ok installed"))
}

/// By what right packages are installed.
enum Right {
    Root,
    Sudo,
}

impl Right {
    /// The right that this user has; where it is none, the command that somebody who has it must run.
    fn of_this_user(names: &[&str]) -> Result<Self, Failed> {
        if output(command("id", &["-u"])).is_some_and(|id| id.trim() == "0") {
            return Ok(Self::Root);
        }
        if output(command("sudo", &["-n", "true"])).is_some() {
            println!("They are installed by sudo.");
            return Ok(Self::Sudo);
        }
        if stdin().is_terminal() && shows("sudo", &["--version"]) {
            println!("They are installed by sudo, which may ask for your password.");
            return Ok(Self::Sudo);
        }
        let answers = ANSWERS.iter().filter(|(name, _)| names.contains(name));
        let answers: String = answers.map(|(_, answer)| format!("{} && ", answering(answer))).collect();
        let names = names.join(" ");
        Err(Failed(format!(
            "no right to install packages here. Have this run, then run this again:\n  \
             sudo sh -c '{answers}apt-get update && apt-get install --yes --no-install-recommends {names}'"
        )))
    }

    /// Answers a question of an installer before it is asked.
    fn answer(&self, answer: &str) -> Command {
        let script = answering(answer);
        match self {
            Self::Root => command("sh", &["-c", &script]),
            Self::Sudo => command("sudo", &["sh", "-c", &script]),
        }
    }

    /// An apt command that never asks, tries a download again, and waits for another installation to end.
    fn apt(&self, arguments: &[&str]) -> Command {
        let quietly = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
        // `env` rather than this process's environment: sudo drops that.
        let mut apt = match self {
            Self::Root => command("env", &quietly),
            Self::Sudo => command("sudo", &[&["env"], &quietly[..]].concat()),
        };
        apt.args(["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments);
        apt
    }
}

fn answering(answer: &str) -> String {
    format!("echo \"{answer}\" | debconf-set-selections")
}

fn node() -> Result<(), Failed> {
    let wanted = format!("Node.js {}.{} or newer, with npm", OLDEST_NODE.0, OLDEST_NODE.1);
    let version = output(command("node", &["--version"]))
        .ok_or_else(|| Failed(format!("there is no Node.js here: install {wanted}, then run this again")))?;
    if !node_is_new_enough(&version) {
        return Err(Failed(format!("Node.js {} is too old: install {wanted}", version.trim())));
    }
    let Some(npm) = output(npm(&["--version"])) else {
        return Err(Failed(format!("there is Node.js here, but no npm: install {wanted}")));
    };
    println!("Node.js {}, npm {}.", version.trim(), npm.trim());
    Ok(())
}
