//! The one GET by which Meta checks that a callback address is ours.

use aboveboard_model::personal::Secret;
use subtle::ConstantTimeEq;

/// How long a challenge may be; Meta sends a number of about ten digits.
pub const CHALLENGE_BYTES_MAX: usize = 256;

/// Why a handshake was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not the query of a handshake.
    #[error("not a handshake: hub.mode must be `subscribe` and hub.challenge a short plain text")]
    NotAHandshake,
    /// The verify token is another one than ours, or we have none.
    #[error("the verify token is another one than in our configuration")]
    Token,
}

/// The challenge to answer, with 200 and nothing around it, if the query's pairs are a handshake with our verify token.
/// This request carries no signature. The token is compared in constant time.
///
/// # Errors
/// [`Refused`], to be answered with 403.
pub fn answer<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    verify_token: &Secret,
) -> Result<&'a str, Refused> {
    let (mut mode, mut token, mut challenge) = (None, None, None);
    for (name, value) in pairs {
        match name {
            "hub.mode" => mode = Some(value),
            "hub.verify_token" => token = Some(value),
            "hub.challenge" => challenge = Some(value),
            _ => {}
        }
    }
    let challenge = challenge.filter(|text| is_plain(text)).ok_or(Refused::NotAHandshake)?;
    if mode != Some("subscribe") {
        return Err(Refused::NotAHandshake);
    }
    let ours = verify_token.reveal().as_bytes();
    let same = bool::from(token.unwrap_or_default().as_bytes().ct_eq(ours));
    if same && !ours.is_empty() { Ok(challenge) } else { Err(Refused::Token) }
}

/// Letters and digits only: what is echoed can never be markup.
fn is_plain(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.len() <= CHALLENGE_BYTES_MAX && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 3] =
        [("hub.mode", "subscribe"), ("hub.challenge", "1158201444"), ("hub.verify_token", "rain")];

    #[test]
    fn the_right_token_gets_its_challenge_back() {
        assert_eq!(answer(GOOD, &Secret::new("rain")), Ok("1158201444"));
    }

    #[test]
    fn another_token_is_refused_and_so_is_an_empty_one_of_ours() {
        assert_eq!(answer(GOOD, &Secret::new("rains")), Err(Refused::Token));
        let without = [GOOD[0], GOOD[1]];
        assert_eq!(answer(without, &Secret::new("rain")), Err(Refused::Token));
        assert_eq!(answer(without, &Secret::new("")), Err(Refused::Token));
        let empty = [GOOD[0], GOOD[1], ("hub.verify_token", "")];
        assert_eq!(answer(empty, &Secret::new("")), Err(Refused::Token));
    }

    #[test]
    fn what_is_not_a_handshake_is_never_echoed() {
        for (at, value) in [(0, "unsubscribe"), (1, ""), (1, "<script>alert(1)</script>")] {
            let mut pairs = GOOD;
            pairs[at].1 = value;
            assert_eq!(answer(pairs, &Secret::new("rain")), Err(Refused::NotAHandshake), "{value}");
        }
        let long = "1".repeat(CHALLENGE_BYTES_MAX + 1);
        assert_eq!(
            answer([GOOD[0], ("hub.challenge", &*long), GOOD[2]], &Secret::new("rain")),
            Err(Refused::NotAHandshake)
        );
    }
}
