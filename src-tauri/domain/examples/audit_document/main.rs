//! Writes `src-tauri/AUDIT.md`, the list of everything that the audit record holds, out of the types themselves:
//! `cargo xtask bindings`. A test of the same name says when it is out of date.

mod document;

fn main() -> std::io::Result<()> {
    std::fs::write(document::committed(), document::document().map_err(std::io::Error::other)?)
}
