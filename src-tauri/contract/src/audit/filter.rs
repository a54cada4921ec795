//! The filter of the audit record as typed.

use chrono::NaiveDate;
use desk_domain::audit::{AuditFilter, AuditKind, PatientSought};
use desk_domain::calendar::{end_of_local_day, start_of_local_day};
use desk_domain::id::{DosServiceId, EncounterId, NhsNumber, Username};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::form::{Form, day};
use crate::problem::Problem;

/// Which part of the audit record is to be looked at, as typed; what is empty leaves all in.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditFilterInput {
    /// NHS number of the patient.
    pub nhs_number: String,
    /// Family name of the patient, with the date of birth.
    pub family_name: String,
    /// Day of birth.
    pub birth_day: String,
    /// Month of birth.
    pub birth_month: String,
    /// Year of birth.
    pub birth_year: String,
    /// Username.
    pub user: String,
    /// Id of an encounter.
    pub encounter: String,
    /// DoS id of a service.
    pub service: String,
    /// Code of a kind of event.
    pub kind: String,
    /// From this day on (UK local day): `20-Nov-2026`, `20/11/2026`, `2026-11-20`.
    pub from: String,
    /// Up to and with this day.
    pub until: String,
}

impl std::fmt::Debug for AuditFilterInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditFilterInput").field("user", &self.user).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl AuditFilterInput {
    /// The filter.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<AuditFilter, Problem> {
        let mut form = Form::default();
        let patient = self.patient(&mut form);
        let user =
            form.optional("user", &self.user, Username::new, "This is no username: letters, digits, dot and dash");
        let no_encounter = "This is no encounter’s id: copy it from an event or a booking";
        let encounter =
            form.optional("encounter", &self.encounter, |text| text.trim().parse::<EncounterId>(), no_encounter);
        let service = form.optional(
            "service",
            &self.service,
            DosServiceId::new,
            "This is no service’s id: the directory’s number for it, for example 111001",
        );
        let no_kind = "There is no such kind of event: choose one from the list";
        let kind = form.optional("kind", &self.kind, |text| text.trim().parse::<AuditKind>(), no_kind);
        let from = form.optional("from", &self.from, day, "Enter the first day, for example 01-Nov-2026");
        let until = form.optional("until", &self.until, day, "Enter the last day, for example 30-Nov-2026");
        let order = from.zip(until).is_none_or(|(from, until)| from <= until);
        form.check(order, "until", "The last day must be the first day or one after it");
        form.finish()?;
        let (from, until) = (from.map(start_of_local_day), until.map(end_of_local_day));
        Ok(AuditFilter { patient, user, encounter, service, kind, from, until })
    }

    fn patient(&self, form: &mut Form) -> Option<PatientSought> {
        let family = self.family_name.trim();
        let born = [&self.birth_day, &self.birth_month, &self.birth_year].map(|part| part.trim());
        let by_name = !family.is_empty() || born.iter().any(|part| !part.is_empty());
        if !self.nhs_number.trim().is_empty() {
            form.check(!by_name, "nhsNumber", "Look by the NHS number, or by name and date of birth, not by both");
            let wrong = "Check the NHS number: it has 10 digits, and its last digit does not fit the others";
            let number = form.needed("nhsNumber", NhsNumber::new(&self.nhs_number), wrong)?;
            return Some(PatientSought::by_nhs_number(&number));
        }
        if !by_name {
            return None;
        }
        form.check(!family.is_empty(), "familyName", "Enter the family name that goes with the date of birth");
        let [day, month, year] = born;
        let date = day.parse().ok().zip(month.parse().ok()).zip(year.parse().ok());
        let date = date.and_then(|((day, month), year)| NaiveDate::from_ymd_opt(year, month, day));
        let date = date.filter(|_| year.len() == 4).ok_or(());
        let date =
            form.needed("birthDay", date, "Enter the date of birth that goes with the name, for example 12 11 1974")?;
        Some(PatientSought::by_name(family, Some(date)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(input: &AuditFilterInput) -> Vec<String> {
        input.read().expect_err("wrong").fields.into_iter().map(|field| field.field).collect()
    }

    #[test]
    fn an_empty_filter_leaves_all_in_and_each_field_names_what_is_wrong_with_it() {
        assert_eq!(AuditFilterInput::default().read(), Ok(AuditFilter::default()), "all");
        let typed = |text: &str| text.to_owned();
        let all_wrong = AuditFilterInput {
            nhs_number: typed("9990000019"),
            user: typed("no such name"),
            encounter: typed("12"),
            service: typed("the first one"),
            kind: typed("booked"),
            from: typed("2026-02-30"),
            until: typed("soon"),
            ..AuditFilterInput::default()
        };
        assert_eq!(wrong(&all_wrong), ["nhsNumber", "user", "encounter", "service", "kind", "from", "until"], "each");
        let backwards =
            AuditFilterInput { from: typed("2026-11-02"), until: typed("2026-11-01"), ..Default::default() };
        assert_eq!(wrong(&backwards), ["until"], "the wrong way round");
        let both =
            AuditFilterInput { nhs_number: typed("9990000018"), family_name: typed("Patient"), ..Default::default() };
        assert_eq!(wrong(&both), ["nhsNumber"], "one or the other");
        let half = AuditFilterInput { family_name: typed("Patient"), ..Default::default() };
        assert_eq!(wrong(&half), ["birthDay"], "a name alone would open many patients’ events");
        let other_half = AuditFilterInput { birth_day: typed("12"), ..Default::default() };
        assert_eq!(wrong(&other_half), ["familyName", "birthDay"], "and so would a day");
    }

    #[test]
    fn sl_7_days_are_local_also_where_the_clocks_change() {
        let day = |day: &str| {
            let input = AuditFilterInput { from: day.to_owned(), until: day.to_owned(), ..Default::default() };
            let filter = input.read().expect("right");
            [filter.from, filter.until].map(|at| at.expect("an instant").to_rfc3339())
        };
        let spring = ["2026-03-29T00:00:00+00:00", "2026-03-29T22:59:59.999+00:00"];
        assert_eq!(day("2026-03-29"), spring, "23 hours");
        let autumn = ["2026-10-24T23:00:00+00:00", "2026-10-25T23:59:59.999+00:00"];
        assert_eq!(day("2026-10-25"), autumn, "25 hours");
    }

    #[test]
    fn debug_output_of_a_filter_says_nothing_of_a_patient() {
        let input = AuditFilterInput { family_name: "Patient".to_owned(), ..Default::default() };
        assert!(!format!("{input:?}").contains("Patient"), "a name must not reach a log");
    }
}
