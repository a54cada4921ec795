//! Writes what is generated from the contract, the TypeScript and the manual's messages: `cargo xtask bindings`.

fn main() -> std::io::Result<()> {
    let typescript = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/contract/contract.ts");
    std::fs::write(typescript, desk_contract::typescript::typescript())?;
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/../MESSAGES.md"), desk_contract::failures::manual())
}
