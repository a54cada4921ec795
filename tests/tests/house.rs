//! Who may know whom, held by `cargo metadata`; and what never stands at the top of the project.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// Of what `cargo metadata` says, as much as is asked for here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev` or `build`; none of an ordinary one.
    kind: Option<String>,
}

impl Package {
    /// Names of its ordinary dependencies.
    fn uses(&self) -> impl Iterator<Item = &str> {
        let ordinary = self.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        ordinary.map(|dependency| dependency.name.as_str())
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn packages() -> Option<Vec<Package>> {
    let asked = ["metadata", "--no-deps", "--format-version", "1"];
    let told = Command::new(env!("CARGO")).args(asked).current_dir(root()).output().ok()?;
    serde_json::from_slice::<Metadata>(&told.stdout).ok().map(|metadata| metadata.packages)
}

#[test]
fn knowledge_has_one_direction() {
    let packages = packages().expect("metadata");
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let allowed: &[(&str, &[&str])] = &[
        ("desk-domain", &[]),
        ("desk-journeys", &["desk-domain"]),
        ("desk-contract", &["desk-domain", "desk-journeys"]),
        ("desk-nhs", &["desk-domain", "desk-journeys"]),
        ("desk-store", &["desk-domain", "desk-journeys"]),
        ("demo-nhs", &[]),
        ("xtask", &[]),
        ("desk-composition", &["desk-contract", "desk-domain", "desk-journeys", "desk-nhs", "desk-store"]),
        ("deskctl", &["desk-composition", "desk-contract", "desk-domain", "desk-journeys"]),
        ("booking-desk", &["demo-nhs", "desk-composition", "desk-contract", "desk-domain", "desk-journeys"]),
    ];
    for (name, may_know) in allowed {
        let package = packages.iter().find(|package| package.name == *name).expect("a package of the house");
        let knows: BTreeSet<&str> = package.uses().filter(|used| ours.contains(used)).collect();
        let may: BTreeSet<&str> = may_know.iter().copied().collect();
        assert!(knows.is_subset(&may), "{name} knows {knows:?}, and may know {may:?}");
    }
}

#[test]
fn rules_and_journeys_do_no_io() {
    let forbidden = ["reqwest", "rusqlite", "ldap3", "quick-xml", "axum", "tauri"];
    let packages = packages().expect("metadata");
    let pure: Vec<&Package> =
        packages.iter().filter(|package| ["desk-domain", "desk-journeys"].contains(&package.name.as_str())).collect();
    assert_eq!(pure.len(), 2, "both are there");
    for package in pure {
        for used in package.uses() {
            assert!(!forbidden.contains(&used), "{} uses {used}", package.name);
        }
    }
}

#[test]
fn the_top_of_the_project_stays_small() {
    let known = ["Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "src-tauri", "ui", "tests", "icons", "target"];
    for entry in std::fs::read_dir(root()).expect("the project").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || known.contains(&name.as_str()), "{name} does not belong at the top");
    }
}
