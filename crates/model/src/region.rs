//! Regions: where an employee works, and what follows for clocks and countries. Data, not code.

use jiff::{Timestamp, civil::Weekday, tz::TimeZone};

/// What is known of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The code that employees are placed in; ISO 3166 for whole countries.
    pub code: &'static str,
    /// Country for detectors, ISO 3166.
    pub country: &'static str,
    /// IANA time zone of working hours.
    pub zone: &'static str,
    /// First working hour of a day.
    pub opens: u8,
    /// First hour after work.
    pub closes: u8,
    /// Whether Saturday is a working day.
    pub saturday: bool,
}

/// The regions the program knows. Others count in UTC, every hour a working hour.
pub const ALL: &[Region] = &[
    Region { code: "BR", country: "BR", zone: "America/Sao_Paulo", opens: 8, closes: 20, saturday: true },
    Region { code: "IN", country: "IN", zone: "Asia/Kolkata", opens: 9, closes: 21, saturday: true },
    Region { code: "GB", country: "GB", zone: "Europe/London", opens: 8, closes: 19, saturday: true },
    Region { code: "US", country: "US", zone: "America/New_York", opens: 8, closes: 19, saturday: false },
    Region { code: "MX", country: "MX", zone: "America/Mexico_City", opens: 8, closes: 20, saturday: true },
    Region { code: "ES", country: "ES", zone: "Europe/Madrid", opens: 8, closes: 20, saturday: false },
    Region { code: "DE", country: "DE", zone: "Europe/Berlin", opens: 7, closes: 19, saturday: false },
    Region { code: "FR", country: "FR", zone: "Europe/Paris", opens: 8, closes: 19, saturday: false },
    Region { code: "AE", country: "AE", zone: "Asia/Dubai", opens: 8, closes: 21, saturday: true },
    Region { code: "CN", country: "CN", zone: "Asia/Shanghai", opens: 8, closes: 20, saturday: true },
    Region { code: "SG", country: "SG", zone: "Asia/Singapore", opens: 8, closes: 20, saturday: true },
    Region { code: "ID", country: "ID", zone: "Asia/Jakarta", opens: 8, closes: 20, saturday: true },
    Region { code: "NG", country: "NG", zone: "Africa/Lagos", opens: 8, closes: 20, saturday: true },
    Region { code: "ZA", country: "ZA", zone: "Africa/Johannesburg", opens: 8, closes: 19, saturday: true },
];

/// The region of a code: the whole code, or what stands before its first hyphen (`BR-SP`).
pub fn find(code: &str) -> Option<&'static Region> {
    let country = code.split('-').next().unwrap_or(code);
    ALL.iter().find(|region| region.code == code || region.code == country)
}

/// The local hour of an instant, and whether it is outside working hours.
pub fn hour_at(code: Option<&str>, at: Timestamp) -> (u8, bool) {
    let region = code.and_then(find);
    let zone = region.and_then(|region| TimeZone::get(region.zone).ok()).unwrap_or(TimeZone::UTC);
    let local = at.to_zoned(zone);
    let hour = local.hour().unsigned_abs();
    let Some(region) = region else { return (hour, false) };
    let day_off = match local.weekday() {
        Weekday::Sunday => true,
        Weekday::Saturday => !region.saturday,
        _ => false,
    };
    (hour, day_off || hour < region.opens || hour >= region.closes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_counted_where_the_employee_works() {
        let cases = [
            (Some("BR"), "2026-11-04T12:00:00Z", (9, false)),
            (Some("BR-SP"), "2026-11-04T02:00:00Z", (23, true)),
            (Some("IN"), "2026-11-04T12:00:00Z", (17, false)),
            (Some("GB"), "2026-11-08T12:00:00Z", (12, true)),
            (Some("XX"), "2026-11-08T03:00:00Z", (3, false)),
            (None, "2026-11-08T03:00:00Z", (3, false)),
        ];
        for (code, at, wanted) in cases {
            assert_eq!(hour_at(code, at.parse().unwrap()), wanted, "{code:?} {at}");
        }
    }

    #[test]
    fn every_region_has_a_time_zone_that_exists() {
        for region in ALL {
            assert!(TimeZone::get(region.zone).is_ok(), "{}", region.code);
        }
    }
}
