//! Sessions: an opaque token in a cookie, kept here only as its hash, with limits on idleness, age and number.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use aboveboard_model::id::{AlertId, Index, UserId};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// Sessions at once; beyond it the one that was idle longest ends.
const SESSIONS_MAX: usize = 10_000;
/// Live streams of one session at once: one for each page that is open.
const STREAMS_OF_ONE_MAX: usize = 8;
/// Live streams of all sessions at once.
const STREAMS_MAX: usize = 512;
/// Acts of a session that can be taken back one after the other.
const ACTS_MAX: usize = 10;
/// Bytes of a token: 256 bits.
const TOKEN_BYTES: usize = 32;

/// What the server knows of a session.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) user: UserId,
    /// Stands in every form of the session.
    pub(crate) form_token: String,
    /// The last entry that the person wrote: questions wait until it shows.
    pub(crate) at_least: Index,
    /// The alerts of each act that can be taken back, the newest last. No alert stands in it twice: of each, the last act alone can be
    /// taken back.
    acts: Vec<Vec<AlertId>>,
    opened_at: Timestamp,
    seen_at: Timestamp,
}

impl Session {
    /// Alerts are in no act any more. Of an act on several the others can still be taken back.
    fn forget(&mut self, alerts: &[AlertId]) {
        for act in &mut self.acts {
            act.retain(|alert| !alerts.contains(alert));
        }
        self.acts.retain(|act| !act.is_empty());
    }
}

/// The key of a session: SHA-256 of its token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

/// All sessions of this process. They end with it.
pub(crate) struct Sessions {
    idle: SignedDuration,
    absolute: SignedDuration,
    open: Mutex<HashMap<Key, Session>>,
}

impl Sessions {
    pub(crate) fn new(idle: SignedDuration, absolute: SignedDuration) -> Self {
        Self { idle, absolute, open: Mutex::default() }
    }

    /// Opens a session and returns the token for the cookie; `None` where the machine has no randomness to give.
    pub(crate) fn open(&self, user: UserId, now: Timestamp) -> Option<String> {
        let token = random_token()?;
        let form_token = random_token()?;
        let (at_least, acts) = (Index(0), vec![]);
        let session = Session { user, form_token, at_least, acts, opened_at: now, seen_at: now };
        let mut open = self.lock();
        if open.len() >= SESSIONS_MAX {
            open.retain(|_, session| self.alive(session, now));
        }
        if open.len() >= SESSIONS_MAX {
            let idlest = open.iter().min_by_key(|(_, session)| session.seen_at).map(|(key, _)| *key);
            idlest.and_then(|key| open.remove(&key));
        }
        open.insert(key(&token), session);
        Some(token)
    }

    /// The session of a token, where it is alive. What a person does keeps it alive; what the script asks does not.
    pub(crate) fn find(&self, token: &str, by_person: bool, now: Timestamp) -> Option<(Key, Session)> {
        let key = key(token);
        let mut open = self.lock();
        let session = open.get_mut(&key)?;
        if !self.alive(session, now) {
            open.remove(&key);
            return None;
        }
        if by_person {
            session.seen_at = now;
        }
        Some((key, session.clone()))
    }

    /// Whether a session is still alive, without touching it.
    pub(crate) fn is_alive(&self, key: Key, now: Timestamp) -> bool {
        self.lock().get(&key).is_some_and(|session| self.alive(session, now))
    }

    /// Notes what the person wrote last.
    pub(crate) fn wrote(&self, key: Key, index: Index) {
        if let Some(session) = self.lock().get_mut(&key) {
            session.at_least = session.at_least.max(index);
        }
    }

    /// Notes an act on alerts that can be taken back.
    pub(crate) fn acted(&self, key: Key, alerts: &[AlertId]) {
        if let Some(session) = self.lock().get_mut(&key) {
            session.forget(alerts);
            session.acts.push(alerts.to_vec());
            let too_many = session.acts.len().saturating_sub(ACTS_MAX);
            session.acts.drain(..too_many);
        }
    }

    /// Notes that the last act on alerts was taken back, or can be no more, and returns the alerts of the one before it.
    pub(crate) fn took_back(&self, key: Key, alerts: &[AlertId]) -> Vec<AlertId> {
        let mut open = self.lock();
        let Some(session) = open.get_mut(&key) else { return vec![] };
        session.forget(alerts);
        session.acts.last().cloned().unwrap_or_default()
    }

    /// Ends a session.
    pub(crate) fn close(&self, key: Key) {
        self.lock().remove(&key);
    }

    /// Ends every session of a user but one: after a new password.
    pub(crate) fn close_others(&self, user: UserId, kept: Key) {
        self.lock().retain(|key, session| session.user != user || *key == kept);
    }

    /// Ends every session of a user: after somebody else gave a password.
    pub(crate) fn close_all(&self, user: UserId) {
        self.lock().retain(|_, session| session.user != user);
    }

    fn alive(&self, session: &Session, now: Timestamp) -> bool {
        now.duration_since(session.seen_at) < self.idle
            && now.duration_since(session.opened_at) < self.absolute
    }

    /// No code between lock and unlock can leave the table half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The live streams that are open, by session: each holds a connection and a task for as long as its page is open.
#[derive(Default)]
pub(crate) struct Streams(Mutex<HashMap<Key, usize>>);

impl Streams {
    /// Takes a place for a session; `false` where it, or all together, have no more.
    pub(crate) fn take(&self, session: Key) -> bool {
        let mut open = self.lock();
        let all: usize = open.values().sum();
        let own = open.get(&session).copied().unwrap_or_default();
        if all >= STREAMS_MAX || own >= STREAMS_OF_ONE_MAX {
            return false;
        }
        open.insert(session, own + 1);
        true
    }

    /// Gives a place back.
    pub(crate) fn leave(&self, session: Key) {
        let mut open = self.lock();
        if let Some(own) = open.get_mut(&session) {
            *own -= 1;
            if *own == 0 {
                open.remove(&session);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random_token() -> Option<String> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).ok()?;
    Some(hex::encode(bytes))
}

fn key(token: &str) -> Key {
    Key(Sha256::digest(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions() -> Sessions {
        Sessions::new(SignedDuration::from_mins(30), SignedDuration::from_hours(12))
    }

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    #[test]
    fn a_session_ends_when_idle_and_at_its_age() {
        let sessions = sessions();
        let token = sessions.open(UserId(1), minute(0)).unwrap();
        for at in (0..720).step_by(20) {
            assert!(sessions.find(&token, true, minute(at)).is_some(), "minute {at}");
        }
        assert!(sessions.find(&token, true, minute(720)).is_none());
        let idle = sessions.open(UserId(1), minute(0)).unwrap();
        assert!(sessions.find(&idle, true, minute(30)).is_none());
    }

    #[test]
    fn acts_are_taken_back_newest_first_and_the_oldest_are_forgotten() {
        let sessions = sessions();
        let token = sessions.open(UserId(1), minute(0)).unwrap();
        let (key, _) = sessions.find(&token, true, minute(0)).unwrap();
        let acts = ACTS_MAX as u64 + 3;
        for alert in 1..=acts {
            sessions.acted(key, &[AlertId(alert)]);
        }
        sessions.acted(key, &[AlertId(20), AlertId(acts - 1)]);
        let mut newest = vec![AlertId(20), AlertId(acts - 1)];
        let mut taken = Vec::new();
        while !newest.is_empty() {
            taken.push(newest[0].0);
            newest = sessions.took_back(key, &newest);
        }
        let mut wanted: Vec<u64> = (1..=acts).rev().filter(|alert| *alert != acts - 1).collect();
        wanted.insert(0, 20);
        wanted.truncate(ACTS_MAX);
        assert_eq!(taken, wanted, "an alert that was decided again is in the newer act alone");
        let other = sessions.open(UserId(1), minute(0)).unwrap();
        let (other, _) = sessions.find(&other, true, minute(0)).unwrap();
        sessions.acted(key, &[AlertId(1)]);
        assert_eq!(sessions.took_back(other, &[]), vec![], "another session has acts of its own");
    }

    #[test]
    fn an_act_on_several_alerts_is_still_taken_back_on_the_others_when_one_of_them_was_touched() {
        let sessions = sessions();
        let token = sessions.open(UserId(1), minute(0)).unwrap();
        let (key, _) = sessions.find(&token, true, minute(0)).unwrap();
        let alerts = |ids: &[u64]| ids.iter().copied().map(AlertId).collect::<Vec<_>>();
        sessions.acted(key, &alerts(&[1]));
        sessions.acted(key, &alerts(&[2, 3, 4, 5]));
        sessions.took_back(key, &alerts(&[3]));
        sessions.acted(key, &alerts(&[5]));
        sessions.acted(key, &alerts(&[6]));
        let mut taken = vec![alerts(&[6])];
        while let Some(act) = taken.last().filter(|act| !act.is_empty()).cloned() {
            taken.push(sessions.took_back(key, &act));
        }
        assert_eq!(taken, [&[6][..], &[5], &[2, 4], &[1], &[]].map(alerts));
    }

    #[test]
    fn the_script_alone_does_not_keep_a_session_alive() {
        let sessions = sessions();
        let token = sessions.open(UserId(1), minute(0)).unwrap();
        assert!(sessions.find(&token, false, minute(29)).is_some());
        assert!(sessions.find(&token, false, minute(31)).is_none());
    }

    #[test]
    fn a_token_is_not_kept_and_a_wrong_one_finds_nothing() {
        let sessions = sessions();
        let token = sessions.open(UserId(1), minute(0)).unwrap();
        assert_eq!(token.len(), TOKEN_BYTES * 2);
        assert!(sessions.lock().keys().all(|key| hex::encode(key.0) != token));
        assert!(sessions.find("", true, minute(0)).is_none());
        assert!(sessions.find(&token.to_uppercase(), true, minute(0)).is_none());
    }

    #[test]
    fn the_number_of_sessions_is_bounded_by_ending_the_idlest() {
        let sessions = sessions();
        let first = sessions.open(UserId(0), minute(0)).unwrap();
        for user in 1..=SESSIONS_MAX as u64 {
            sessions.open(UserId(user), minute(1)).unwrap();
        }
        assert_eq!(sessions.lock().len(), SESSIONS_MAX);
        assert!(sessions.find(&first, true, minute(1)).is_none());
    }

    #[test]
    fn live_streams_are_bounded_for_one_session_and_for_all() {
        let streams = Streams::default();
        let session = |number: usize| key(&number.to_string());
        for _ in 0..STREAMS_OF_ONE_MAX {
            assert!(streams.take(session(0)));
        }
        assert!(!streams.take(session(0)), "one has no more");
        streams.leave(session(0));
        assert!(streams.take(session(0)), "a place that was left is free");
        let others = (1..).map(session).take(STREAMS_MAX).filter(|other| streams.take(*other)).count();
        assert_eq!(others, STREAMS_MAX - STREAMS_OF_ONE_MAX);
        for _ in 0..STREAMS_OF_ONE_MAX {
            streams.leave(session(0));
        }
        assert!(streams.take(session(STREAMS_MAX + 1)));
    }

    #[test]
    fn a_new_password_ends_the_other_sessions_of_that_user() {
        let sessions = sessions();
        let kept = sessions.open(UserId(1), minute(0)).unwrap();
        let other = sessions.open(UserId(1), minute(0)).unwrap();
        let elses = sessions.open(UserId(2), minute(0)).unwrap();
        sessions.close_others(UserId(1), key(&kept));
        let alive = |token: &str| sessions.find(token, true, minute(0)).is_some();
        assert_eq!([alive(&kept), alive(&other), alive(&elses)], [true, false, true]);
        sessions.close_all(UserId(1));
        assert_eq!([alive(&kept), alive(&other), alive(&elses)], [false, false, true]);
    }
}
