//! What is known of a source's connection: who knocked, what was asked of the platform, and what it answered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{access::words, id::SourceId, source::Event};

/// How long an errand counts as under way: asking the same again meanwhile changes nothing.
pub const ERRAND_SECONDS_MAX: i64 = 60;
/// Numbers that a report lists.
pub const REPORT_NUMBERS_MAX: usize = 200;
/// Missing fields that a report lists.
pub const REPORT_FIELDS_MAX: usize = 64;

words! {
    /// What an administrator asks to be done at the platform.
    Errand {
        /// Look whether everything is as it must be.
        Check = "check",
        /// Give the platform our address and the fields we want, and subscribe to the account.
        Subscribe = "subscribe",
        /// Ask for the months before the connection of a number that is shared with the app.
        Past = "past",
    }
}

words! {
    /// Why somebody was turned away at a source's address.
    Turned {
        /// The handshake said another verify token.
        VerifyToken = "verify_token",
        /// A delivery without a signature.
        NoSignature = "no_signature",
        /// A delivery that none of the app secrets signed.
        WrongSignature = "wrong_signature",
        /// A delivery over the limit in bytes.
        TooLarge = "too_large",
    }
}

words! {
    /// What was being done at the platform when it failed.
    Doing {
        /// Looking the access token up.
        Token = "token",
        /// Looking the account's numbers up.
        Numbers = "numbers",
        /// Looking one number up.
        Number = "number",
        /// Looking up which apps the account tells.
        Subscribed = "subscribed",
        /// Subscribing our app to the account.
        Subscribe = "subscribe",
        /// Looking up where deliveries go, and with which fields.
        Webhook = "webhook",
        /// Setting where deliveries go, and with which fields.
        SetWebhook = "set_webhook",
        /// Asking for the past.
        Past = "past",
    }
}

words! {
    /// Why it failed, as far as an administrator can mend it.
    Why {
        /// No access token is known.
        NoToken = "no_token",
        /// No account id is known.
        NoAccount = "no_account",
        /// No number's id is known.
        NoNumber = "no_number",
        /// The token has ended.
        TokenExpired = "token_expired",
        /// The token is no token, or was taken back.
        TokenInvalid = "token_invalid",
        /// The token lacks a permission.
        Permission = "permission",
        /// There is nothing with this id, or the token may not see it.
        WrongId = "wrong_id",
        /// The app secret is another app's.
        AppSecret = "app_secret",
        /// Our address did not answer the handshake as it should.
        Handshake = "handshake",
        /// It was asked for before, or too late.
        TooLate = "too_late",
        /// Too many calls.
        Throttled = "throttled",
        /// The address of the Graph API may not be called.
        Address = "address",
        /// The platform could not be reached, or did not answer in time.
        Unreachable = "unreachable",
        /// Something else; its code says what.
        Other = "other",
    }
}

/// Something that failed at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What was being done.
    pub doing: Doing,
    /// Why it failed.
    pub why: Why,
    /// The platform's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The platform's trace id, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// What the platform says of the access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The app that it is of.
    pub app: String,
    /// When it ends; `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Permissions that it must have and lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
}

/// A number of the account as the platform knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNumber {
    /// The platform's id of it.
    pub id: String,
    /// As displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The platform's word for its state, such as `CONNECTED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whether it is also used in the WhatsApp Business app; `None` where the platform does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
}

/// Where the platform takes deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Whether the address is this source's.
    pub ours: bool,
    /// Fields that are not subscribed: what they would tell is missed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// What the platform answered. Holds no token and no text of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What was asked for; `None` for the daily look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errand: Option<Errand>,
    /// The access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// The account's numbers; at most [`REPORT_NUMBERS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<AccountNumber>,
    /// Whether the account tells our app; `None` where that could not be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribed: Option<bool>,
    /// Where deliveries go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// Whether the past was asked for just now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub past_asked: bool,
    /// What failed, in the order of the work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

impl Report {
    /// Whether nothing is left to mend: the account tells our app, at our address, with every field that is wanted.
    pub fn is_good(&self) -> bool {
        let token = self.token.as_ref().is_some_and(|token| token.lacks.is_empty());
        let webhook = self.webhook.as_ref().is_some_and(|webhook| webhook.ours && webhook.missing.is_empty());
        token && webhook && self.subscribed == Some(true) && self.failures.is_empty()
    }
}

/// The state of a source's connection as folded from events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// When the platform's handshake last came with the right token.
    pub greeted_at: Option<Timestamp>,
    /// The newest of each kind of those who were turned away.
    pub turned_away: Vec<TurnedAway>,
    /// An errand that is under way.
    pub errand: Option<(Errand, Timestamp)>,
    /// What the platform answered last, and when; none once a setting changed that it depends on.
    pub report: Option<(Report, Timestamp)>,
}

/// Those who were turned away for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnedAway {
    /// Why.
    pub why: Turned,
    /// When it was last written down.
    pub at: Timestamp,
    /// How often so far; at least.
    pub times: u64,
}

impl Connection {
    /// Those who were turned away for a reason since the last good handshake or delivery at an instant.
    pub fn turned_away_since(&self, why: Turned, good_at: Option<Timestamp>) -> Option<TurnedAway> {
        let newest = self.turned_away.iter().find(|turned| turned.why == why).copied();
        newest.filter(|turned| good_at.is_none_or(|good_at| turned.at > good_at))
    }

    /// What an event of an instant changes.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Saved { access_token, graph_url, account, number, cleared, .. } => {
                let others = [graph_url, account, number].into_iter().any(Option::is_some);
                if access_token.is_some() || others || !cleared.is_empty() {
                    self.report = None;
                }
            }
            Event::Rotated { .. } => self.report = None,
            Event::Greeted { .. } => self.greeted_at = Some(at),
            Event::TurnedAway { why, times, .. } => self.turn_away(*why, at, *times),
            Event::Asked { errand, .. } => self.errand = Some((*errand, at)),
            Event::Reported { report, .. } => {
                self.errand = None;
                self.report = Some((report.as_ref().clone(), at));
            }
        }
    }

    fn turn_away(&mut self, why: Turned, at: Timestamp, times: u64) {
        match self.turned_away.iter_mut().find(|turned| turned.why == why) {
            Some(turned) => (turned.at, turned.times) = (at, turned.times.saturating_add(times)),
            None => self.turned_away.push(TurnedAway { why, at, times }),
        }
    }

    /// Says which events follow when an administrator asks for something at a source's platform: none while the same is
    /// under way.
    pub fn ask(&self, source: SourceId, errand: Errand, now: Timestamp) -> Vec<Event> {
        let under_way = self.errand.is_some_and(|(same, at)| {
            same == errand && now.duration_since(at).as_secs() < ERRAND_SECONDS_MAX
        });
        if under_way { vec![] } else { vec![Event::Asked { source, errand }] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Declared, Source, decide};

    const SOURCE: SourceId = SourceId(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_errand_is_asked_once_while_it_is_under_way() {
        let mut connection = Connection::default();
        let asked = connection.ask(SOURCE, Errand::Check, at(0));
        connection.apply(&asked[0], at(0));
        assert_eq!(connection.ask(SOURCE, Errand::Check, at(59)), []);
        assert_eq!(connection.ask(SOURCE, Errand::Subscribe, at(1)).len(), 1);
        assert_eq!(connection.ask(SOURCE, Errand::Check, at(60)).len(), 1, "an answer may be lost");
        connection.apply(&Event::Reported { source: SOURCE, report: Box::default() }, at(2));
        assert_eq!(connection.errand, None);
        assert_eq!(connection.report, Some((Report::default(), at(2))));
    }

    #[test]
    fn what_the_platform_answered_holds_until_a_setting_changes() {
        let source = Source { name: "Meta".into(), ..Source::new(SOURCE) };
        let mut connection = Connection::default();
        connection.apply(&Event::Reported { source: SOURCE, report: Box::default() }, at(2));
        let named = Declared { name: "Other".into(), ..Declared::default() };
        let account = Declared { account: Some("20".into()), ..named.clone() };
        for (declared, holds) in [(named, true), (account, false)] {
            for event in decide(SOURCE, Some(&source), declared, at(3)).unwrap() {
                connection.apply(&event, at(3));
            }
            assert_eq!(connection.report.is_some(), holds);
        }
    }

    #[test]
    fn a_report_is_good_only_where_nothing_is_left_to_mend() {
        let good = Report {
            token: Some(Token { app: "4".into(), ends_at: None, lacks: vec![] }),
            subscribed: Some(true),
            webhook: Some(Webhook { ours: true, missing: vec![] }),
            ..Report::default()
        };
        assert!(good.is_good());
        let failure = Failure { doing: Doing::Numbers, why: Why::WrongId, code: Some(100), trace: None };
        let lacks = vec!["whatsapp_business_management".to_owned()];
        let bad = [
            Report { token: None, ..good.clone() },
            Report { token: Some(Token { app: "4".into(), ends_at: None, lacks }), ..good.clone() },
            Report { subscribed: Some(false), ..good.clone() },
            Report { subscribed: None, ..good.clone() },
            Report { webhook: Some(Webhook { ours: false, missing: vec![] }), ..good.clone() },
            Report { webhook: Some(Webhook { ours: true, missing: vec!["calls".into()] }), ..good.clone() },
            Report { failures: vec![failure], ..good },
        ];
        for report in bad {
            assert!(!report.is_good(), "{report:?}");
        }
    }

    #[test]
    fn who_was_turned_away_is_counted_by_reason_and_told_until_something_good_came() {
        let mut connection = Connection::default();
        connection.turn_away(Turned::WrongSignature, at(5), 1);
        connection.turn_away(Turned::WrongSignature, at(9), 3);
        connection.turn_away(Turned::VerifyToken, at(7), 1);
        let turned = connection.turned_away_since(Turned::WrongSignature, None).unwrap();
        assert_eq!((turned.at, turned.times), (at(9), 4));
        assert!(connection.turned_away_since(Turned::WrongSignature, Some(at(8))).is_some());
        assert!(connection.turned_away_since(Turned::WrongSignature, Some(at(9))).is_none());
        assert!(connection.turned_away_since(Turned::TooLarge, None).is_none());
    }
}
