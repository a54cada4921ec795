//! The document, made of the sources of the types.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the syntax of Rust, of which little is needed here, and which grows"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use quote::ToTokens as _;
use syn::visit::Visit;
use syn::{Attribute, Expr, Field, Fields, File, Item, ItemEnum, ItemStruct, Lit, Meta, PathArguments, Type};

/// Where the document is.
pub(crate) fn committed() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../AUDIT.md"))
}

/// The document, as the types of this moment give it.
///
/// # Errors
/// A source cannot be read, or does not hold what the document is about.
pub(crate) fn document() -> Result<String, String> {
    let sources = Sources::read()?;
    let mut text = String::from(BEFORE);
    text.push_str("\n## Of every event\n\n");
    let event = sources.structure("AuditEvent")?;
    sources.fields(&mut text, &event.fields)?;
    for part in ["Actor", "Workplace"] {
        let structure = sources.structure(part)?;
        let _ = write!(text, "\n`{part}`: {}\n\n", doc(&structure.attrs));
        sources.fields(&mut text, &structure.fields)?;
    }
    text.push_str("\n## What happened\n\n");
    text.push_str("The field `what`; its `kind` is the name at the head of each.\n");
    for variant in &sources.enumeration("AuditAction")?.variants {
        let _ = write!(text, "\n### `{}`\n\n{}\n", camel(&variant.ident.to_string()), doc(&variant.attrs));
        if !variant.fields.is_empty() {
            text.push('\n');
            sources.fields(&mut text, &variant.fields)?;
        }
    }
    text.push_str(AFTER);
    Ok(text)
}

/// The domain's types by name.
pub(crate) struct Sources {
    pub(crate) types: BTreeMap<String, Item>,
}

impl Sources {
    pub(crate) fn read() -> Result<Self, String> {
        let mut folders = vec![Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())? {
                let path = entry.map_err(|error| error.to_string())?.path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        let mut types = BTreeMap::new();
        for path in files {
            let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
            let File { items, .. } = syn::parse_file(&text).map_err(|error| error.to_string())?;
            for item in items {
                let name = match &item {
                    Item::Struct(structure) => structure.ident.to_string(),
                    Item::Enum(enumeration) => enumeration.ident.to_string(),
                    // Identifiers are made by macros.
                    Item::Macro(made) => match made.mac.tokens.clone().into_iter().find_map(|token| {
                        let text = token.to_string();
                        text.chars().next().is_some_and(char::is_uppercase).then_some(text)
                    }) {
                        Some(name) => name,
                        None => continue,
                    },
                    _ => continue,
                };
                types.insert(name, item);
            }
        }
        Ok(Self { types })
    }

    fn structure(&self, name: &str) -> Result<&ItemStruct, String> {
        match self.types.get(name) {
            Some(Item::Struct(structure)) => Ok(structure),
            _ => Err(format!("there is no struct {name}")),
        }
    }

    fn enumeration(&self, name: &str) -> Result<&ItemEnum, String> {
        match self.types.get(name) {
            Some(Item::Enum(enumeration)) => Ok(enumeration),
            _ => Err(format!("there is no enum {name}")),
        }
    }

    /// Every type that a type is made of, as far as it is not kept apart.
    pub(crate) fn reach(&self, name: &str, reached: &mut BTreeSet<String>) {
        if !reached.insert(name.to_owned()) {
            return;
        }
        let Some(item @ (Item::Struct(_) | Item::Enum(_))) = self.types.get(name) else { return };
        let mut named = Named(BTreeSet::new());
        named.visit_item(item);
        for name in named.0 {
            self.reach(&name, reached);
        }
    }

    /// Whether something personal is in it.
    fn is_personal(&self, of: &Type) -> bool {
        let mut named = Named(BTreeSet::new());
        named.visit_type(of);
        let mut reached = BTreeSet::new();
        for name in named.0 {
            self.reach(&name, &mut reached);
        }
        reached.contains("Personal")
    }

    fn fields(&self, text: &mut String, fields: &Fields) -> Result<(), String> {
        text.push_str("| Field | What it holds | Type | Personal |\n|---|---|---|---|\n");
        for Field { ident, attrs, ty, .. } in fields {
            let name = ident.as_ref().ok_or("a field without a name")?;
            let personal = if self.is_personal(ty) { "yes" } else { "" };
            let (name, doc, of) = (camel_of_snake(&name.to_string()), doc(attrs), words(ty));
            let _ = writeln!(text, "| `{name}` | {doc} | {of} | {personal} |");
        }
        Ok(())
    }
}

/// The names of types in a type; of what is kept apart, only that it is.
struct Named(BTreeSet<String>);

impl<'a> Visit<'a> for Named {
    fn visit_type_path(&mut self, path: &'a syn::TypePath) {
        if let Some(last) = path.path.segments.last() {
            self.0.insert(last.ident.to_string());
            if last.ident != "Personal" {
                syn::visit::visit_type_path(self, path);
            }
        }
    }
}

/// A type in words.
fn words(of: &Type) -> String {
    let Type::Path(path) = of else { return of.to_token_stream().to_string() };
    let Some(last) = path.path.segments.last() else { return String::new() };
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.first().and_then(|argument| match argument {
            syn::GenericArgument::Type(inner) => Some(words(inner)),
            _ => None,
        }),
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    };
    match (last.ident.to_string().as_str(), inner) {
        ("Option", Some(inner)) => format!("{inner}, or none"),
        ("Vec", Some(inner)) => format!("list of {inner}"),
        ("Box" | "Personal", Some(inner)) => inner,
        ("DateTime", _) => "instant (UTC)".to_owned(),
        ("String", _) => "text".to_owned(),
        ("bool", _) => "true or false".to_owned(),
        ("u8" | "u16" | "u32" | "u64" | "i64", _) => "number".to_owned(),
        (name, _) => format!("`{name}`"),
    }
}

/// A doc comment on one line, as a cell of a table takes it.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn camel(pascal: &str) -> String {
    let mut letters = pascal.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn camel_of_snake(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let head = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        name + &head + letters.as_str()
    })
}

const BEFORE: &str = "\
# The audit record

Generated from `src-tauri/domain/src/audit.rs`; to write it again: `cargo xtask bindings`.

Everything that is done and seen at a desk is an event of this record (NF-3, SL-8, BK-7, TF-3, BO-5, CA-7, RB-8); the reports
(RP) are made of them. An act and its event are on disk together, or neither is. Events are never changed and never removed.
";

const AFTER: &str = "
## How an event is kept

- **Order.** Events are numbered 1, 2, 3 … without a gap. The number is the order; `at` is what the clock said, also where it
  was set back.
- **Canonical form.** An event is kept as JSON by RFC 8785: keys in order of their UTF-16 code units, no blanks, the shortest
  escapes; whole numbers within ±(2⁵³ − 1) and no fractions.
- **Personal part.** What is personal of the fields marked so is taken out of the event. It stands in a list of their own, in the order of
  their places; in each place stands `{\"$personal\":n}`, the position in that list from 0. Beside the list is a salt of 32 random
  bytes. When the time to keep it is over the list and the salt are removed; `personalPartsRemoved` says so, and without such an
  event the database lets none go. After that, `[removed]` is read in its places.
- **Patient.** An event never names its patient. It names the encounter, and a random reference that all encounters with one
  NHS number share (an encounter without a number has its own). The list from reference to patient is a table of its own: once a
  line of it is removed, that reference leads to nobody. Events are found by NHS number or name through the encounters as they are
  now.
- **Exchanges.** `request` is the X-Request-ID, by which the exchange, with its trace and correlation ids, status and duration, is
  found in the table of exchanges.

## The chain

The hash of an event is SHA-256 over, in this order: the text `booking-desk audit event 1` and a line feed; the number; the
hash of the event before (32 bytes; of the first, zeros); `at` with milliseconds, kind, username, encounter, patient, service and
request; the format; the event without its personal part in canonical form; the commitment to the personal part. Numbers are 8
bytes, big-endian; every text, and the commitment, stands behind its length in 8 bytes; what is missing is 8 bytes `ff`.

The commitment is SHA-256 over the text `booking-desk audit personal part 1` and a line feed, the salt and the list in
canonical form, each behind its length. It stays when the personal part goes, so the chain still holds.

`deskctl audit verify` walks along the whole chain and names the first event that does not hold, and how: changed, removed,
inserted, reordered, its personal part changed or gone without an event, cut off at the end, or not as sealed.

**Seals.** Whoever can write the file could make a whole chain anew. So the head is sealed once a day, and by `deskctl audit seal`:
a line with day, number and hash in `seals/audit-seals.txt` beside the record. Keep copies elsewhere, where the people who look
after the desk cannot write, and hand them to `deskctl audit verify --seals FILE`.

**Export.** `deskctl audit export` writes `audit.jsonl`, which holds all that the hashes cover, so that the chain can be verified
from the file alone where nothing was filtered out; `audit.csv` for people, in which a cell that a spreadsheet would take for a
formula begins with an apostrophe; and `manifest.json` with the SHA-256 of both files and the head of the chain.
";
