//! Who may know whom, held by `cargo metadata`; and what never stands at the top of the project.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[test]
fn knowledge_has_one_direction() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("metadata");
    let ours: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
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
        let package = metadata.packages.iter().find(|package| *package.name == **name).expect("a package of the house");
        let knows: BTreeSet<&str> = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal && ours.contains(&dependency.name))
            .map(|dependency| dependency.name.as_str())
            .collect();
        let may: BTreeSet<&str> = may_know.iter().copied().collect();
        assert!(knows.is_subset(&may), "{name} knows {knows:?}, and may know {may:?}");
    }
}

#[test]
fn rules_and_journeys_do_no_io() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("metadata");
    let forbidden = ["reqwest", "rusqlite", "ldap3", "quick-xml", "axum", "tauri"];
    for package in metadata.packages.iter().filter(|p| ["desk-domain", "desk-journeys"].contains(&p.name.as_str())) {
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            assert!(!forbidden.contains(&dependency.name.as_str()), "{} uses {}", package.name, dependency.name);
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
