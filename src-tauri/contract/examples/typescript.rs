//! Writes the TypeScript of the contract to where the UI has it: `cargo xtask bindings`.

fn main() -> std::io::Result<()> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/contract/contract.ts");
    std::fs::write(file, desk_contract::typescript::typescript())
}
