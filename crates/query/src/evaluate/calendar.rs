//! Days and times as numbers: the proleptic Gregorian calendar.

use crate::Value;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;
/// Microseconds of an hour.
pub(super) const HOUR: i64 = 3_600_000_000;
/// Microseconds of a minute.
pub(super) const MINUTE: i64 = 60_000_000;
/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;

/// Days since 1970-01-01 as a value; NULL outside of the years 1 to 9999.
pub(super) fn date(days: i64) -> Value {
    const FIRST: i64 = -719_162;
    const LAST: i64 = 2_932_896;
    if (FIRST..=LAST).contains(&days) { i32::try_from(days).map_or(Value::Null, Value::Date) } else { Value::Null }
}

/// Microseconds since 1970-01-01 as a value; NULL outside of the years 1 to 9999.
pub(super) fn date_time(micros: i64) -> Value {
    if date(micros.div_euclid(DAY)).is_null() { Value::Null } else { Value::DateTime(micros) }
}

/// A date's microseconds since 1970-01-01; none for what is no date.
pub(super) fn micros(value: &Value) -> Option<i64> {
    match value {
        Value::Date(days) => Some(i64::from(*days) * DAY),
        Value::DateTime(micros) => Some(*micros),
        _ => None,
    }
}

/// The days of a year, month (1 to 12) and day; none where there is no such day.
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let known =
        (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    known.then(|| days_unchecked(year, month, day))
}

/// As [`days`], where the year may be any and the day lies in the month. Counts in eras of 400 years that begin in March.
fn days_unchecked(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of so many days since 1970-01-01.
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The days of a month.
pub(super) fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day so many months later, or the last of the month where that is shorter.
pub(super) fn add_months(date: i64, months: i64) -> Option<i64> {
    let (year, month, day) = civil(date);
    let months = (year * 12 + month - 1).checked_add(months)?;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    days(year, month, day.min(month_length(year, month)))
}

/// The day of the week: 0 is Sunday.
pub(super) fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// The first day of the week a day is in.
pub(super) fn week_start(days: i64, first: i64) -> i64 {
    days - (weekday(days) - first).rem_euclid(7)
}

/// The first day of a year.
pub(super) fn year_start(year: i64) -> i64 {
    days_unchecked(year, 1, 1)
}

/// The number of a week: week 1 is that of 1 January.
pub(super) fn week(days: i64, first: i64) -> i64 {
    (week_start(days, first) - week_start(year_start(civil(days).0), first)) / 7 + 1
}

/// The ISO year and week: weeks begin on Monday and belong to the year of their Thursday.
pub(super) fn iso_week(days: i64) -> (i64, i64) {
    let thursday = week_start(days, 1) + 3;
    let year = civil(thursday).0;
    (year, (thursday - year_start(year)) / 7 + 1)
}

/// The first day of an ISO year.
pub(super) fn iso_year_start(year: i64) -> i64 {
    week_start(days_unchecked(year, 1, 4), 1)
}
