//! The console's cookies: the session, and what a browser prefers: language, theme, and whether single-letter keys are on.

use http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::settings::Settings;

/// Bytes of a cookie header that are looked at.
const COOKIE_BYTES_MAX: usize = 8 * 1024;
/// How long a browser keeps a preference.
const PREFERENCE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// The cookie of the language.
pub(crate) const LANGUAGE: &str = "language";
/// The cookie of the theme.
pub(crate) const THEME: &str = "theme";
/// The cookie that says [`KEYS_OFF`] where single-letter keys are switched off (WCAG 2.1.4).
pub(crate) const KEYS: &str = "keys";
/// What it says then.
pub(crate) const KEYS_OFF: &str = "off";

/// The name of the session's cookie: with the prefix that browsers guard, where there is TLS.
pub(crate) fn session_name(settings: &Settings) -> &'static str {
    if settings.secure { "__Host-session" } else { "session" }
}

/// The value of a cookie.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter(|value| value.len() <= COOKIE_BYTES_MAX)
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(one, value)| (one == name).then_some(value))
}

/// Sets the session's cookie until the browser is closed.
pub(crate) fn open_session(settings: &Settings, token: &str) -> Option<HeaderValue> {
    set(settings, session_name(settings), token, "HttpOnly; ")
}

/// Takes the session's cookie back.
pub(crate) fn close_session(settings: &Settings) -> Option<HeaderValue> {
    set(settings, session_name(settings), "", "HttpOnly; Max-Age=0; ")
}

/// Sets a preference.
pub(crate) fn prefer(settings: &Settings, name: &str, value: &str) -> Option<HeaderValue> {
    set(settings, name, value, &format!("HttpOnly; Max-Age={PREFERENCE_SECONDS}; "))
}

/// `None` where the value cannot stand in a header; ours always can.
fn set(settings: &Settings, name: &str, value: &str, more: &str) -> Option<HeaderValue> {
    let secure = if settings.secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; {more}Path=/; SameSite=Strict{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_cookie_is_guarded_by_its_prefix_and_flags() {
        let settings = Settings::new("https://console.example.com", "Firm");
        let value = open_session(&settings, "abc").unwrap();
        assert_eq!(value, "__Host-session=abc; HttpOnly; Path=/; SameSite=Strict; Secure");
        let plain = Settings::new("http://127.0.0.1:8080", "Firm");
        assert_eq!(close_session(&plain).unwrap(), "session=; HttpOnly; Max-Age=0; Path=/; SameSite=Strict");
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("xsession=1; session=2"));
        headers.append(COOKIE, HeaderValue::from_static("keys=off"));
        assert_eq!(read(&headers, "session"), Some("2"));
        assert_eq!(read(&headers, "keys"), Some("off"));
        assert_eq!(read(&headers, "other"), None);
    }
}
