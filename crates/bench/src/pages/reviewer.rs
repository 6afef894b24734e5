//! One person at the queue: looks, opens an alert, reads, decides, goes on.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::StatusCode;
use tokio::time::sleep;

use crate::{random::Random, search::links, visitor::Visitor};

/// How long somebody looks at a page, in milliseconds: at least, and how much more at most. Quick for a person, so that
/// the server is not let off lightly.
const LOOK_MS: u64 = 1_000;
const LOOK_MORE_MS: usize = 2_000;

/// What somebody did.
pub struct Worked {
    /// Milliseconds of each request.
    pub times_ms: Vec<f64>,
    /// Alerts that got an outcome.
    pub decided: usize,
}

/// Works the queue until an instant.
///
/// # Errors
/// A page or an act that is refused for another reason than that somebody else was faster.
pub async fn work(visitor: Visitor, mut random: Random, until: Instant) -> Result<Worked> {
    let mut worked = Worked { times_ms: Vec::new(), decided: 0 };
    // People do not all begin in the same instant.
    sleep(Duration::from_millis(random.below(LOOK_MORE_MS) as u64)).await;
    while Instant::now() < until {
        let queue = worked.open(&visitor, "/alerts").await?;
        let alerts = links(&queue, "/alerts/alert_");
        if alerts.is_empty() {
            bail!("the queue is empty");
        }
        let alert = alerts[random.below(alerts.len())].clone();
        look(&mut random).await;
        let page = worked.open(&visitor, &alert).await?;
        look(&mut random).await;
        worked.decide(&visitor, &page, &alert, &mut random).await?;
        look(&mut random).await;
    }
    Ok(worked)
}

async fn look(random: &mut Random) {
    sleep(Duration::from_millis(LOOK_MS + random.below(LOOK_MORE_MS) as u64)).await;
}

impl Worked {
    async fn open(&mut self, visitor: &Visitor, path: &str) -> Result<String> {
        let began = Instant::now();
        let html = visitor.open(path).await?;
        self.times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        Ok(html)
    }

    /// Dismisses or confirms, then sees the page that follows, as a browser would.
    async fn decide(
        &mut self,
        visitor: &Visitor,
        page: &str,
        alert: &str,
        random: &mut Random,
    ) -> Result<()> {
        let token = field(page, "form_token").context("an alert's page has no form")?;
        let path = alert.split('?').next().unwrap_or(alert);
        let (act, fields) = match random.in_thousand(800) {
            true => ("dismiss", vec![("form_token", token), ("reason", "known"), ("note", "")]),
            false => ("confirm", vec![("form_token", token), ("note", "")]),
        };
        let began = Instant::now();
        let (status, to) = visitor.send(&format!("{path}/{act}"), &fields).await?;
        self.times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        match status {
            StatusCode::SEE_OTHER => {
                self.decided += 1;
                self.open(visitor, &to.context("an act leads somewhere")?).await?;
                Ok(())
            }
            // Somebody else was faster.
            StatusCode::CONFLICT => Ok(()),
            status => bail!("{path}/{act} was answered {status}"),
        }
    }
}

/// The value of a hidden field of a page's first form that has it.
fn field<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_field_is_read_from_a_page() {
        let page = r#"<form><input type="hidden" name="form_token" value="ab12"></form>"#;
        assert_eq!(field(page, "form_token"), Some("ab12"));
        assert_eq!(field(page, "other"), None);
    }
}
