//! Sources: where deliveries come from, with the secrets that prove it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
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
}

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
    if known.is_none() && (declared.verify_token.is_none() || declared.app_secret.is_none()) {
        return Err(Refusal::Malformed);
    }
    let moved =
        known.is_some_and(|known| declared.graph_url.is_some() && known.graph_url != declared.graph_url);
    if moved && declared.access_token.is_none() {
        return Err(Refusal::TokenNeeded);
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
        access_token: declared.access_token,
        graph_url: declared.graph_url,
    };
    let mut events = if unchanged(known, &saved) { vec![] } else { vec![saved] };
    events.extend(rotated.map(|secret| Event::Rotated { source: id, secret, overlap_until }));
    Ok(events)
}

fn unchanged(known: Option<&Source>, saved: &Event) -> bool {
    known.is_some_and(|known| {
        let mut after = known.clone();
        after.apply(saved);
        after == *known
    })
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
        }
    }

    /// What an event changes.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Saved { name, connector, verify_token, access_token, graph_url, .. } => {
                self.name = name.clone();
                self.connector = connector.clone();
                if let Some(token) = verify_token {
                    self.verify_token = token.clone();
                }
                if access_token.is_some() {
                    self.access_token = access_token.clone();
                }
                if graph_url.is_some() {
                    self.graph_url = graph_url.clone();
                }
            }
            Event::Rotated { secret, overlap_until, .. } => {
                for former in &mut self.secrets {
                    former.until =
                        Some(former.until.map_or(*overlap_until, |until| until.min(*overlap_until)));
                }
                self.secrets.insert(0, Dated { secret: secret.clone(), until: None });
            }
        }
    }

    /// The app secrets that are good at an instant, newest first.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        self.secrets
            .iter()
            .filter(move |dated| dated.until.is_none_or(|until| now < until))
            .map(|dated| &dated.secret)
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
    fn a_new_source_needs_a_token_and_a_secret() {
        let declared = Declared { name: "Meta".into(), ..Declared::default() };
        assert_eq!(decide(SourceId(1), None, declared, Timestamp::UNIX_EPOCH), Err(Refusal::Malformed));
    }
}
