//! Signing in and out, and adding users.

use desk_domain::audit::{AuditAction, AuditEvent};
use desk_domain::failure::RecordFailure;
use desk_domain::id::{UserId, Username};
use desk_domain::patient::PersonName;
use desk_domain::personal::Personal;
use desk_domain::user::{Action, Role, User, UserChangeRefusal};

use crate::desk::{Desk, SignedIn};
use crate::error::JourneyError;
use crate::ports::FirstUser;

/// After so many wrong passphrases for one username, the desk makes the next one wait.
const WRONG_BEFORE_WAIT: u32 = 5;
/// How long it waits, in seconds.
const WAIT_SECONDS: i64 = 30;

/// A user to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Username.
    pub username: Username,
    /// Name.
    pub name: PersonName,
    /// Role.
    pub role: Role,
    /// SDS user id.
    pub sds_user_id: Option<desk_domain::id::SdsId>,
    /// SDS role profile id.
    pub sds_role_profile_id: Option<desk_domain::id::SdsId>,
}

/// What is to be changed of a user; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Role.
    pub role: Option<Role>,
    /// Whether they may sign in no more.
    pub locked: Option<bool>,
    /// A new passphrase.
    pub passphrase: Option<Personal<String>>,
}

impl Desk {
    /// Whether the desk has no user yet.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn needs_first_user(&self) -> Result<bool, JourneyError> {
        Ok(self.ports.users.count().await? == 0)
    }

    /// Adds the first user, a supervisor, and signs them in.
    ///
    /// # Errors
    /// [`JourneyError::NotTheFirstUser`] where there is one already; [`JourneyError::Record`].
    pub async fn add_first_user(&self, new: NewUser, passphrase: &str) -> Result<SignedIn, JourneyError> {
        if !self.needs_first_user().await? {
            return Err(JourneyError::NotTheFirstUser);
        }
        let (user, event) = self.new_user(None, NewUser { role: Role::Supervisor, ..new });
        let first = FirstUser { user: user.clone(), passphrase: Personal::from(passphrase), event };
        self.ports.users.add_first(&[first]).await.map_err(|failure| match failure {
            // Another program was quicker.
            RecordFailure::AlreadySettled => JourneyError::NotTheFirstUser,
            RecordFailure::Failed(_) | RecordFailure::NotFound | RecordFailure::DetailsRemoved { .. } => {
                JourneyError::Record(failure)
            }
        })?;
        let signed_in = SignedIn { user };
        self.record(&signed_in, None, AuditAction::SignedIn).await?;
        Ok(signed_in)
    }

    /// Adds the ready-made users of a demonstration to a desk that has none: all of them, or another program did. So nobody
    /// who starts beside it finds some of them.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn add_ready_users(&self, ready: Vec<(NewUser, &str)>) -> Result<(), JourneyError> {
        if !self.needs_first_user().await? {
            return Ok(());
        }
        let first = ready.into_iter().map(|(new, passphrase)| {
            let (user, event) = self.new_user(None, new);
            FirstUser { user, passphrase: Personal::from(passphrase), event }
        });
        match self.ports.users.add_first(&first.collect::<Vec<_>>()).await {
            Ok(()) | Err(RecordFailure::AlreadySettled) => Ok(()),
            Err(
                failure @ (RecordFailure::Failed(_) | RecordFailure::NotFound | RecordFailure::DetailsRemoved { .. }),
            ) => Err(failure.into()),
        }
    }

    /// Adds a user.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`]; [`JourneyError::Record`] with `AlreadySettled` where the username is taken.
    pub async fn add_user(&self, who: &SignedIn, new: NewUser, passphrase: &str) -> Result<User, JourneyError> {
        self.require(who, Action::ManageUsers).await?;
        let (user, event) = self.new_user(Some(who), new);
        self.ports.users.add(&user, passphrase, &event).await?;
        Ok(user)
    }

    /// Every user, by username.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`]; [`JourneyError::Record`].
    pub async fn users(&self, who: &SignedIn) -> Result<Vec<User>, JourneyError> {
        self.require(who, Action::ManageUsers).await?;
        Ok(self.ports.users.all().await?)
    }

    /// Changes a user: role, lock, passphrase. It holds from the next thing that they do on.
    ///
    /// # Errors
    /// [`JourneyError::NotPermitted`]; [`JourneyError::UserChange`]; [`JourneyError::Record`] with `NotFound` where there is
    /// no such user.
    pub async fn change_user(
        &self,
        who: &SignedIn,
        username: &Username,
        change: UserChange,
    ) -> Result<User, JourneyError> {
        self.require(who, Action::ManageUsers).await?;
        let known = self.ports.users.all().await?.into_iter().find(|user| user.username == *username);
        let known = known.ok_or(JourneyError::Record(RecordFailure::NotFound))?;
        let user = User {
            role: change.role.unwrap_or(known.role),
            locked: change.locked.unwrap_or(known.locked),
            ..known.clone()
        };
        if user.id == who.user.id && (user.role, user.locked) != (known.role, known.locked) {
            return Err(UserChangeRefusal::Themselves.into());
        }
        let what = AuditAction::UserChanged {
            username: user.username.clone(),
            role: user.role,
            locked: user.locked,
            passphrase: change.passphrase.is_some(),
        };
        let event = self.event(Some(who), None, what);
        let passphrase = change.passphrase.as_ref().map(|passphrase| passphrase.reveal().as_str());
        self.ports.users.change(&user, passphrase, &event).await.map_err(|failure| match failure {
            RecordFailure::AlreadySettled => JourneyError::UserChange(UserChangeRefusal::LastSupervisor),
            RecordFailure::Failed(_) | RecordFailure::NotFound | RecordFailure::DetailsRemoved { .. } => {
                JourneyError::Record(failure)
            }
        })?;
        Ok(user)
    }

    fn new_user(&self, who: Option<&SignedIn>, new: NewUser) -> (User, AuditEvent) {
        let user = User {
            id: UserId(self.ports.clock.new_id()),
            username: new.username,
            name: new.name,
            role: new.role,
            sds_user_id: new.sds_user_id,
            sds_role_profile_id: new.sds_role_profile_id,
            locked: false,
        };
        let what = AuditAction::UserAdded { username: user.username.clone(), role: user.role };
        let event = self.event(who, None, what);
        (user, event)
    }

    /// Signs in. Wrong passphrases are recorded, and slowed down after a few.
    ///
    /// # Errors
    /// [`JourneyError::WrongPassphrase`], [`JourneyError::Throttled`], [`JourneyError::Record`].
    pub async fn sign_in(&self, username: &str, passphrase: &str) -> Result<SignedIn, JourneyError> {
        let user = self.recognised(username, passphrase).await?;
        let signed_in = SignedIn { user };
        self.record(&signed_in, None, AuditAction::SignedIn).await?;
        Ok(signed_in)
    }

    /// Whose passphrase it is. Wrong ones are recorded, and slowed down after a few.
    pub(crate) async fn recognised(&self, username: &str, passphrase: &str) -> Result<User, JourneyError> {
        let Ok(username) = Username::new(username) else {
            self.refused_sign_in(None).await?;
            return Err(JourneyError::WrongPassphrase);
        };
        self.throttle(&username)?;
        let Some(user) = self.ports.users.check(&username, passphrase).await? else {
            let now = self.now();
            self.shown().wrong_passphrases.entry(username.clone()).or_insert((0, now)).0 += 1;
            if let Some(wrong) = self.shown().wrong_passphrases.get_mut(&username) {
                wrong.1 = now;
            }
            self.refused_sign_in(Some(username)).await?;
            return Err(JourneyError::WrongPassphrase);
        };
        self.shown().wrong_passphrases.remove(&username);
        if user.locked {
            self.refused_sign_in(Some(username)).await?;
            return Err(JourneyError::UserLocked);
        }
        Ok(user)
    }

    fn throttle(&self, username: &Username) -> Result<(), JourneyError> {
        let wrong = self.shown().wrong_passphrases.get(username).copied();
        let Some((count, last)) = wrong.filter(|(count, _)| *count >= WRONG_BEFORE_WAIT) else {
            return Ok(());
        };
        // A clock set back must not lengthen the wait without end.
        let waited = (self.now() - last).num_seconds().max(0);
        let steps = i64::from(count - WRONG_BEFORE_WAIT + 1).min(10);
        match u64::try_from(WAIT_SECONDS * steps - waited) {
            Ok(left) if left > 0 => Err(JourneyError::Throttled(left)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn refused_sign_in(&self, username: Option<Username>) -> Result<(), JourneyError> {
        let event = self.event(None, None, AuditAction::SignInRefused { username });
        Ok(self.ports.audit.append(&event).await?)
    }

    /// Signs out.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn sign_out(&self, who: SignedIn) -> Result<(), JourneyError> {
        self.record(&who, None, AuditAction::SignedOut).await
    }

    /// Ends a person's turn at a window that nobody is at. What they were working on stays for whoever signs in next.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn locked(&self, who: SignedIn) -> Result<(), JourneyError> {
        self.record(&who, None, AuditAction::Locked).await
    }

    /// Records that the application has started.
    ///
    /// # Errors
    /// [`JourneyError::Record`].
    pub async fn started(&self, version: &str) -> Result<(), JourneyError> {
        let event = self.event(None, None, AuditAction::Started { version: version.to_owned() });
        Ok(self.ports.audit.append(&event).await?)
    }
}
