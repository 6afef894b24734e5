//! Users: who signs in, in which roles. Administration and content are different sign-ins, and a guarded role
//! takes two people to grant.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    access::{Actor, Role},
    id::{EmployeeId, UserId},
    people::NAME_BYTES_MAX,
    personal::{Personal, Secret},
    refusal::{Refusal, reason},
};

/// Failed sign-ins within [`LOCK`] that lock a user.
pub const FAILURES_MAX: usize = 5;
/// How long failures count, and how long a lock lasts.
pub const LOCK: SignedDuration = SignedDuration::from_mins(15);
/// Characters of a password at least (ASVS 5.0, 6.2.1 asks for 8, recommends 15).
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Bytes of a password at most.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// A user as folded from events. The password's hash is not in it: it lies in the log's sealed entries only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Which.
    pub id: UserId,
    /// What they type to sign in.
    pub login: Personal,
    /// The employee they are, where they are one.
    pub employee: Option<EmployeeId>,
    /// Roles held.
    pub roles: BTreeSet<Role>,
    /// Roles asked for, and by whom, until a second person approves.
    pub pending: Option<Pending>,
    /// Whether they may sign in at all.
    pub disabled: bool,
    /// Failed sign-ins that still count, oldest first; at most [`FAILURES_MAX`].
    pub failures: Vec<Timestamp>,
    /// Events so far: the version a decision is made on.
    pub version: u64,
}

/// Roles that wait for a second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The roles the user would hold.
    pub roles: BTreeSet<Role>,
    /// Who asked.
    pub by: Actor,
}

/// What is wanted of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Make one.
    Create {
        /// What they type to sign in.
        login: String,
        /// The password's hash.
        password: Secret,
        /// Roles.
        roles: BTreeSet<Role>,
        /// The employee they are.
        employee: Option<EmployeeId>,
    },
    /// Ask for other roles.
    SetRoles {
        /// Roles.
        roles: BTreeSet<Role>,
    },
    /// Approve what waits.
    Approve,
    /// Set another password.
    SetPassword {
        /// Its hash.
        password: Secret,
    },
    /// Let them sign in no more.
    Disable,
    /// Let them sign in again.
    Enable,
}

/// What happened to a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// Made, with the roles that need no second person.
    Created {
        /// What they type to sign in.
        login: Personal,
        /// The password's hash.
        password: Secret,
        /// Roles.
        roles: BTreeSet<Role>,
        /// The employee they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        employee: Option<EmployeeId>,
    },
    /// Roles were asked for that a second person has to approve.
    RolesRequested {
        /// Roles.
        roles: BTreeSet<Role>,
    },
    /// Roles are held from now on.
    RolesGranted {
        /// Roles.
        roles: BTreeSet<Role>,
    },
    /// Another password.
    PasswordSet {
        /// Its hash.
        password: Secret,
    },
    /// No more sign-in.
    Disabled,
    /// Sign-in again.
    Enabled,
    /// Signed in.
    SignedIn,
    /// Tried and failed.
    SignInFailed,
    /// Signed out.
    SignedOut,
}

/// Who commands, as far as it matters for users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commander {
    /// Who.
    pub actor: Actor,
    /// In which roles.
    pub roles: BTreeSet<Role>,
}

/// Says which events follow from a command. `others` are all other users; `user` is `None` before creation.
///
/// # Errors
/// A refusal where roles clash, a second person is needed, or the last administrator would be lost.
pub fn decide(
    user: Option<&User>,
    others: &[User],
    command: Command,
    by: &Commander,
) -> Result<Vec<Event>, Refusal> {
    match (user, command) {
        (None, Command::Create { login, password, roles, employee }) => {
            reason(&login, NAME_BYTES_MAX).map_err(|_| Refusal::Malformed)?;
            if others.iter().any(|other| other.login.0.eq_ignore_ascii_case(login.trim())) {
                return Err(Refusal::Exists);
            }
            let granted = split(&roles, others, by)?;
            let login = Personal(login.trim().to_owned());
            let mut events = vec![Event::Created { login, password, roles: granted.clone(), employee }];
            if granted != roles {
                events.push(Event::RolesRequested { roles });
            }
            Ok(events)
        }
        (Some(_), Command::Create { .. }) => Err(Refusal::Exists),
        (None, _) => Err(Refusal::NotFound),
        (Some(user), Command::SetRoles { roles }) => set_roles(user, others, roles, by),
        (Some(user), Command::Approve) => approve(user, by),
        (Some(_), Command::SetPassword { password }) => Ok(vec![Event::PasswordSet { password }]),
        (Some(user), Command::Disable) => {
            keep_an_administrator(user, others)?;
            Ok(if user.disabled { vec![] } else { vec![Event::Disabled] })
        }
        (Some(user), Command::Enable) => Ok(if user.disabled { vec![Event::Enabled] } else { vec![] }),
    }
}

/// The part of the roles that one person may grant. Before there is any user, and from the machine's own shell, all.
fn split(roles: &BTreeSet<Role>, others: &[User], by: &Commander) -> Result<BTreeSet<Role>, Refusal> {
    let reads = roles.iter().any(|role| role.is_guarded());
    if reads && roles.contains(&Role::Administrator) {
        return Err(Refusal::RolesClash);
    }
    let first_run = others.is_empty() || matches!(by.actor, Actor::CommandLine | Actor::System(_));
    if first_run {
        return Ok(roles.clone());
    }
    Ok(roles.iter().copied().filter(|role| !role.is_guarded()).collect())
}

fn set_roles(
    user: &User,
    others: &[User],
    roles: BTreeSet<Role>,
    by: &Commander,
) -> Result<Vec<Event>, Refusal> {
    if user.roles.contains(&Role::Administrator) && !roles.contains(&Role::Administrator) {
        keep_an_administrator(user, others)?;
    }
    let alone = split(&roles, others, by)?;
    let gained = roles.iter().any(|role| role.is_guarded() && !user.roles.contains(role));
    if alone == roles || !gained {
        return Ok(vec![Event::RolesGranted { roles }]);
    }
    Ok(vec![Event::RolesRequested { roles }])
}

fn approve(user: &User, by: &Commander) -> Result<Vec<Event>, Refusal> {
    let pending = user.pending.as_ref().ok_or(Refusal::NothingPending)?;
    let own = by.actor == Actor::User(user.id) || by.actor == pending.by;
    if own || !by.roles.contains(&Role::ComplianceOfficer) {
        return Err(Refusal::SecondPersonNeeded);
    }
    Ok(vec![Event::RolesGranted { roles: pending.roles.clone() }])
}

fn keep_an_administrator(user: &User, others: &[User]) -> Result<(), Refusal> {
    let administrates = |user: &User| !user.disabled && user.roles.contains(&Role::Administrator);
    if administrates(user) && !others.iter().any(administrates) {
        return Err(Refusal::LastAdministrator);
    }
    Ok(())
}

impl Event {
    /// The password's hash, where the event sets one.
    pub fn password(&self) -> Option<&Secret> {
        match self {
            Event::Created { password, .. } | Event::PasswordSet { password } => Some(password),
            _ => None,
        }
    }
}

impl User {
    /// The user that a `Created` event makes; `None` for any other event.
    pub fn create(id: UserId, event: &Event) -> Option<User> {
        let Event::Created { login, roles, employee, .. } = event else { return None };
        Some(User {
            id,
            login: login.clone(),
            employee: *employee,
            roles: roles.clone(),
            pending: None,
            disabled: false,
            failures: vec![],
            version: 1,
        })
    }

    /// What an event changes.
    pub fn apply(&mut self, event: &Event, by: &Actor, at: Timestamp) {
        self.version += 1;
        match event {
            Event::Created { .. } | Event::SignedOut => {}
            Event::RolesRequested { roles } => {
                self.pending = Some(Pending { roles: roles.clone(), by: by.clone() });
            }
            Event::RolesGranted { roles } => {
                self.roles = roles.clone();
                self.pending = None;
            }
            Event::Disabled => self.disabled = true,
            Event::Enabled => self.disabled = false,
            Event::PasswordSet { .. } | Event::SignedIn => self.failures.clear(),
            Event::SignInFailed => {
                self.failures.retain(|failed| at.duration_since(*failed) < LOCK);
                self.failures.push(at);
                let surplus = self.failures.len().saturating_sub(FAILURES_MAX);
                self.failures.drain(..surplus);
            }
        }
    }

    /// Whether a sign-in may be tried now: not disabled, and not locked by recent failures.
    pub fn may_try(&self, now: Timestamp) -> bool {
        let recent = self.failures.iter().filter(|failed| now.duration_since(**failed) < LOCK).count();
        !self.disabled && recent < FAILURES_MAX
    }
}

/// Checks a new password's length, and that it is not one letter over and over or the login.
///
/// # Errors
/// [`Refusal::WeakPassword`], or [`Refusal::TooLong`].
pub fn check_password(login: &str, password: &str) -> Result<(), Refusal> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Refusal::TooLong);
    }
    let distinct: BTreeSet<char> = password.chars().collect();
    let names_login = !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase());
    if password.chars().count() < PASSWORD_CHARS_MIN || distinct.len() < 5 || names_login {
        return Err(Refusal::WeakPassword);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: u64, roles: &[Role]) -> User {
        let event = Event::Created {
            login: Personal(format!("user{id}")),
            password: Secret::new("hash"),
            roles: roles.iter().copied().collect(),
            employee: None,
        };
        User::create(UserId(id), &event).unwrap()
    }

    fn by(id: u64, roles: &[Role]) -> Commander {
        Commander { actor: Actor::User(UserId(id)), roles: roles.iter().copied().collect() }
    }

    fn create(login: &str, roles: &[Role]) -> Command {
        let roles = roles.iter().copied().collect();
        Command::Create { login: login.into(), password: Secret::new("hash"), roles, employee: None }
    }

    #[test]
    fn a_content_role_takes_two_people() {
        let admin = user(1, &[Role::Administrator]);
        let officer = user(2, &[Role::ComplianceOfficer]);
        let others = [admin, officer];
        let asking = by(1, &[Role::Administrator]);
        let events = decide(None, &others, create("new", &[Role::Reviewer]), &asking).unwrap();
        assert_eq!(events.len(), 2);
        let mut new = User::create(UserId(3), &events[0]).unwrap();
        new.apply(&events[1], &asking.actor, Timestamp::UNIX_EPOCH);
        assert!(new.roles.is_empty());
        assert_eq!(decide(Some(&new), &others, Command::Approve, &asking), Err(Refusal::SecondPersonNeeded));
        let approving = by(2, &[Role::ComplianceOfficer]);
        let granted = decide(Some(&new), &others, Command::Approve, &approving).unwrap();
        new.apply(&granted[0], &approving.actor, Timestamp::UNIX_EPOCH);
        assert!(new.roles.contains(&Role::Reviewer));
    }

    #[test]
    fn an_administrator_alone_makes_nobody_privacy_officer() {
        let admin = user(1, &[Role::Administrator]);
        let asking = by(1, &[Role::Administrator]);
        let events =
            decide(None, std::slice::from_ref(&admin), create("new", &[Role::PrivacyOfficer]), &asking)
                .unwrap();
        assert!(matches!(&events[0], Event::Created { roles, .. } if roles.is_empty()));
        let both = create("both", &[Role::Administrator, Role::PrivacyOfficer]);
        assert_eq!(decide(None, &[admin], both, &asking), Err(Refusal::RolesClash));
    }

    #[test]
    fn a_person_cannot_approve_roles_for_themselves() {
        let mut officer = user(2, &[Role::ComplianceOfficer]);
        let roles = [Role::ComplianceOfficer, Role::Reviewer].into_iter().collect();
        officer.apply(&Event::RolesRequested { roles }, &Actor::User(UserId(1)), Timestamp::UNIX_EPOCH);
        let own = by(2, &[Role::ComplianceOfficer]);
        assert_eq!(decide(Some(&officer), &[], Command::Approve, &own), Err(Refusal::SecondPersonNeeded));
    }

    #[test]
    fn administration_and_content_are_different_sign_ins() {
        let both = create("both", &[Role::Administrator, Role::Reviewer]);
        assert_eq!(decide(None, &[], both, &by(1, &[])), Err(Refusal::RolesClash));
    }

    #[test]
    fn the_last_administrator_stays() {
        let admin = user(1, &[Role::Administrator]);
        let asking = by(1, &[Role::Administrator]);
        assert_eq!(decide(Some(&admin), &[], Command::Disable, &asking), Err(Refusal::LastAdministrator));
        let another = user(2, &[Role::Administrator]);
        assert_eq!(decide(Some(&admin), &[another], Command::Disable, &asking), Ok(vec![Event::Disabled]));
    }

    #[test]
    fn five_failures_lock_for_a_quarter_of_an_hour() {
        let mut ana = user(1, &[]);
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        for minute in 0..5 {
            assert!(ana.may_try(at(minute)));
            ana.apply(&Event::SignInFailed, &Actor::CommandLine, at(minute));
        }
        assert!(!ana.may_try(at(5)));
        assert!(ana.may_try(at(16)));
        ana.apply(&Event::SignedIn, &Actor::CommandLine, at(16));
        assert!(ana.failures.is_empty());
    }

    #[test]
    fn weak_passwords_are_refused() {
        let cases = [
            ("short1!", Err(Refusal::WeakPassword)),
            ("aaaaaaaaaaaaaaa", Err(Refusal::WeakPassword)),
            ("my-user1-password", Err(Refusal::WeakPassword)),
            ("correct horse battery", Ok(())),
            (&"longer".repeat(50), Err(Refusal::TooLong)),
        ];
        for (password, wanted) in cases {
            assert_eq!(check_password("user1", password), wanted, "{password}");
        }
    }
}
