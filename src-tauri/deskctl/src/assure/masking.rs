//! Nothing of the patient, no password and no token leaves in a report: each known detail is replaced wherever and however
//! it is written, and what stands in a Patient resource is replaced whether it is known or not.

use desk_contract::patient::PatientInput;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands in the place of a detail.
pub(crate) const MASK: &str = "[masked]";

/// Replaces what must not be read.
#[derive(Debug, Clone)]
pub(crate) struct Mask {
    /// In lower case, longest first.
    secrets: Vec<String>,
}

impl Mask {
    /// For a patient and a reason, and for secrets of the configuration.
    pub(crate) fn new(patient: &PatientInput, reason: &str, others: &[&str]) -> Self {
        let mut details: Vec<String> = vec![
            patient.given_name.clone(),
            patient.family_name.clone(),
            patient.nhs_number.clone(),
            patient.postcode.clone(),
            patient.current_postcode.clone(),
            patient.gp_practice.clone(),
            reason.to_owned(),
        ];
        details.extend(patient.address_lines.iter().cloned());
        details.extend(patient.contacts.iter().flat_map(|contact| [contact.name.clone(), contact.value.clone()]));
        details.extend(dates(patient));
        details.extend(others.iter().map(|other| (*other).to_owned()));
        let without_spaces: Vec<String> = details.iter().map(|detail| detail.replace(' ', "")).collect();
        details.extend(without_spaces);
        let mut secrets: Vec<String> = details
            .iter()
            .map(|detail| detail.trim())
            .filter(|detail| detail.chars().count() > 1)
            .flat_map(written)
            .map(|secret| secret.to_lowercase())
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets }
    }

    /// A text with every known detail replaced.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.secrets {
            masked = replaced(&masked, secret);
        }
        masked
    }

    /// A body: JSON by its structure and by its texts, anything else by its texts.
    pub(crate) fn body(&self, body: &[u8]) -> String {
        match serde_json::from_slice::<Value>(body) {
            Ok(mut json) => {
                structure(&mut json, false);
                self.text(&serde_json::to_string_pretty(&json).unwrap_or_default())
            }
            Err(_) => self.text(&String::from_utf8_lossy(body)),
        }
    }

    /// JSON of ours.
    pub(crate) fn json(&self, json: &Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(all) => all.iter().map(|one| self.json(one)).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), self.json(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => json.clone(),
        }
    }
}

/// The date of birth in the forms in which it is met.
fn dates(patient: &PatientInput) -> Vec<String> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let (Some(day), Some(month), Ok(year)) =
        (number(&patient.birth_day), number(&patient.birth_month), patient.birth_year.trim().parse::<i32>())
    else {
        return Vec::new();
    };
    let date = chrono::NaiveDate::from_ymd_opt(year, month, day);
    let forms = ["%Y-%m-%d", "%Y%m%d", "%d-%b-%Y", "%d/%m/%Y"];
    date.map(|date| forms.iter().map(|form| date.format(form).to_string()).collect()).unwrap_or_default()
}

/// The ways in which a text is written in URLs, XML and JSON.
fn written(detail: &str) -> Vec<String> {
    let percent = utf8_percent_encode(detail, NON_ALPHANUMERIC).to_string();
    let query = percent.replace("%20", "+");
    let xml = detail.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted = xml.replace('\'', "&apos;").replace('"', "&quot;");
    let json = serde_json::to_string(detail).unwrap_or_default().trim_matches('"').to_owned();
    vec![detail.to_owned(), percent, query, xml, quoted, json]
}

/// Replaces without regard to letter case.
fn replaced(text: &str, secret: &str) -> String {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        // Letters whose lower case takes another number of bytes: their places differ. Compare character by character.
        let plain: String =
            text.chars().map(|c| if c.to_lowercase().to_string().len() == c.len_utf8() { c } else { '?' }).collect();
        return if plain.len() == text.len() { replaced(&plain, secret) } else { MASK.to_owned() };
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(found) = lower.get(rest..).and_then(|remaining| remaining.find(secret)) {
        let at = rest + found;
        masked.push_str(text.get(rest..at).unwrap_or_default());
        masked.push_str(MASK);
        rest = at + secret.len();
    }
    masked.push_str(text.get(rest..).unwrap_or_default());
    masked
}

/// Replaces every text of a person within FHIR's JSON.
fn structure(json: &mut Value, within: bool) {
    match json {
        Value::Object(map) => {
            let patient = map.get("resourceType").and_then(Value::as_str) == Some("Patient");
            for (key, value) in map.iter_mut() {
                let personal =
                    ["name", "telecom", "address", "contact", "birthDate", "identifier"].contains(&key.as_str());
                let coded = ["resourceType", "system", "use", "rank", "url", "code"].contains(&key.as_str());
                structure(value, (within && !coded) || (patient && personal));
            }
            if let Some(actor) = map.get_mut("actor").filter(|actor| actor.is_object()) {
                actor.get_mut("display").into_iter().for_each(|display| structure(display, true));
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| structure(one, within)),
        Value::String(text) if within => MASK.clone_into(text),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use desk_contract::patient::ContactInput;

    use super::*;

    fn patient() -> PatientInput {
        let text = |text: &str| text.to_owned();
        PatientInput {
            nhs_number: text("999 000 0018"),
            given_name: text("Sam"),
            family_name: text("O’Neill & Sons"),
            birth_day: text("1"),
            birth_month: text("12"),
            birth_year: text("1966"),
            address_lines: vec![text("1 The Green")],
            postcode: text("ND1 4TY"),
            contacts: vec![ContactInput {
                whose: text("patient"),
                kind: text("mobile"),
                value: text("07700 900555"),
                name: text(""),
            }],
            ..PatientInput::default()
        }
    }

    #[test]
    fn no_detail_survives_in_whatever_form_it_is_written() {
        let mask = Mask::new(&patient(), "Sore throat", &["dem0 & <demo>"]);
        let written = [
            "SAM",
            "9990000018",
            "999%20000%200018",
            "nhs-number%7C9990000018",
            "O’Neill &amp; Sons",
            "O%E2%80%99Neill%20%26%20Sons",
            "1966-12-01",
            "01-Dec-1966",
            "1 the green",
            "nd14ty",
            "07700+900555",
            "07700900555",
            "sore throat",
            "<password>dem0 &amp; &lt;demo&gt;</password>",
        ];
        let masked = mask.text(&written.join(" | ")).to_lowercase();
        for piece in ["sam", "9990000018", "neill", "1966", "green", "4ty", "900555", "throat", "dem0"] {
            assert!(!masked.contains(piece), "{piece} is left in {masked}");
        }
    }

    #[test]
    fn what_stands_in_a_patient_resource_is_masked_whether_it_is_known_or_not() {
        let mask = Mask::new(&PatientInput::default(), "", &[]);
        let body = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p","name":[{"use":"official","family":"Someone"}],
            "telecom":[{"system":"phone","value":"0123","rank":1}],"gender":"female"}},{"resource":{"resourceType":"Appointment",
            "participant":[{"actor":{"reference":"Patient/p","display":"Someone Else"},"status":"accepted"}]}}]}"#;
        let masked = mask.body(body.as_bytes());
        assert!(!masked.contains("Someone") && !masked.contains("0123"), "{masked}");
        for kept in ["official", "phone", "\"rank\": 1", "Patient/p", "accepted"] {
            assert!(masked.contains(kept), "{kept} is evidence: {masked}");
        }
    }
}
