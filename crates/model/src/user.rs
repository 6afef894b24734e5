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

/// Failed sign-ins from one place within [`LOCK`] after which that place may not try again.
pub const FAILURES_MAX: usize = 5;
/// Failed sign-ins from all places within [`LOCK`] after which only places where the user has signed in before may try.
pub const FAILURES_ANYWHERE_MAX: usize = 50;
/// Places where a user has signed in that are remembered, newest last.
pub const PLACES_MAX: usize = 16;
/// How long failures count, and how long a lock lasts.
pub const LOCK: SignedDuration = SignedDuration::from_mins(15);
/// How long a password that somebody else gave is good for (ASVS 5.0, 6.4.1).
pub const GIVEN_PASSWORD: SignedDuration = SignedDuration::from_hours(24);
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
    /// The password that somebody else gave last, kept until a second person grants guarded roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// Failed sign-ins that still count, oldest first; at most [`FAILURES_ANYWHERE_MAX`].
    pub failures: Vec<Failure>,
    /// Where the user has signed in, newest last; at most [`PLACES_MAX`].
    pub places: Vec<Place>,
    /// Events so far: the version a decision is made on.
    pub version: u64,
}

/// A password that somebody else gave. Whoever gave it can have replaced it too: the second person has to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Who gave it.
    pub by: Actor,
    /// When: until it is replaced it is good for [`GIVEN_PASSWORD`], and only to set another.
    pub at: Timestamp,
    /// When somebody who knew it set another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_at: Option<Timestamp>,
}

/// The network address that a sign-in came from, as a keyed hash; zero where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(pub u64);

impl Place {
    fn is_unknown(&self) -> bool {
        self.0 == 0
    }
}

/// A failed sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: Place,
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
    /// Set another password: one's own, or anybody's from the machine's own shell.
    SetPassword {
        /// Its hash.
        password: Secret,
    },
    /// Give somebody else another password, with which they sign in once to set their own.
    GivePassword {
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
    /// The password that was set just before is known to somebody else: it has to be changed at the next sign-in.
    PasswordGiven,
    /// No more sign-in.
    Disabled,
    /// Sign-in again.
    Enabled,
    /// Signed in.
    SignedIn {
        /// From where.
        #[serde(default, skip_serializing_if = "Place::is_unknown")]
        from: Place,
    },
    /// Tried and failed.
    SignInFailed {
        /// From where.
        #[serde(default, skip_serializing_if = "Place::is_unknown")]
        from: Place,
    },
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
            if by.actor.user().is_some() {
                events.push(Event::PasswordGiven);
            }
            Ok(events)
        }
        (Some(_), Command::Create { .. }) => Err(Refusal::Exists),
        (None, _) => Err(Refusal::NotFound),
        (Some(user), Command::SetRoles { roles }) => set_roles(user, others, roles, by),
        (Some(user), Command::Approve) => approve(user, by),
        (Some(user), Command::SetPassword { password }) => match by.actor {
            Actor::User(other) if other != user.id => Err(Refusal::NotPermitted),
            _ => Ok(vec![Event::PasswordSet { password }]),
        },
        (Some(user), Command::GivePassword { password }) => give_password(user, password, by),
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

/// Who knows a password could sign in with it. So guarded roles wait again for a second person, who asks whom they belong to.
fn give_password(user: &User, password: Secret, by: &Commander) -> Result<Vec<Event>, Refusal> {
    if by.actor == Actor::User(user.id) {
        return Err(Refusal::SecondPersonNeeded);
    }
    let mut events = vec![Event::PasswordSet { password }, Event::PasswordGiven];
    let (guarded, rest): (BTreeSet<Role>, BTreeSet<Role>) =
        user.roles.iter().partition(|role| role.is_guarded());
    if !guarded.is_empty() {
        let wanted =
            user.pending.as_ref().map_or_else(|| user.roles.clone(), |pending| pending.roles.clone());
        events.extend([Event::RolesGranted { roles: rest }, Event::RolesRequested { roles: wanted }]);
    }
    Ok(events)
}

fn approve(user: &User, by: &Commander) -> Result<Vec<Event>, Refusal> {
    let pending = user.pending.as_ref().ok_or(Refusal::NothingPending)?;
    let gave = user.given.as_ref().is_some_and(|given| given.by == by.actor);
    let own = by.actor == Actor::User(user.id) || by.actor == pending.by || gave;
    if own || !by.roles.contains(&Role::ComplianceOfficer) {
        return Err(Refusal::SecondPersonNeeded);
    }
    if user.given_at().is_some() {
        return Err(Refusal::PasswordGiven);
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
            given: None,
            failures: vec![],
            places: vec![],
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
                // Roles that one person grants alone answer for no password.
                if roles.iter().any(|role| role.is_guarded() && !self.roles.contains(role)) {
                    self.given = None;
                }
                self.roles = roles.clone();
                self.pending = None;
            }
            Event::Disabled => self.disabled = true,
            Event::Enabled => self.disabled = false,
            Event::PasswordSet { .. } => {
                self.failures.clear();
                if let Some(given) = &mut self.given {
                    given.replaced_at.get_or_insert(at);
                }
            }
            Event::PasswordGiven => self.given = Some(Given { by: by.clone(), at, replaced_at: None }),
            Event::SignedIn { from } => {
                // Who knows the password clears the place, not what others do from elsewhere.
                self.failures.retain(|failed| failed.from != *from);
                self.places.retain(|place| place != from);
                self.places.push(*from);
                let surplus = self.places.len().saturating_sub(PLACES_MAX);
                self.places.drain(..surplus);
            }
            Event::SignInFailed { from } => {
                self.failures.retain(|failed| at.duration_since(failed.at) < LOCK);
                self.failures.push(Failure { at, from: *from });
                let surplus = self.failures.len().saturating_sub(FAILURES_ANYWHERE_MAX);
                self.failures.drain(..surplus);
            }
        }
    }

    /// Since when the password is one that somebody else gave and nobody has replaced.
    pub fn given_at(&self) -> Option<Timestamp> {
        self.given.as_ref().filter(|given| given.replaced_at.is_none()).map(|given| given.at)
    }

    /// Whether a sign-in may be tried now from a place: not disabled, the password not one that was given too long ago, not too many failures from there, and, where the user
    /// never signed in from there, not too many from anywhere. Whoever knows a login can so lock nobody out but themselves.
    pub fn may_try(&self, now: Timestamp, from: Place) -> bool {
        let here = self.recent(now).filter(|failed| failed.from == from).count();
        let is_known = self.places.contains(&from) && !from.is_unknown();
        let is_over = self.given_at().is_some_and(|at| now.duration_since(at) >= GIVEN_PASSWORD);
        !self.disabled && !is_over && here < FAILURES_MAX && (is_known || !self.is_braked(now))
    }

    /// Whether so many sign-ins failed lately that only places where the user has signed in before may try.
    pub fn is_braked(&self, now: Timestamp) -> bool {
        self.recent(now).count() >= FAILURES_ANYWHERE_MAX
    }

    fn recent(&self, now: Timestamp) -> impl Iterator<Item = &Failure> {
        self.failures.iter().filter(move |failed| now.duration_since(failed.at) < LOCK)
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
        assert_eq!(events[2..], [Event::PasswordGiven], "she sets her own first");
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
    fn who_knows_a_given_password_gets_no_content_by_it() {
        let officer = user(2, &[Role::ComplianceOfficer]);
        let mut rita = user(3, &[Role::Auditor, Role::Reviewer]);
        let admin = by(1, &[Role::Administrator]);
        let give = || Command::GivePassword { password: Secret::new("given") };
        let set = || Command::SetPassword { password: Secret::new("own") };
        assert_eq!(decide(Some(&rita), &[], set(), &admin), Err(Refusal::NotPermitted));
        assert_eq!(decide(Some(&rita), &[], give(), &by(3, &[])), Err(Refusal::SecondPersonNeeded));
        let at = Timestamp::from_second(1_000).unwrap();
        for event in decide(Some(&rita), &[], give(), &admin).unwrap() {
            rita.apply(&event, &admin.actor, at);
        }
        assert_eq!(rita.roles, BTreeSet::from([Role::Auditor]));
        assert_eq!(rita.pending.as_ref().unwrap().roles, BTreeSet::from([Role::Auditor, Role::Reviewer]));
        assert_eq!(decide(Some(&rita), &[], Command::Approve, &admin), Err(Refusal::SecondPersonNeeded));
        assert!(rita.may_try(at, Place(1)) && !rita.may_try(at + GIVEN_PASSWORD, Place(1)));
        let again = decide(Some(&rita), &[], give(), &admin).unwrap();
        assert_eq!(again.len(), 2, "what waits goes on waiting");
        let approve = || decide(Some(&rita), &[], Command::Approve, &by(2, &[Role::ComplianceOfficer]));
        assert_eq!(approve(), Err(Refusal::PasswordGiven), "whoever gave the password still knows it");
        for event in decide(Some(&rita), &[], set(), &by(3, &[])).unwrap() {
            rita.apply(&event, &Actor::User(rita.id), at);
        }
        assert!(rita.given_at().is_none() && rita.may_try(at + GIVEN_PASSWORD, Place(1)));
        let known = Some(Given { by: admin.actor.clone(), at, replaced_at: Some(at) });
        assert_eq!(rita.given, known, "who approves is told who could have set the own one");
        let alone = Event::RolesGranted { roles: BTreeSet::from([Role::Auditor]) };
        rita.apply(&alone, &admin.actor, at);
        let again = Event::RolesRequested { roles: BTreeSet::from([Role::Auditor, Role::Reviewer]) };
        rita.apply(&again, &Actor::User(UserId(4)), at);
        assert_eq!(rita.given, known, "an administrator's own grant wipes nothing away");
        let gave = by(1, &[Role::ComplianceOfficer]);
        assert_eq!(decide(Some(&rita), &[], Command::Approve, &gave), Err(Refusal::SecondPersonNeeded));
        let approving = by(2, &[Role::ComplianceOfficer]);
        let approved = decide(Some(&rita), &[officer], Command::Approve, &approving).unwrap();
        assert_eq!(approved.len(), 1);
        rita.apply(&approved[0], &approving.actor, at);
        assert_eq!(rita.given, None);
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
    fn five_failures_lock_a_place_for_a_quarter_of_an_hour_and_no_other() {
        let mut ana = user(1, &[]);
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let (home, elsewhere) = (Place(1), Place(2));
        for minute in 0..5 {
            assert!(ana.may_try(at(minute), elsewhere));
            ana.apply(&Event::SignInFailed { from: elsewhere }, &Actor::CommandLine, at(minute));
        }
        assert!(!ana.may_try(at(5), elsewhere));
        assert!(ana.may_try(at(5), home));
        ana.apply(&Event::SignedIn { from: home }, &Actor::CommandLine, at(5));
        assert!(!ana.may_try(at(6), elsewhere), "that she signed in at home frees no other place");
        assert!(ana.may_try(at(16), elsewhere));
        ana.apply(&Event::SignedIn { from: elsewhere }, &Actor::CommandLine, at(16));
        assert!(ana.failures.is_empty());
    }

    #[test]
    fn many_places_together_are_braked_but_where_she_works_she_still_gets_in() {
        let mut ana = user(1, &[]);
        let now = Timestamp::from_second(1_000).unwrap();
        ana.apply(&Event::SignedIn { from: Place(1) }, &Actor::CommandLine, now);
        let tried = (2..).map(Place).take_while(|from| {
            let may = ana.may_try(now, *from);
            ana.apply(&Event::SignInFailed { from: *from }, &Actor::CommandLine, now);
            may
        });
        assert_eq!(tried.count(), FAILURES_ANYWHERE_MAX);
        assert!(ana.may_try(now, Place(1)));
        assert!(!ana.may_try(now, Place::default()), "a place that is not known is nobody's own");
        assert!(ana.may_try(now + LOCK, Place(1_000)));
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
