//! Signing in and out.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use aboveboard_model::{
    access::Actor,
    event::Event,
    id::{Index, UserId},
    personal::Secret,
    refusal::Refusal,
    user::{self, PASSWORD_BYTES_MAX, Place, User},
};
use rusqlite::OptionalExtension;

use super::Ledger;
use crate::{
    command::By,
    error::{Error, Result},
    fact::Fact,
    fold::find_user,
    password,
    view::SignedIn,
    views::{from_json, index},
};

/// Failed sign-ins answer at multiples of this, well above what any of their ways takes.
const FAILURE_TICK: Duration = Duration::from_millis(250);

impl Ledger {
    /// Whether there is no user yet.
    ///
    /// # Errors
    /// The views'.
    pub fn first_run(&self) -> Result<bool> {
        self.inner()
            .views
            .ask(|db| Ok(db.query_row("SELECT NOT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?))
    }

    /// Signs somebody in, from a network address where it is known. Slow on purpose, and a failure answers at the same times
    /// whatever failed.
    ///
    /// # Errors
    /// [`Refusal::SignInFailed`] for a wrong name, a wrong password, a locked or a disabled user: never said which.
    pub fn sign_in(&self, login: &str, password: &str, from: Option<IpAddr>) -> Result<SignedIn> {
        let began = Instant::now();
        let signed_in = self.try_sign_in(login, password, self.place(from));
        if matches!(signed_in, Err(Error::Refused(Refusal::SignInFailed))) {
            // A failure that is written down takes longer than one of nobody: both end at the next tick.
            self.inner().rest(rest_of_tick(began.elapsed()));
        }
        signed_in
    }

    fn try_sign_in(&self, login: &str, password: &str, from: Place) -> Result<SignedIn> {
        let found = self.find_login(login)?;
        let possible = password.len() <= PASSWORD_BYTES_MAX;
        let hash = match &found {
            Some((_, set_by)) if possible => self.password_of(*set_by)?,
            _ => None,
        };
        let right = password::verify(if possible { password } else { "" }, hash.as_ref());
        let Some((user, set_by)) = found else { return Err(Refusal::SignInFailed.into()) };
        // The newest failures may not be folded yet when attempts come fast: the lock is looked at after them.
        self.at_least_head()?;
        let (user, newest) = self.find_login(&user.login.0)?.ok_or(Refusal::SignInFailed)?;
        if !user.may_try(self.now(), from) {
            return Err(Refusal::SignInFailed.into());
        }
        // A password that was replaced while it was checked is not good any more.
        let right = right && newest == set_by;
        let event = if right { user::Event::SignedIn { from } } else { user::Event::SignInFailed { from } };
        self.record(&Actor::User(user.id), vec![Fact::new(Event::User { user: user.id, event })])?;
        if right { Ok(signed_in(user)) } else { Err(Refusal::SignInFailed.into()) }
    }

    /// A network address as the log knows it: a keyed hash of it; of IPv6 the half that a household or an office has.
    fn place(&self, from: Option<IpAddr>) -> Place {
        let text = match from.map(|from| from.to_canonical()) {
            None => return Place::default(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        };
        Place(self.inner().store.hasher.id("address", &text).max(1))
    }

    /// Writes down that somebody signed out.
    ///
    /// # Errors
    /// The archive's.
    pub fn sign_out(&self, by: &By) -> Result<()> {
        if let Actor::User(user) = by.actor {
            self.record(&by.actor, vec![Fact::new(Event::User { user, event: user::Event::SignedOut })])?;
        }
        Ok(())
    }

    /// Who a session belongs to, with the roles held now; `None` when the user may no longer sign in.
    ///
    /// # Errors
    /// The views'.
    pub fn signed_in(&self, user: UserId) -> Result<Option<SignedIn>> {
        let user = self.inner().views.ask(|db| find_user(db, user))?;
        Ok(user.filter(|user| !user.disabled).map(signed_in))
    }

    /// The hash of a new password.
    ///
    /// # Errors
    /// [`Refusal::WeakPassword`], [`Refusal::TooLong`].
    pub fn hash_password(&self, login: &str, password: &str) -> Result<Secret> {
        user::check_password(login, password)?;
        Ok(password::hash(password, self.inner().random_salt()?))
    }

    fn at_least_head(&self) -> Result<()> {
        match self.len().checked_sub(1) {
            Some(head) => self.at_least(Index(head)),
            None => Ok(()),
        }
    }

    /// The user who types this, and the entry with the hash of the password.
    fn find_login(&self, login: &str) -> Result<Option<(User, Index)>> {
        self.inner().views.ask(|db| {
            let found: Option<(String, i64)> = db
                .prepare_cached("SELECT json, password FROM users WHERE login = ?1")?
                .query_row([login.trim().to_lowercase()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            found.map(|(text, set_by)| Ok((from_json(&text)?, index(set_by)))).transpose()
        })
    }

    /// The hash that an entry set, opened from the log; `None` where it was destroyed.
    fn password_of(&self, set_by: Index) -> Result<Option<Secret>> {
        Ok(self.inner().store.read(set_by)?.and_then(|opened| match opened.event {
            Event::User { event, .. } => event.password().cloned(),
            _ => None,
        }))
    }
}

fn signed_in(user: User) -> SignedIn {
    SignedIn {
        user: user.id,
        login: user.login.0.clone(),
        roles: user.roles.clone(),
        employee: user.employee,
        given_at: user.given_at(),
    }
}

/// The time from an instant after the beginning to the next tick.
fn rest_of_tick(elapsed: Duration) -> Duration {
    let into = elapsed.as_nanos() % FAILURE_TICK.as_nanos();
    FAILURE_TICK - Duration::from_nanos(u64::try_from(into).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_answers_at_a_tick_however_long_it_took() {
        for elapsed in [0, 1, 30, 60, 249, 250, 251, 999, 1_000, 60_001].map(Duration::from_millis) {
            let answered = elapsed + rest_of_tick(elapsed);
            assert_eq!(answered.as_nanos() % FAILURE_TICK.as_nanos(), 0, "{elapsed:?}");
            assert!(answered > elapsed && answered <= elapsed + FAILURE_TICK, "{elapsed:?}");
        }
    }
}
