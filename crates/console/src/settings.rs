//! What the deployment tells the console.

use std::time::Duration;

use aboveboard_model::personal::Secret;
use jiff::{SignedDuration, tz::TimeZone};

/// How long a session lasts without a request of its person.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// How long a session lasts at all.
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);

/// How long a form may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// What the deployment tells the console.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Scheme, host and port that browsers see, without a slash at the end: `https://console.example.com`.
    pub origin: String,
    /// Whether browsers come by TLS: `__Host-` cookies and HSTS. Only a demonstration on loopback goes without.
    pub secure: bool,
    /// The firm's name, in titles.
    pub firm: String,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// How long a session lasts without a request of its person.
    pub session_idle: SignedDuration,
    /// How long a session lasts at all.
    pub session_absolute: SignedDuration,
    /// How long a form may take to arrive.
    pub body_time_max: Duration,
    /// The one-time code that the first run asks for; without it the page of the first run answers nobody.
    pub setup_code: Option<Secret>,
}

impl Settings {
    /// Settings for an origin, with the common limits; secure where the origin is.
    pub fn new(origin: &str, firm: &str) -> Self {
        let origin = origin.trim_end_matches('/').to_owned();
        Self {
            secure: origin.starts_with("https://"),
            origin,
            firm: firm.to_owned(),
            zone: TimeZone::UTC,
            session_idle: IDLE,
            session_absolute: ABSOLUTE,
            body_time_max: BODY_TIME,
            setup_code: None,
        }
    }
}
