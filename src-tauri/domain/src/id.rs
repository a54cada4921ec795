//! Identifiers that must not be mixed up or be wrong. Each is made by a constructor that checks it.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// Characters that do not belong.
    #[error("it has characters that do not belong in it")]
    Characters,
    /// Too short or too long.
    #[error("it has the wrong length")]
    Length,
    /// The check digit does not fit.
    #[error("its check digit does not fit")]
    CheckDigit,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps.
            ///
            /// # Errors
            /// Says what is wrong with the text.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> Result<String, IdError> = $check;
                check(text.trim()).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn digits(text: &str, length: usize) -> Result<String, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IdError::Characters);
    }
    if text.len() != length {
        return Err(IdError::Length);
    }
    Ok(text.to_owned())
}

fn code(text: &str, longest: usize, extra: &[u8]) -> Result<String, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > longest {
        return Err(IdError::Length);
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || extra.contains(&b)) {
        return Err(IdError::Characters);
    }
    Ok(text.to_owned())
}

text_id!(
    /// Accredited system identifier: 12 digits.
    Asid,
    |text| digits(text, 12)
);
text_id!(
    /// Id of a service in the Directory of Services; the key of a service everywhere (DI-3).
    DosServiceId,
    |text| code(text, 20, b"-")
);
text_id!(
    /// ODS code of an organisation, upper case.
    OdsCode,
    |text| code(&text.to_ascii_uppercase(), 12, b"")
);
text_id!(
    /// NHS Pathways code of an assessment outcome, for example `Dx06`, or a local code.
    DispositionCode,
    |text| code(text, 12, b"-")
);
text_id!(
    /// Name with which a user signs in: lower case letters, digits, dot and dash.
    Username,
    |text| code(&text.to_ascii_lowercase(), 40, b".-_")
);
text_id!(
    /// SDS user id or role profile id: 12 digits.
    SdsId,
    |text| digits(text, 12)
);

/// An NHS number with a valid check digit (modulus 11). Personal: `Debug` is silent.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NhsNumber(String);

impl NhsNumber {
    /// Checks and wraps; spaces and dashes are dropped.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let bare = digits(&bare, 10)?;
        let value = |index: usize| u32::from(bare.as_bytes()[index] - b'0');
        let sum: u32 = (0..9).zip((2..=10).rev()).map(|(index, weight)| value(index) * weight).sum();
        let check = match 11 - sum % 11 {
            11 => 0,
            other => other,
        };
        if check == value(9) { Ok(Self(bare)) } else { Err(IdError::CheckDigit) }
    }

    /// The ten digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// In groups of 3, 3 and 4, as people read it.
    #[must_use]
    pub fn grouped(&self) -> String {
        format!("{} {} {}", &self.0[..3], &self.0[3..6], &self.0[6..])
    }
}

impl fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber([personal])")
    }
}

impl TryFrom<String> for NhsNumber {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(&text)
    }
}

impl From<NhsNumber> for String {
    fn from(number: NhsNumber) -> Self {
        number.0
    }
}

/// A UK postcode, upper case with one space. Its shape is checked, not its existence.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Postcode(String);

impl Postcode {
    /// Checks the shape and wraps.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
        if bare.is_empty() {
            return Err(IdError::Empty);
        }
        if !bare.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(IdError::Characters);
        }
        if !(5..=7).contains(&bare.len()) {
            return Err(IdError::Length);
        }
        let (outward, inward) = bare.split_at(bare.len() - 3);
        let inward = inward.as_bytes();
        let inward_fits = inward[0].is_ascii_digit() && inward[1..].iter().all(u8::is_ascii_alphabetic);
        let outward_fits = outward.as_bytes()[0].is_ascii_alphabetic() && outward.bytes().any(|b| b.is_ascii_digit());
        if inward_fits && outward_fits {
            Ok(Self(format!("{outward} {}", &bare[bare.len() - 3..])))
        } else {
            Err(IdError::Characters)
        }
    }

    /// The postcode.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postcode([personal])")
    }
}

impl TryFrom<String> for Postcode {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(&text)
    }
}

impl From<Postcode> for String {
    fn from(postcode: Postcode) -> Self {
        postcode.0
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A clinician's approval of a slot outside the timeframe.
    ApprovalId
);
uuid_id!(
    /// One encounter: one contact of one patient with this desk.
    EncounterId
);
uuid_id!(
    /// One assessment outcome of an encounter; a reassessment makes a new one.
    OutcomeId
);
uuid_id!(
    /// One service search and what it returned.
    SearchId
);
uuid_id!(
    /// One intent: one thing that is to change the outside world, and its result.
    IntentId
);
uuid_id!(
    /// One booking in this desk's record.
    BookingId
);
uuid_id!(
    /// The key of one request to a provider: every retry of that request repeats it unchanged (BK-4).
    RequestId
);
uuid_id!(
    /// The trace of one exchange, which leads back to the encounter.
    TraceId
);
uuid_id!(
    /// The clinical document that goes with a booking (BK-6).
    DocumentId
);
uuid_id!(
    /// A rebooking: a new booking, then the end of an earlier one (RB).
    RebookId
);
uuid_id!(
    /// One user of the desk.
    UserId
);

impl RequestId {
    /// The short reference that a user quotes to the help desk.
    #[must_use]
    pub fn reference(self) -> String {
        short_reference(self.0)
    }
}

/// Eight characters of a UUID in two groups: short enough for the telephone.
#[must_use]
pub fn short_reference(id: Uuid) -> String {
    let hex = id.as_simple().to_string().to_ascii_uppercase();
    format!("{}-{}", &hex[..4], &hex[4..8])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_published_test_number_is_valid_in_any_grouping() {
        for text in ["9434765919", "943 476 5919", " 943-476-5919 "] {
            let number = NhsNumber::new(text).expect("valid by modulus 11");
            assert_eq!(number.grouped(), "943 476 5919", "typed as {text:?}");
        }
    }

    #[test]
    fn a_check_value_of_ten_is_never_valid() {
        // 123 456 788x: the weighted sum leaves 10 as check value for some stems; none of the ten digits may pass.
        let stems = (0..1000u32).map(|n| format!("{:09}", n * 7919 % 1_000_000_000));
        for stem in stems {
            let sum: u32 = stem.bytes().zip((2..=10).rev()).map(|(b, w)| u32::from(b - b'0') * w).sum();
            let valid = (0..10).filter(|d| NhsNumber::new(&format!("{stem}{d}")).is_ok()).count();
            assert_eq!(valid, usize::from(11 - sum % 11 != 10), "stem {stem}");
        }
    }

    #[test]
    fn an_asid_has_twelve_digits() {
        assert_eq!(Asid::new("12345678901"), Err(IdError::Length), "eleven digits");
        assert_eq!(Asid::new("12345678901x"), Err(IdError::Characters), "a letter");
        assert!(Asid::new("123456789012").is_ok(), "twelve digits");
    }

    #[test]
    fn a_postcode_is_brought_to_one_shape() {
        assert_eq!(Postcode::new("nd12ab").expect("shape fits").as_str(), "ND1 2AB", "space and case");
        assert!(Postcode::new("12345").is_err(), "no outward letters");
        assert!(Postcode::new("é12ab").is_err(), "not ASCII");
    }

    proptest! {
        #[test]
        fn changing_one_digit_of_an_nhs_number_is_always_found(stem in "[0-9]{9}", at in 0usize..10, by in 1u8..10) {
            let Some(valid) = (0..10).find_map(|d| NhsNumber::new(&format!("{stem}{d}")).ok()) else {
                return Ok(());
            };
            let mut bytes = valid.digits().as_bytes().to_vec();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            let changed = String::from_utf8(bytes).expect("digits");
            prop_assert!(NhsNumber::new(&changed).is_err());
        }

        #[test]
        fn no_text_makes_a_constructor_panic(text in "\\PC{0,40}") {
            let _ = (NhsNumber::new(&text), Postcode::new(&text), Asid::new(&text), DosServiceId::new(&text), OdsCode::new(&text));
        }
    }
}
