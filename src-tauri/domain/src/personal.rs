//! The wrapper around personal data. Its `Debug` says nothing, so that no log line can carry a patient's details.

use serde::{Deserialize, Serialize, Serializer};

/// The name under which [`Personal`] serialises: JSON takes no notice of it; the audit record keeps what stands under it
/// apart ([`crate::canonical`]).
pub(crate) const PERSONAL: &str = "Personal";

/// Personal data: readable by code that asks for it, silent in `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Personal<T>(T);

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(PERSONAL, &self.0)
    }
}

impl<T> Personal<T> {
    /// Wraps.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, asked for by name so that each use can be found.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> std::fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[personal]")
    }
}

impl From<&str> for Personal<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Personal;

    #[test]
    fn json_holds_the_value_alone() {
        let wrapped = Personal::from("Patient");
        assert_eq!(serde_json::to_string(&wrapped).expect("JSON"), "\"Patient\"", "as without the wrapper");
        assert_eq!(serde_json::from_str::<Personal<String>>("\"Patient\"").expect("JSON"), wrapped, "and back");
    }

    #[test]
    fn debug_output_of_personal_data_says_nothing() {
        assert_eq!(format!("{:?}", Personal::from("Patient")), "[personal]", "a name must not reach a log");
    }
}
