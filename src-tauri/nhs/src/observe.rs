//! Looking on at the wire: what was sent and what came back, whole, for whoever has to prove it (`deskctl assure`). The
//! desk itself never looks on; what is seen holds patient details and tokens, and an observer must mask them.

use chrono::{DateTime, Utc};

/// One HTTP exchange as it went over the wire.
#[derive(Debug, Clone)]
pub struct HttpObserved {
    /// When it was sent (UTC).
    pub at: DateTime<Utc>,
    /// Method.
    pub method: String,
    /// The URL that was called.
    pub url: String,
    /// Headers as sent, in order.
    pub headers: Vec<(String, String)>,
    /// Body as sent; empty where there is none.
    pub body: Vec<u8>,
    /// The answer, or why there is no whole one.
    pub answer: Result<HttpAnswered, String>,
}

/// The answer to an HTTP request.
#[derive(Debug, Clone)]
pub struct HttpAnswered {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body, after decompression.
    pub body: Vec<u8>,
}

/// An LDAP entry: its attributes by name, each with its values.
pub type LdapAttributes = Vec<(String, Vec<String>)>;

/// One LDAP search as it went over the wire.
#[derive(Debug, Clone)]
pub struct LdapObserved {
    /// When it was sent (UTC).
    pub at: DateTime<Utc>,
    /// Where the directory is.
    pub url: String,
    /// Base of the search.
    pub base: String,
    /// Filter.
    pub filter: String,
    /// The entries, attribute names in lower case; or why there is no answer.
    pub answer: Result<Vec<LdapAttributes>, String>,
}

/// Looks on at what is sent and answered. Called after each exchange, from the task that made it: be quick.
pub trait Observer: Send + Sync {
    /// An HTTP exchange ended.
    fn http(&self, exchange: HttpObserved);
    /// An LDAP search ended.
    fn ldap(&self, search: LdapObserved);
}
