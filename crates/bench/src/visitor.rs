//! A person with a browser and no script, as far as the server can tell: signs in, follows links, sends forms.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{
    Client, Response, StatusCode,
    header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE},
    redirect::Policy,
};

use crate::firm;

/// How long a page may take before it counts as broken.
const WAIT: Duration = Duration::from_secs(60);

/// Somebody who signed in.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    base: String,
    cookie: String,
}

/// A client of its own, with its own connections.
///
/// # Errors
/// The library's.
pub fn client() -> Result<Client> {
    Ok(Client::builder().no_proxy().redirect(Policy::none()).build()?)
}

impl Visitor {
    /// Signs in at `http://ADDRESS`.
    ///
    /// # Errors
    /// A sign-in that is refused, and the network's.
    pub async fn sign_in(base: &str, login: &str) -> Result<Self> {
        let client = client()?;
        let form = format!("login={}&password={}", encoded(login), encoded(firm::PASSWORD));
        let answer = client
            .post(format!("{base}/sign-in"))
            .header(ORIGIN, firm::ORIGIN)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .timeout(WAIT)
            .send()
            .await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER, "{login} is not let in: {}", answer.status());
        let cookie = answer.headers().get(SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).context("no cookie of a session")?;
        Ok(Self { client, base: base.to_owned(), cookie: cookie.to_owned() })
    }

    /// Opens a page; gives its HTML.
    ///
    /// # Errors
    /// Anything but 200, and the network's.
    pub async fn open(&self, path: &str) -> Result<String> {
        let answer = self.get(path).timeout(WAIT).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status == StatusCode::OK, "{path}: {status}");
        Ok(text)
    }

    /// Opens the stream of changes.
    ///
    /// # Errors
    /// Anything but 200, and the network's.
    pub async fn listen(&self) -> Result<Response> {
        let answer = self.get("/events").send().await?;
        ensure!(answer.status() == StatusCode::OK, "/events: {}", answer.status());
        Ok(answer)
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie)
    }

    /// Sends a form; gives the status, and where it leads.
    ///
    /// # Errors
    /// The network's.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Result<(StatusCode, Option<String>)> {
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let answer = self
            .client
            .post(format!("{}{path}", self.base))
            .header(COOKIE, &self.cookie)
            .header(ORIGIN, firm::ORIGIN)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(pairs.collect::<Vec<_>>().join("&"))
            .timeout(WAIT)
            .send()
            .await?;
        let to = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok((answer.status(), to))
    }
}

/// A value as it stands in a form or an address.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_letter_or_digit_is_encoded() {
        assert_eq!(encoded("a b&c=ç"), "a%20b%26c%3D%C3%A7");
    }
}
