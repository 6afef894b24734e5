//! Instants as people read them: how long ago, with the exact one for those who look closer.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

use crate::words::Words;

/// Shows instants, in one zone and language, seen from now.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) w: Words,
}

/// An instant in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// RFC 3339 to the second, for `datetime`.
    pub(crate) iso: String,
    /// To the second, with the zone.
    pub(crate) exact: String,
    /// What is read.
    pub(crate) shown: String,
}

impl Clock {
    /// `12 min ago`, or the day where it is long ago.
    pub(crate) fn ago(&self, at: Timestamp) -> Moment {
        let seconds = self.now.duration_since(at).as_secs();
        let shown = match seconds {
            ..0 => self.day(at),
            0..60 => self.w.t("moment.just_now"),
            60..3_600 => self.w.n("moment.minutes_ago", (seconds / 60).unsigned_abs()),
            3_600..86_400 => self.w.n("moment.hours_ago", (seconds / 3_600).unsigned_abs()),
            86_400..604_800 => self.w.n("moment.days_ago", (seconds / 86_400).unsigned_abs()),
            _ => self.day(at),
        };
        self.moment(at, shown)
    }

    /// `14:02`.
    pub(crate) fn time(&self, at: Timestamp) -> Moment {
        let local = self.local(at);
        self.moment(at, format!("{:02}:{:02}", local.hour(), local.minute()))
    }

    /// `Tue 4 Nov, 14:02`.
    pub(crate) fn day_and_time(&self, at: Timestamp) -> Moment {
        let time = self.time(at).shown;
        self.moment(at, format!("{}, {time}", self.day(at)))
    }

    /// `Tue 4 Nov` for an instant that stands for a day, since it is midnight where the firm is; else with the time.
    pub(crate) fn day_or_instant(&self, at: Timestamp) -> Moment {
        let local = self.local(at);
        if local.time() == jiff::civil::Time::midnight() {
            self.moment(at, self.day(at))
        } else {
            self.day_and_time(at)
        }
    }

    /// `Tue 4 Nov`, with the year where it is not this one.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        let local = self.local(at);
        let weekday = self.w.t(&format!("weekday.{}", local.weekday().to_monday_one_offset()));
        let month = self.w.t(&format!("month.{}", local.month()));
        let day = format!("{weekday} {} {month}", local.day());
        if local.year() == self.local(self.now).year() { day } else { format!("{day} {}", local.year()) }
    }

    /// The day in the zone, to see where one ends.
    pub(crate) fn date(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// The zone in which times are shown, such as `America/Sao_Paulo`.
    pub(crate) fn zone_name(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn moment(&self, at: Timestamp, shown: String) -> Moment {
        let local = self.local(at);
        let exact = format!("{}-{:02}-{:02}", local.year(), local.month(), local.day());
        let time = format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second());
        let zone = local.strftime("%Z").to_string();
        Moment { iso: format!("{at:.0}"), exact: format!("{exact} {time} {zone}"), shown }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::words::Language;

    fn clock(language: Language) -> Clock {
        let now = "2025-11-05T12:00:00Z".parse().unwrap();
        Clock { now, zone: TimeZone::UTC, w: Words::new(language) }
    }

    #[test]
    fn what_is_near_is_told_as_a_distance_and_what_is_far_as_a_day() {
        let clock = clock(Language::English);
        let cases = [
            (5, "just now"),
            (60, "1 min ago"),
            (7_300, "2 h ago"),
            (90_000, "1 day ago"),
            (700_000, "Tue 28 Oct"),
            (40_000_000, "Tue 30 Jul 2024"),
            (-600, "Wed 5 Nov"),
        ];
        for (seconds, wanted) in cases {
            let at = clock.now - SignedDuration::from_secs(seconds);
            assert_eq!(clock.ago(at).shown, wanted);
        }
    }

    #[test]
    fn a_day_stays_that_day_where_the_firm_is() {
        let clock = Clock { zone: TimeZone::fixed(jiff::tz::offset(-3)), ..clock(Language::English) };
        assert_eq!(clock.day_or_instant("2025-02-01T03:00:00Z".parse().unwrap()).shown, "Sat 1 Feb");
        assert_eq!(clock.day_or_instant("2025-02-01T00:00:00Z".parse().unwrap()).shown, "Fri 31 Jan, 21:00");
    }

    #[test]
    fn the_exact_instant_is_always_there() {
        let moment =
            clock(Language::BrazilianPortuguese).day_and_time("2025-11-04T14:02:09.987Z".parse().unwrap());
        assert_eq!(moment.exact, "2025-11-04 14:02:09 UTC");
        assert_eq!(moment.iso, "2025-11-04T14:02:09Z");
        assert_eq!(moment.shown, "ter 4 nov, 14:02");
    }
}
