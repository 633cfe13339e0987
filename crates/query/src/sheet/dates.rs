//! Periods of time around a moment.

use jiff::{
    Span, ToSpan as _,
    civil::{DateTime, Time, Weekday},
};

use crate::Error;

/// From the beginning of one period to the end of another, in microseconds since 1970-01-01: 0 is the period the moment is in, −1 the one
/// before. The end is the first moment after.
///
/// # Errors
/// [`Error::Unsupported`] for periods that are not known, [`Error::Invalid`] beyond the calendar.
pub(super) fn periods(
    now: i64,
    period: &str,
    (first, last): (i64, i64),
    week_start: Weekday,
) -> Result<(i64, i64), Error> {
    if steps(period, 0).is_none() {
        return Err(Error::Unsupported(format!("relative dates by `{period}`")));
    }
    let beyond = || Error::Invalid("a relative date lies beyond the calendar".to_owned());
    let start = of_micros(now).and_then(|moment| start(moment, period, week_start)).ok_or_else(beyond)?;
    let at = |number: i64| Some(micros(start.checked_add(steps(period, number)?).ok()?));
    let end = last.checked_add(1).ok_or_else(beyond)?;
    Ok((at(first).ok_or_else(beyond)?, at(end).ok_or_else(beyond)?))
}

/// So many periods.
fn steps(period: &str, number: i64) -> Option<Span> {
    let span = Span::new();
    let span = match period {
        "year" => span.try_years(number),
        "quarter" => span.try_months(number.checked_mul(3)?),
        "month" => span.try_months(number),
        "week" => span.try_weeks(number),
        "day" => span.try_days(number),
        "hour" => span.try_hours(number),
        "minute" => span.try_minutes(number),
        _ => return None,
    };
    span.ok()
}

/// The beginning of the period a moment is in.
fn start(moment: DateTime, period: &str, week_start: Weekday) -> Option<DateTime> {
    let midnight = moment.date().to_datetime(Time::midnight());
    let first = |month| midnight.with().month(month).day(1).build().ok();
    match period {
        "year" => first(1),
        "quarter" => first((midnight.month() - 1) / 3 * 3 + 1),
        "month" => first(midnight.month()),
        "week" => midnight.checked_sub(i64::from(midnight.weekday().since(week_start)).days()).ok(),
        "hour" => midnight.checked_add(i64::from(moment.hour()).hours()).ok(),
        "minute" => midnight.checked_add((i64::from(moment.hour()) * 60 + i64::from(moment.minute())).minutes()).ok(),
        _ => Some(midnight),
    }
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
