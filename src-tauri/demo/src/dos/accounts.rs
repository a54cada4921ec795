//! The accounts of the directory, and what each is told.
//!
//! The desk's own account is there so that a demonstration looks the same at any hour: it is told of every service for
//! everybody, also more than two of a type, and closing times count for it only where a search names its time. The
//! accounts for call handlers and for clinicians are treated as on a live line: what is closed in the needed time is left
//! out, and no more than two of a type are named.

use crate::DosAccount;
use crate::dos::asked::{Fault, Search, fault};
use crate::dos::element::Element;
use crate::world::{Audience, DOS_PASSWORD, DOS_USERNAME};

/// An account.
#[derive(Debug)]
pub(super) struct Account {
    username: &'static str,
    password: &'static str,
    purpose: &'static str,
    audience: Audience,
    pub(super) few_of_a_type: bool,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Locked,
    WithoutPermission,
}

const fn live(username: &'static str, password: &'static str, purpose: &'static str, audience: Audience) -> Account {
    Account { username, password, purpose, audience, few_of_a_type: true, state: State::Open }
}

const ACCOUNTS: [Account; 5] = [
    Account { few_of_a_type: false, ..live(DOS_USERNAME, DOS_PASSWORD, "the desk", Audience::Everybody) },
    live("northdale.handler", "dem0-handler", "call handlers", Audience::CallHandlers),
    live("northdale.clinician", "dem0-clinician", "clinicians", Audience::Clinicians),
    Account {
        state: State::WithoutPermission,
        ..live("northdale.reports", "dem0-reports", "no permission to search", Audience::Everybody)
    },
    Account { state: State::Locked, ..live("northdale.locked", "dem0-locked", "locked", Audience::Everybody) },
];

impl Account {
    /// The account that a request signs in with.
    ///
    /// # Errors
    /// 1001 without credentials, 302 for wrong ones or a locked account, 303 without permission.
    pub(super) fn of(operation: &Element) -> Result<&'static Self, Fault> {
        let told = |name: &str| operation.child("userInfo").and_then(|info| info.text(name));
        let (Some(username), Some(password)) = (told("username"), told("password")) else {
            return Err(fault(1001, "userInfo: no username and password were given"));
        };
        let known = ACCOUNTS.iter().find(|account| (account.username, account.password) == (username, password));
        let account = known.filter(|account| account.state != State::Locked);
        let account = account.ok_or_else(|| fault(302, "The credentials are wrong, or the account is locked"))?;
        if account.state == State::WithoutPermission {
            return Err(fault(303, "The account may not use this service"));
        }
        Ok(account)
    }

    /// Whether it is told of a service for these.
    pub(super) fn is_told_of(&self, audience: Audience) -> bool {
        audience == Audience::Everybody || audience == self.audience
    }

    /// Whether closing times count.
    pub(super) const fn minds_hours(&self, search: &Search) -> bool {
        self.few_of_a_type || search.at.is_some()
    }
}

/// The accounts, for whoever wants to try one.
pub(crate) fn described() -> Vec<DosAccount> {
    let describe = |account: &Account| DosAccount {
        username: account.username.to_owned(),
        password: account.password.to_owned(),
        purpose: account.purpose.to_owned(),
    };
    ACCOUNTS.iter().map(describe).collect()
}
