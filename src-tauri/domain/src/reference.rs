//! A reference as somebody quotes it: the short one from a screen, a whole id from another system's help desk, or whatever
//! else the other side calls an exchange by.

use uuid::Uuid;

use crate::id::short_reference;

/// The longest text that is looked for.
const LONGEST: usize = 200;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The first eight hexadecimal digits of an id, in lower case: what a screen shows as `A1B2-C3D4`.
    Short(String),
    /// A whole id: of a request, a search, a trace, an order.
    Id(Uuid),
    /// Anything else: a correlation id of the other side.
    Other(String),
}

impl Reference {
    /// Reads what was typed, in any letter case; none where there is nothing, or too much to be one.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.is_empty() || typed.chars().count() > LONGEST {
            return None;
        }
        if let Ok(id) = Uuid::try_parse(typed) {
            return Some(Self::Id(id));
        }
        let digits: String = typed.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        if digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(Self::Short(digits.to_ascii_lowercase()));
        }
        Some(Self::Other(typed.to_owned()))
    }

    /// How every id that it stands for begins, in lower case; none where it stands for no id of ours.
    #[must_use]
    pub fn id_begins(&self) -> Option<String> {
        match self {
            Self::Short(digits) => Some(digits.clone()),
            Self::Id(id) => Some(id.to_string()),
            Self::Other(_) => None,
        }
    }

    /// As a screen shows it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Short(digits) => {
                digits.to_ascii_uppercase().chars().enumerate().fold(String::new(), |shown, (at, c)| {
                    let dash = if at == 4 { "-" } else { "" };
                    format!("{shown}{dash}{c}")
                })
            }
            Self::Id(id) => short_reference(*id),
            Self::Other(text) => text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn er_1_a_reference_is_understood_however_it_is_typed() {
        let short = Some(Reference::Short("a1b2c3d4".to_owned()));
        for typed in ["A1B2-C3D4", "a1b2c3d4", " A1B2 C3D4 "] {
            assert_eq!(Reference::read(typed), short, "{typed}");
        }
        let id = Uuid::from_u128(0xa1b2_c3d4_0000_0000_0000_0000_0000_0001);
        for typed in [id.to_string(), id.to_string().to_uppercase(), id.as_simple().to_string()] {
            assert_eq!(Reference::read(&typed), Some(Reference::Id(id)), "{typed}");
        }
        assert_eq!(short.as_ref().map(Reference::shown), Some(short_reference(id)), "as a screen shows it");
        let theirs = Reference::read("GP-7781/42");
        assert_eq!(theirs.as_ref().and_then(Reference::id_begins), None, "no id of ours: {theirs:?}");
        assert_eq!(Reference::read("  "), None, "nothing");
        assert_eq!(Reference::read(&"x".repeat(201)), None, "too much");
    }
}
