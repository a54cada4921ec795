//! Users. A passphrase is kept as an Argon2id hash and never leaves this module.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use async_trait::async_trait;
use desk_domain::audit::AuditEvent;
use desk_domain::failure::RecordFailure;
use desk_domain::id::{UserId, Username};
use desk_domain::user::User;
use desk_journeys::ports::{FirstUser, UserRecord};
use futures::future::try_join_all;
use rusqlite::{OptionalExtension, Transaction, params};
use zeroize::Zeroizing;

use crate::audit::append;
use crate::error::StoreError;
use crate::open::Store;
use crate::{FORMAT, instant};

/// A hash of nothing anybody knows: checked where the user is unknown, so that it takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Ym9va2luZy1kZXNrLW5vYm9keQ$yFw5dMbXyTBBkIYlRpLbIyc1SuFZqMuPuiSxOtQYBkI";

#[async_trait]
impl UserRecord for Store {
    async fn count(&self) -> Result<u32, RecordFailure> {
        self.read(|connection| Ok(connection.query_row("SELECT count(*) FROM desk_user", [], |row| row.get(0))?)).await
    }

    async fn add(&self, user: &User, passphrase: &str, event: &AuditEvent) -> Result<(), RecordFailure> {
        let row = UserRow::of(user, passphrase, event).await?;
        let added = instant(self.inner.clock.now());
        self.write(move |transaction| row.insert(transaction, &added)).await
    }

    async fn add_first(&self, users: &[FirstUser]) -> Result<(), RecordFailure> {
        // At once: hashing each passphrase takes its time, and nobody can sign in before.
        let rows = users.iter().map(|first| UserRow::of(&first.user, first.passphrase.reveal(), &first.event));
        let rows = try_join_all(rows).await?;
        let added = instant(self.inner.clock.now());
        self.write(move |transaction| {
            if transaction.query_row("SELECT EXISTS (SELECT 1 FROM desk_user)", [], |row| row.get(0))? {
                return Err(StoreError::AlreadySettled);
            }
            rows.iter().try_for_each(|row| row.insert(transaction, &added))
        })
        .await
    }

    async fn check(&self, username: &Username, passphrase: &str) -> Result<Option<User>, RecordFailure> {
        let username = username.clone();
        let found: Option<(String, String)> = self
            .read(move |connection| {
                let mut statement =
                    connection.prepare_cached("SELECT user, passphrase_hash FROM desk_user WHERE username = ?1")?;
                Ok(statement.query_row([username.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
            })
            .await?;
        let passphrase = Zeroizing::new(passphrase.to_owned());
        let checked = tokio::task::spawn_blocking(move || {
            let stored = found.as_ref().map_or(NOBODY, |(_, hash)| hash.as_str());
            let fits = fits(&passphrase, stored)?;
            let user = found.filter(|_| fits).map(|(user, _)| serde_json::from_str(&user)).transpose()?;
            Ok::<_, StoreError>(user)
        });
        let checked = checked.await.map_err(|_| RecordFailure::Failed("the check was broken off".to_owned()))?;
        Ok(checked?)
    }

    async fn all(&self) -> Result<Vec<User>, RecordFailure> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT user FROM desk_user ORDER BY username")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
        })
        .await
    }

    async fn change(&self, user: &User, passphrase: Option<&str>, event: &AuditEvent) -> Result<(), RecordFailure> {
        let (user, event) = (user.clone(), event.clone());
        let hash = match passphrase {
            Some(passphrase) => Some(hashed(passphrase).await?),
            None => None,
        };
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE desk_user SET user = ?2, format = ?3, passphrase_hash = coalesce(?4, passphrase_hash) WHERE id = ?1",
                params![user.id.to_string(), serde_json::to_string(&user)?, FORMAT, hash],
            )?;
            if changed == 0 {
                return Err(StoreError::NotFound);
            }
            let left: i64 = transaction.query_row(
                "SELECT count(*) FROM desk_user
                 WHERE user ->> '$.role' = 'supervisor' AND NOT coalesce(user ->> '$.locked', 0)",
                [],
                |row| row.get(0),
            )?;
            if left == 0 {
                return Err(StoreError::AlreadySettled);
            }
            append(transaction, &event)
        })
        .await
    }

    async fn user(&self, id: UserId) -> Result<User, RecordFailure> {
        self.read(move |connection| {
            let text: String =
                connection.query_row("SELECT user FROM desk_user WHERE id = ?1", [id.to_string()], |row| row.get(0))?;
            Ok(serde_json::from_str(&text)?)
        })
        .await
    }
}

/// A user as they are written, with the event that says so.
struct UserRow {
    user: User,
    hash: String,
    event: AuditEvent,
}

impl UserRow {
    async fn of(user: &User, passphrase: &str, event: &AuditEvent) -> Result<Self, RecordFailure> {
        Ok(Self { user: user.clone(), hash: hashed(passphrase).await?, event: event.clone() })
    }

    fn insert(&self, transaction: &Transaction<'_>, added: &str) -> Result<(), StoreError> {
        let Self { user, hash, event } = self;
        let inserted = transaction.execute(
            "INSERT INTO desk_user (id, username, format, user, passphrase_hash, added)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (username) DO NOTHING",
            params![user.id.to_string(), user.username.as_str(), FORMAT, serde_json::to_string(user)?, hash, added],
        )?;
        if inserted == 0 {
            return Err(StoreError::AlreadySettled);
        }
        append(transaction, event)
    }
}

/// Hashing is slow on purpose: no writer waits for it.
async fn hashed(passphrase: &str) -> Result<String, RecordFailure> {
    let passphrase = Zeroizing::new(passphrase.to_owned());
    let hashed = tokio::task::spawn_blocking(move || hash(&passphrase)).await;
    Ok(hashed.map_err(|_| RecordFailure::Failed("the passphrase was not taken".to_owned()))??)
}

fn argon2id() -> Result<Argon2<'static>, StoreError> {
    let params = Params::new(19_456, 2, 1, None).map_err(|_| StoreError::Unreadable)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(passphrase: &str) -> Result<String, StoreError> {
    let hashed = argon2id()?.hash_password(passphrase.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|_| StoreError::Unreadable)
}

fn fits(passphrase: &str, stored: &str) -> Result<bool, StoreError> {
    let stored = PasswordHash::new(stored).map_err(|_| StoreError::Unreadable)?;
    Ok(argon2id()?.verify_password(passphrase.as_bytes(), &stored).is_ok())
}
