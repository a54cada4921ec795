//! The TypeScript of everything in this crate, as one file: `ui/src/contract/contract.ts`.
//!
//! `cargo xtask bindings` writes it; a test holds the committed file to it.

use ts_rs::{Config, TS};

use crate::{
    approval, audit, booking, cancel, demonstration, keeping, outcome, patient, problem, referral, reports, responses,
    service, session, slot, unfinished,
};

/// The whole text of `ui/src/contract/contract.ts`.
#[must_use]
pub fn typescript() -> String {
    let config = Config::default();
    let mut text =
        String::from("// Generated from desk-contract by `cargo xtask bindings`. Do not edit: a test compares.\n");
    macro_rules! declare {
        ($($type:ty),+ $(,)?) => {$(
            text.push_str("\nexport ");
            text.push_str(&<$type as TS>::decl(&config));
            text.push('\n');
        )+};
    }
    declare!(
        problem::ProblemCode,
        problem::NextStep,
        problem::FieldProblem,
        problem::Problem,
        session::ModeView,
        session::RoleView,
        session::StartView,
        session::ReadyUserView,
        session::ReadyPatientView,
        session::UserView,
        session::SignedInView,
        session::SignInInput,
        session::NewUserInput,
        session::ChangeUserInput,
        keeping::RecordKeptView,
        keeping::RecordKeptState,
        patient::PatientInput,
        patient::ContactInput,
        patient::NhsNumberState,
        patient::NhsNumberCheckView,
        patient::PatientView,
        patient::ContactView,
        outcome::OutcomeChoiceView,
        outcome::OutcomeInput,
        outcome::OutcomeView,
        outcome::EncounterView,
        outcome::EncounterRow,
        demonstration::DemonstrationView,
        demonstration::ScenarioView,
        demonstration::DemoSystemView,
        demonstration::DemoEventView,
        demonstration::CueView,
        demonstration::ServiceDiaryView,
        demonstration::DiaryTimeView,
        demonstration::BookingHistoryView,
        demonstration::ArrivedDocumentView,
        demonstration::AskedView,
        demonstration::DemonstrationOrder,
        service::ServiceListView,
        service::ServiceView,
        service::BookingOfferView,
        service::AvailabilityView,
        service::AvailabilityState,
        service::RejectReasonView,
        service::ChooseServiceInput,
        slot::SlotsView,
        slot::SlotDayView,
        slot::SlotView,
        booking::BookingReviewView,
        booking::TimeframeGateView,
        booking::BookInput,
        approval::ApprovalWay,
        approval::ApprovalInput,
        approval::ApprovalRefusedInput,
        approval::ApprovalView,
        booking::BookingStageView,
        booking::BookingResultView,
        booking::BookingView,
        booking::BookingsOfDayView,
        responses::AnswerInput,
        responses::ResponsesInput,
        responses::EndingInput,
        cancel::FindBookingsInput,
        cancel::BookingShownView,
        cancel::LookUpInput,
        cancel::LookedUpView,
        cancel::CancelInput,
        cancel::CancelStatusView,
        cancel::CancelResultView,
        cancel::RegistryEntryView,
        cancel::RegistryView,
        cancel::RebookView,
        cancel::InformedInput,
        cancel::AttendanceInput,
        referral::ReferInput,
        referral::ReferralGateView,
        referral::ReferralPaperView,
        referral::ReferralSectionView,
        referral::ReferralReviewView,
        referral::DeliveryView,
        referral::SecureMailView,
        referral::SavedReferralView,
        referral::ReferralView,
        referral::ReferralNoteInput,
        unfinished::UnfinishedKind,
        unfinished::TakenView,
        reports::ReportsView,
        reports::ReportView,
        reports::ReportColumnView,
        reports::ReportGroupingView,
        reports::PeriodPresetView,
        reports::ReportInput,
        reports::BehindInput,
        reports::ReportTableView,
        reports::ReportRowView,
        reports::ReportNumberView,
        reports::BehindView,
        reports::BehindEventView,
        unfinished::UnfinishedView,
        unfinished::SettleInput,
        audit::AuditKindView,
        audit::AuditKindGroupView,
        audit::AuditCheckView,
        audit::AuditSealView,
        audit::AuditStartView,
        audit::AuditFilterInput,
        audit::AuditReadInput,
        audit::AuditOutcomeView,
        audit::AuditFieldView,
        audit::AuditExchangeView,
        audit::AuditRowView,
        audit::AuditPageView,
        audit::AuditCountView,
        audit::AuditStoryView,
        audit::AuditDayView,
        audit::AuditPhaseView,
        audit::AuditStepView,
        audit::LongWalkView,
        audit::AuditExportInput,
        audit::AuditExportedFileView,
        audit::AuditExportedView,
    );
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_typescript_of_the_contract_is_up_to_date() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/contract/contract.ts");
        let committed = std::fs::read_to_string(file).expect("the committed file");
        assert!(committed == super::typescript(), "run `cargo xtask bindings` and commit ui/src/contract/contract.ts");
    }
}
