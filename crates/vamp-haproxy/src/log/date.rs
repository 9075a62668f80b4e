//! `%t`: the accept date, in local time and without a zone.

/// A date and time as HAProxy's `%t` writes it: `23/Nov/2026:06:18:09.450`.
///
/// It is that of HAProxy's own clock and zone, which the line does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct AcceptDate {
    /// The year, four digits.
    pub year: u16,
    /// The month, 1–12.
    pub month: u8,
    /// The day of the month, 1–31.
    pub day: u8,
    /// The hour, 0–23.
    pub hour: u8,
    /// The minute, 0–59.
    pub minute: u8,
    /// The second, 0–60.
    pub second: u8,
    /// The millisecond, 0–999.
    pub millisecond: u16,
}

const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

impl AcceptDate {
    /// Reads the text of `%t`; `None` when it has another form.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bytes: &[u8; 24] = text.as_bytes().try_into().ok()?;
        let separators = [
            (2, b'/'),
            (6, b'/'),
            (11, b':'),
            (14, b':'),
            (17, b':'),
            (20, b'.'),
        ];
        if separators.iter().any(|(at, separator)| bytes[*at] != *separator) {
            return None;
        }
        let two = |at: usize| number(&bytes[at..at + 2]).and_then(|value| u8::try_from(value).ok());
        let month = MONTHS.chunks(3).position(|name| name == &bytes[3..6])?;
        let date = Self {
            year: number(&bytes[7..11])?,
            month: u8::try_from(month + 1).ok()?,
            day: two(0)?,
            hour: two(12)?,
            minute: two(15)?,
            second: two(18)?,
            millisecond: number(&bytes[21..24])?,
        };
        let valid = (1..=31).contains(&date.day) && date.hour < 24 && date.minute < 60 && date.second <= 60;
        valid.then_some(date)
    }

    /// Milliseconds since 1970-01-01 00:00 UTC, where local time is so many seconds ahead of UTC (3600 in Berlin in winter).
    #[must_use]
    pub fn unix_milliseconds(&self, seconds_ahead_of_utc: i32) -> i64 {
        let clock = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        let seconds = self.days() * 86_400 + clock - i64::from(seconds_ahead_of_utc);
        seconds * 1000 + i64::from(self.millisecond)
    }

    /// Days since 1970-01-01. The year begins in March, so that a leap day is its last: then each month begins after a number of days
    /// that depends on nothing else.
    fn days(&self) -> i64 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let months_since_march = (month + 9) % 12;
        let day_of_year = (153 * months_since_march + 2) / 5 + i64::from(self.day) - 1;
        let days_before_year = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        // 719,468 days from 0000-03-01 to 1970-01-01.
        days_before_year + day_of_year - 719_468
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |value: u16, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + u16::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_from_1970_and_the_zone_is_taken_off() {
        for (text, ahead, expected) in [
            ("01/Jan/1970:00:00:00.000", 0, 0),
            ("31/Dec/1969:23:59:59.999", 0, -1),
            ("29/Feb/2000:12:00:00.001", 0, 951_825_600_001),
            ("01/Mar/2100:00:00:00.000", 0, 4_107_542_400_000),
            ("23/Nov/2026:06:18:09.450", 0, 1_795_414_689_450),
            ("23/Nov/2026:07:18:09.450", 3600, 1_795_414_689_450),
            ("22/Nov/2026:22:18:09.450", -28_800, 1_795_414_689_450),
        ] {
            let date = AcceptDate::read(text).unwrap();
            assert_eq!(date.unix_milliseconds(ahead), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "23/Nov/2026:06:18:09",
            "23/Foo/2026:06:18:09.450",
            "23/nov/2026:06:18:09.450",
            "99/Nov/2026:06:18:09.450",
            "23/Nov/2026:25:18:09.450",
            "2x/Nov/2026:06:18:09.450",
            "23-Nov-2026:06:18:09.450",
            "23/Növ/2026:06:18:09.45",
        ] {
            assert_eq!(AcceptDate::read(text), None, "{text}");
        }
    }
}
