//! What was said and found in the assessment, and how an encounter ends.

use desk_domain::encounter::{AnsweredQuestion, Consent, Ending, Responses, Undone};
use desk_domain::personal::Personal;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::form::Form;
use crate::problem::Problem;

/// The responses of an assessment, as typed and as shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct ResponsesInput {
    /// What the patient presents with, in their words.
    pub presenting_complaint: String,
    /// The clinical summary.
    pub summary: String,
    /// Questions with their answers, in order.
    pub answers: Vec<AnswerInput>,
    /// Information and advice given.
    pub advice: String,
    /// `patient`, `representative`, `bestInterest`; empty where nobody has asked.
    pub consent: String,
}

/// A question and its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct AnswerInput {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// How an encounter is to end.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EndingInput {
    /// The encounter.
    pub encounter_id: String,
    /// `completed`, `noReferralRequired` or `leftUndone`; empty where nothing was chosen.
    pub how: String,
    /// Why something is left undone.
    pub why: String,
}

/// The longest text of a response that is taken; it goes to a document whole.
const LONGEST: usize = 100_000;
/// The longest question or answer.
const LONGEST_ANSWER: usize = 4_000;
/// How many questions.
const MOST_ANSWERS: usize = 200;

impl ResponsesInput {
    /// The responses; rows without a question and an answer do not count.
    ///
    /// # Errors
    /// A [`Problem`] with every field to put right.
    pub fn read(&self) -> Result<Responses, Problem> {
        let mut form = Form::default();
        for (field, text) in
            [("presentingComplaint", &self.presenting_complaint), ("summary", &self.summary), ("advice", &self.advice)]
        {
            form.check(text.chars().count() <= LONGEST, field, "Shorten this to 100,000 characters");
        }
        let filled = |answer: &&AnswerInput| !(answer.question.trim().is_empty() && answer.answer.trim().is_empty());
        form.check(
            self.answers.iter().filter(filled).count() <= MOST_ANSWERS,
            "answers",
            "Take down 200 questions at the most",
        );
        for (index, answer) in self.answers.iter().enumerate().filter(|(_, answer)| filled(answer)) {
            let (question, said) = (answer.question.trim(), answer.answer.trim());
            let field = |part: &str| format!("answers.{index}.{part}");
            form.check(!question.is_empty(), &field("question"), "Enter the question that was asked");
            form.check(!said.is_empty(), &field("answer"), "Enter what the patient answered");
            let fits = |text: &str| text.chars().count() <= LONGEST_ANSWER;
            form.check(fits(question), &field("question"), "Shorten the question to 4,000 characters");
            form.check(fits(said), &field("answer"), "Shorten the answer to 4,000 characters");
        }
        let consent = match self.consent.as_str() {
            "patient" => Some(Consent::Patient),
            "representative" => Some(Consent::Representative),
            "bestInterest" => Some(Consent::BestInterest),
            _ => None,
        };
        form.check(consent.is_some() || self.consent.is_empty(), "consent", "Choose on what the sharing rests");
        form.finish()?;
        let text = |text: &str| Personal::from(text.trim());
        let answers = self.answers.iter().filter(filled);
        let answered = |it: &AnswerInput| AnsweredQuestion { question: text(&it.question), answer: text(&it.answer) };
        Ok(Responses {
            presenting_complaint: text(&self.presenting_complaint),
            summary: text(&self.summary),
            answers: answers.map(answered).collect(),
            advice: text(&self.advice),
            consent,
        })
    }
}

impl From<&Responses> for ResponsesInput {
    fn from(responses: &Responses) -> Self {
        let answer = |it: &AnsweredQuestion| AnswerInput {
            question: it.question.reveal().clone(),
            answer: it.answer.reveal().clone(),
        };
        Self {
            presenting_complaint: responses.presenting_complaint.reveal().clone(),
            summary: responses.summary.reveal().clone(),
            answers: responses.answers.iter().map(answer).collect(),
            advice: responses.advice.reveal().clone(),
            consent: responses.consent.map(consent_key).unwrap_or_default().to_owned(),
        }
    }
}

const fn consent_key(consent: Consent) -> &'static str {
    match consent {
        Consent::Patient => "patient",
        Consent::Representative => "representative",
        Consent::BestInterest => "bestInterest",
    }
}

impl EndingInput {
    /// How it ends.
    ///
    /// # Errors
    /// A [`Problem`] with the field to put right.
    pub fn read(&self) -> Result<Ending, Problem> {
        let mut form = Form::default();
        let why = self.why.trim();
        let ending = match self.how.as_str() {
            "completed" => Some(Ending::Completed),
            "noReferralRequired" => Some(Ending::NoReferralRequired),
            "leftUndone" => Some(Ending::LeftUndone { why: Personal::from(why) }),
            _ => None,
        };
        let ending = form.needed("how", ending.ok_or(()), "Choose how this encounter ends");
        let left = matches!(ending, Some(Ending::LeftUndone { .. }));
        form.check(!left || why.chars().count() >= 5, "why", "Say in a few words what is left undone, and why");
        form.finish()?;
        ending.ok_or_else(|| Problem::form(Vec::new()))
    }
}

/// What is left undone, in words; empty where nothing is.
#[must_use]
pub fn undone_words(undone: Option<Undone>) -> String {
    match undone {
        None => "",
        Some(Undone::NothingDone) => "Nothing was booked, and the patient was not referred.",
        Some(Undone::NotReferred) => "The booking has no referral: the service does not know why the patient comes.",
        Some(Undone::NotSettled) => "An order is not settled: we do not know what the provider holds.",
        Some(Undone::HoldsTwo) => "The patient holds two bookings: say which one goes.",
    }
    .to_owned()
}

/// How an encounter ended, in words.
pub(crate) fn ending_words(ending: Option<&Ending>) -> String {
    match ending {
        None => String::new(),
        Some(Ending::Completed) => "Completed".to_owned(),
        Some(Ending::NoReferralRequired) => "No service referral required".to_owned(),
        Some(Ending::LeftUndone { why }) => format!("Ended with something left undone: {}", why.reveal()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_question_is_told_in_its_place_and_an_empty_row_does_not_count() {
        let row = |question: &str, answer: &str| AnswerInput { question: question.into(), answer: answer.into() };
        let answers = vec![row("", " "), row("Any rash?", "No"), row("", "Yes"), row("Since when?", "")];
        let input = ResponsesInput { answers, ..ResponsesInput::default() };
        let problem = input.read().expect_err("half a row");
        let fields: Vec<_> = problem.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["answers.2.question", "answers.3.answer"], "each in its place");
        let right = ResponsesInput { answers: input.answers[..2].to_vec(), ..input };
        assert_eq!(right.read().expect("right").answers.len(), 1, "the empty row does not count");
    }

    #[test]
    fn what_is_left_undone_is_said() {
        let ending =
            |how: &str, why: &str| EndingInput { encounter_id: String::new(), how: how.into(), why: why.into() };
        assert!(ending("", "").read().is_err(), "nothing chosen");
        assert!(ending("leftUndone", " ").read().is_err(), "no reason");
        assert_eq!(ending("completed", "").read().expect("right"), Ending::Completed);
    }
}
