//! Periods of time around a moment.

use jiff::{
    Span, ToSpan as _,
    civil::{DateTime, Weekday},
};

use crate::Error;

/// From the beginning of one period to the end of another, in microseconds since 1970-01-01: 0 is the period the moment is in, −1 the one before.
/// The end is the first moment after.
///
/// # Errors
/// [`Error::Unsupported`] for periods that are not known, [`Error::Invalid`] beyond the calendar.
pub(super) fn periods(now: i64, period: &str, first: i64, last: i64) -> Result<(i64, i64), Error> {
    let beyond = || Error::Invalid("a relative date lies beyond the calendar".to_owned());
    let moment = of_micros(now).ok_or_else(beyond)?;
    let midnight = moment.date().to_datetime(jiff::civil::Time::midnight());
    let (start, step): (Option<DateTime>, fn(i64) -> Option<Span>) = match period {
        "year" => (midnight.with().month(1).day(1).build().ok(), |number| Span::new().try_years(number).ok()),
        "quarter" => {
            let month = (midnight.month() - 1) / 3 * 3 + 1;
            (midnight.with().day(1).month(month).build().ok(), |number| {
                Span::new().try_months(number.checked_mul(3)?).ok()
            })
        }
        "month" => (midnight.with().day(1).build().ok(), |number| Span::new().try_months(number).ok()),
        "week" => {
            let since = i64::from(midnight.weekday().since(Weekday::Sunday));
            (midnight.checked_sub(since.days()).ok(), |number| Span::new().try_weeks(number).ok())
        }
        "day" => (Some(midnight), |number| Span::new().try_days(number).ok()),
        "hour" => {
            let hours = i64::from(moment.hour());
            (midnight.checked_add(hours.hours()).ok(), |number| Span::new().try_hours(number).ok())
        }
        "minute" => {
            let minutes = i64::from(moment.hour()) * 60 + i64::from(moment.minute());
            (midnight.checked_add(minutes.minutes()).ok(), |number| Span::new().try_minutes(number).ok())
        }
        other => return Err(Error::Unsupported(format!("relative dates by `{other}`"))),
    };
    let start = start.ok_or_else(beyond)?;
    let at = |number: i64| Some(micros(start.checked_add(step(number)?).ok()?));
    let end = last.checked_add(1).ok_or_else(beyond)?;
    Ok((at(first).ok_or_else(beyond)?, at(end).ok_or_else(beyond)?))
}

/// The first moment of the day after.
pub(super) fn tomorrow(now: i64) -> i64 {
    const DAY: i64 = 86_400_000_000;
    (now.div_euclid(DAY) + 1).saturating_mul(DAY)
}

fn of_micros(micros: i64) -> Option<DateTime> {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(Span::new().try_microseconds(micros).ok()?).ok()
}

fn micros(moment: DateTime) -> i64 {
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let duration = moment.duration_since(epoch);
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
