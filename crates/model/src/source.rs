//! Sources: where deliveries come from, with the secrets that prove it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::words,
    connection::{Errand, Report, Turned},
    id::SourceId,
    people::NAME_BYTES_MAX,
    personal::Secret,
    refusal::{Refusal, reason, within},
};

/// A source of deliveries as folded from events. It cannot be serialised: its secrets lie in the log's sealed entries only.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Which.
    pub id: SourceId,
    /// What people call it.
    pub name: String,
    /// The connector, such as `whatsapp-cloud`.
    pub connector: String,
    /// What the handshake has to say.
    pub verify_token: Secret,
    /// App secrets, newest first; older ones end at their instant.
    pub secrets: Vec<Dated>,
    /// The token for fetching media, where the firm gave one.
    pub access_token: Option<Secret>,
    /// The Graph API's base, where it is not Meta's own.
    pub graph_url: Option<String>,
    /// The platform's id of the account: for WhatsApp the WABA.
    pub account: Option<String>,
    /// The platform's id of the first number.
    pub number: Option<String>,
}

words! {
    /// A setting of a source that can be taken away again.
    Setting {
        /// The token for the platform.
        AccessToken = "access_token",
        /// The Graph API's base.
        GraphUrl = "graph_url",
        /// The account's id.
        Account = "account",
        /// The number's id.
        Number = "number",
    }
}

/// A secret and until when it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The secret.
    pub secret: Secret,
    /// Until when; `None` for still.
    pub until: Option<Timestamp>,
}

/// What happened to sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// A source was connected, or its settings changed; empty secrets leave what is there.
    Saved {
        /// Which.
        source: SourceId,
        /// What people call it.
        name: String,
        /// The connector.
        connector: String,
        /// What the handshake has to say.
        verify_token: Option<Secret>,
        /// The token for fetching media.
        access_token: Option<Secret>,
        /// The Graph API's base.
        graph_url: Option<String>,
        /// The account's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// The number's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// Settings that were taken away.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        cleared: BTreeSet<Setting>,
    },
    /// A new app secret; the former ones stay good until an instant.
    Rotated {
        /// Which.
        source: SourceId,
        /// The new secret.
        secret: Secret,
        /// Until when the former ones are good.
        overlap_until: Timestamp,
    },
    /// The platform's handshake came, with the right token. Written down at most once in a while.
    Greeted {
        /// Which.
        source: SourceId,
    },
    /// Somebody came with a wrong proof, or none. Written down at most once in a while, with how often since.
    TurnedAway {
        /// Which.
        source: SourceId,
        /// Why.
        why: Turned,
        /// How often since it was last written down; at least.
        times: u64,
    },
    /// An administrator asked for something at the platform.
    Asked {
        /// Which.
        source: SourceId,
        /// What.
        errand: Errand,
    },
    /// The platform answered, or could not be asked.
    Reported {
        /// Which.
        source: SourceId,
        /// What it answered.
        report: Box<Report>,
    },
}

impl Event {
    /// The source that it is about.
    pub fn source(&self) -> SourceId {
        match self {
            Event::Saved { source, .. }
            | Event::Rotated { source, .. }
            | Event::Greeted { source }
            | Event::TurnedAway { source, .. }
            | Event::Asked { source, .. }
            | Event::Reported { source, .. } => *source,
        }
    }
}

/// What an administrator declares about a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// What people call it; empty is refused.
    pub name: String,
    /// The connector.
    pub connector: String,
    /// What the handshake has to say.
    pub verify_token: Option<Secret>,
    /// An app secret, where it is new.
    pub app_secret: Option<Secret>,
    /// The token for fetching media.
    pub access_token: Option<Secret>,
    /// The Graph API's base.
    pub graph_url: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// The number's id.
    pub number: Option<String>,
    /// What is to be taken away; what is given at the same time wins.
    pub clear: BTreeSet<Setting>,
}

/// How long an address or an id may be.
const SETTING_BYTES_MAX: usize = 2_000;

/// Says which events follow from what is declared. `overlap_until` is how long former app secrets stay good.
///
/// # Errors
/// A refusal for an empty name, a new source without verify token or app secret, or another Graph API without a token
/// for it: the stored token goes nowhere but where it was given for.
pub fn decide(
    id: SourceId,
    known: Option<&Source>,
    declared: Declared,
    overlap_until: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    reason(&declared.name, NAME_BYTES_MAX).map_err(|_| Refusal::Malformed)?;
    within(&declared.connector, NAME_BYTES_MAX)?;
    for setting in [&declared.graph_url, &declared.account, &declared.number].into_iter().flatten() {
        within(setting, SETTING_BYTES_MAX)?;
    }
    if known.is_none() && (declared.verify_token.is_none() || declared.app_secret.is_none()) {
        return Err(Refusal::Malformed);
    }
    let same_secret = |secret: &Secret| {
        known.is_some_and(|known| known.secrets.first().is_some_and(|first| first.secret == *secret))
    };
    let rotated = declared.app_secret.filter(|secret| !same_secret(secret));
    let saved = Event::Saved {
        source: id,
        name: declared.name.trim().to_owned(),
        connector: declared.connector,
        verify_token: declared.verify_token,
        access_token: new(declared.access_token, known.and_then(|known| known.access_token.as_ref())),
        graph_url: new(declared.graph_url, known.and_then(|known| known.graph_url.as_ref())),
        account: new(declared.account, known.and_then(|known| known.account.as_ref())),
        number: new(declared.number, known.and_then(|known| known.number.as_ref())),
        cleared: declared.clear,
    };
    if sends_the_token_elsewhere(known, &saved) {
        return Err(Refusal::TokenNeeded);
    }
    let mut events = if unchanged(known, &saved) { vec![] } else { vec![saved] };
    events.extend(rotated.map(|secret| Event::Rotated { source: id, secret, overlap_until }));
    Ok(events)
}

/// What is given, where it is not what is there already.
fn new<T: PartialEq>(given: Option<T>, known: Option<&T>) -> Option<T> {
    given.filter(|given| known != Some(given))
}

/// Whether a token that was given for one Graph API would go to another.
fn sends_the_token_elsewhere(known: Option<&Source>, saved: &Event) -> bool {
    let given = matches!(saved, Event::Saved { access_token: Some(_), .. });
    known.is_some_and(|known| {
        let after = known.after(saved);
        !given && after.access_token.is_some() && after.graph_url != known.graph_url
    })
}

fn unchanged(known: Option<&Source>, saved: &Event) -> bool {
    known.is_some_and(|known| known.after(saved) == *known)
}

impl Source {
    /// An empty source, to which its first events are applied.
    pub fn new(id: SourceId) -> Self {
        Source {
            id,
            name: String::new(),
            connector: String::new(),
            verify_token: Secret::default(),
            secrets: vec![],
            access_token: None,
            graph_url: None,
            account: None,
            number: None,
        }
    }

    /// What it is after an event.
    fn after(&self, event: &Event) -> Source {
        let mut after = self.clone();
        after.apply(event);
        after
    }

    /// What an event changes.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Saved { .. } => self.save(event),
            Event::Rotated { secret, overlap_until, .. } => {
                for former in &mut self.secrets {
                    former.until =
                        Some(former.until.map_or(*overlap_until, |until| until.min(*overlap_until)));
                }
                self.secrets.insert(0, Dated { secret: secret.clone(), until: None });
            }
            // What happens at the platform is the connection's: no setting changes by it.
            Event::Greeted { .. }
            | Event::TurnedAway { .. }
            | Event::Asked { .. }
            | Event::Reported { .. } => {}
        }
    }

    fn save(&mut self, event: &Event) {
        let Event::Saved {
            name,
            connector,
            verify_token,
            access_token,
            graph_url,
            account,
            number,
            cleared,
            ..
        } = event
        else {
            return;
        };
        self.name = name.clone();
        self.connector = connector.clone();
        if let Some(token) = verify_token {
            self.verify_token = token.clone();
        }
        set(&mut self.access_token, access_token, cleared.contains(&Setting::AccessToken));
        set(&mut self.graph_url, graph_url, cleared.contains(&Setting::GraphUrl));
        set(&mut self.account, account, cleared.contains(&Setting::Account));
        set(&mut self.number, number, cleared.contains(&Setting::Number));
    }

    /// The app secrets that are good at an instant, newest first.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        self.secrets
            .iter()
            .filter(move |dated| dated.until.is_none_or(|until| now < until))
            .map(|dated| &dated.secret)
    }
}

/// What is given wins; what is taken away is gone; else it stays.
fn set<T: Clone>(now: &mut Option<T>, given: &Option<T>, cleared: bool) {
    if given.is_some() || cleared {
        now.clone_from(given);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_secret_overlaps_with_the_former_one() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let id = SourceId(1);
        let declared = |secret: &str| Declared {
            name: "Meta".into(),
            connector: "whatsapp-cloud".into(),
            verify_token: Some(Secret::new("token")),
            app_secret: Some(Secret::new(secret)),
            ..Declared::default()
        };
        let mut source = Source::new(id);
        for event in decide(id, None, declared("old"), at(0)).unwrap() {
            source.apply(&event);
        }
        assert_eq!(decide(id, Some(&source), declared("old"), at(100)), Ok(vec![]));
        let events = decide(id, Some(&source), declared("new"), at(100)).unwrap();
        assert_eq!(events.len(), 1);
        source.apply(&events[0]);
        assert_eq!(source.secrets_at(at(50)).count(), 2);
        assert_eq!(source.secrets_at(at(100)).map(Secret::reveal).collect::<Vec<_>>(), ["new"]);
    }

    #[test]
    fn the_stored_token_is_not_sent_to_another_graph_api() {
        let known =
            Source { name: "Meta".into(), access_token: Some(Secret::new("t")), ..Source::new(SourceId(1)) };
        let moved = Declared {
            name: "Meta".into(),
            graph_url: Some("https://evil.example".into()),
            ..Declared::default()
        };
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(decide(SourceId(1), Some(&known), moved.clone(), at), Err(Refusal::TokenNeeded));
        let with_token = Declared { access_token: Some(Secret::new("other")), ..moved };
        assert_eq!(decide(SourceId(1), Some(&known), with_token, at).unwrap().len(), 1);
    }

    #[test]
    fn a_setting_can_be_taken_away_and_the_token_goes_with_its_address_or_not_at_all() {
        let known = Source {
            name: "Meta".into(),
            access_token: Some(Secret::new("t")),
            graph_url: Some("https://graph.example".into()),
            ..Source::new(SourceId(1))
        };
        let clear = |settings: &[Setting]| Declared {
            name: "Meta".into(),
            clear: settings.iter().copied().collect(),
            ..Declared::default()
        };
        let decide = |declared| decide(SourceId(1), Some(&known), declared, Timestamp::UNIX_EPOCH);
        assert_eq!(decide(clear(&[Setting::GraphUrl])), Err(Refusal::TokenNeeded));
        assert_eq!(decide(clear(&[Setting::Number])), Ok(vec![]), "there is none");
        let events = decide(clear(&[Setting::GraphUrl, Setting::AccessToken])).unwrap();
        let mut after = known.clone();
        after.apply(&events[0]);
        assert_eq!((after.graph_url, after.access_token), (None, None));
    }

    #[test]
    fn what_is_given_again_as_it_was_is_no_change() {
        let known = Source {
            name: "Meta".into(),
            account: Some("20".into()),
            access_token: Some(Secret::new("t")),
            ..Source::new(SourceId(1))
        };
        let declared = |account: &str, name: &str| Declared {
            name: name.into(),
            account: Some(account.into()),
            access_token: Some(Secret::new("t")),
            ..Declared::default()
        };
        let decide = |declared| decide(known.id, Some(&known), declared, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(decide(declared("20", "Meta")), []);
        assert!(matches!(
            &decide(declared("20", "Other"))[..],
            [Event::Saved { account: None, access_token: None, .. }]
        ));
        assert!(matches!(&decide(declared("21", "Meta"))[..], [Event::Saved { account: Some(_), .. }]));
    }

    #[test]
    fn a_new_source_needs_a_token_and_a_secret() {
        let declared = Declared { name: "Meta".into(), ..Declared::default() };
        assert_eq!(decide(SourceId(1), None, declared, Timestamp::UNIX_EPOCH), Err(Refusal::Malformed));
    }
}
