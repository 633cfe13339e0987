//! Axes: from values to pixels, and where their ticks are.

use jiff::{ToSpan, civil};

/// How an axis cuts its range into ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Number,
    Logarithm,
    /// Days since 1970-01-01.
    Date,
}

/// A unit of time between two ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

/// The distance between two ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Number(f64),
    Date(Unit, i64),
}

/// A range of values along a range of pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub measure: Measure,
    pub least: f64,
    pub most: f64,
    /// The pixel of `least`.
    pub from: f64,
    /// The pixel of `most`.
    pub to: f64,
}

impl Scale {
    /// The pixel of a value.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let (least, most, value) = match self.measure {
            Measure::Logarithm => (log(self.least), log(self.most), log(value)),
            Measure::Number | Measure::Date => (self.least, self.most, value),
        };
        if most <= least {
            return (self.from + self.to) / 2.0;
        }
        self.from + (value - least) / (most - least) * (self.to - self.from)
    }

    /// How many pixels a distance between two values has.
    pub(crate) fn length(&self, distance: f64) -> f64 {
        if self.most <= self.least { 0.0 } else { (distance / (self.most - self.least) * (self.to - self.from)).abs() }
    }

    /// The distance of ticks that are at least `room` pixels apart; `smallest` is the least that makes sense.
    pub(crate) fn step(&self, room: f64, smallest: Option<Step>) -> Step {
        let span = (self.most - self.least).max(f64::MIN_POSITIVE);
        let most_ticks = ((self.to - self.from).abs() / room.max(1.0)).max(1.0);
        let rough = span / most_ticks;
        match self.measure {
            Measure::Date => date_step(rough, smallest),
            Measure::Number | Measure::Logarithm => {
                let step = nice(rough);
                match smallest {
                    Some(Step::Number(least)) => Step::Number(step.max(least)),
                    _ => Step::Number(step),
                }
            }
        }
    }

    /// The values of the ticks.
    pub(crate) fn ticks(&self, step: Step) -> Vec<f64> {
        const MOST: usize = 1000;
        match (self.measure, step) {
            (Measure::Logarithm, _) => {
                let (first, last) = (log(self.least).ceil() as i32, log(self.most).floor() as i32);
                (first..=last).take(MOST).map(|power| 10_f64.powi(power)).collect()
            }
            (_, Step::Number(step)) => {
                let (first, last) = ((self.least / step - 1e-9).ceil(), (self.most / step + 1e-9).floor());
                let count = (last - first + 1.0).clamp(0.0, MOST as f64) as usize;
                (0..count).map(|place| (first + place as f64) * step).collect()
            }
            (_, Step::Date(unit, every)) => date_ticks(self.least, self.most, unit, every, MOST),
        }
    }
}

fn log(value: f64) -> f64 {
    value.max(1e-12).log10()
}

/// The next of 1, 2, 5, 10, … that is not less.
pub(crate) fn nice(rough: f64) -> f64 {
    if !rough.is_finite() || rough <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    let digit = rough / power;
    let digit = [1.0, 2.0, 5.0].into_iter().find(|nice| digit <= *nice * (1.0 + 1e-9)).unwrap_or(10.0);
    digit * power
}

const STEPS: [(Unit, i64, f64); 25] = [
    (Unit::Second, 1, 1.0 / 86_400.0),
    (Unit::Second, 5, 5.0 / 86_400.0),
    (Unit::Second, 15, 15.0 / 86_400.0),
    (Unit::Second, 30, 30.0 / 86_400.0),
    (Unit::Minute, 1, 1.0 / 1440.0),
    (Unit::Minute, 5, 5.0 / 1440.0),
    (Unit::Minute, 15, 15.0 / 1440.0),
    (Unit::Minute, 30, 30.0 / 1440.0),
    (Unit::Hour, 1, 1.0 / 24.0),
    (Unit::Hour, 3, 3.0 / 24.0),
    (Unit::Hour, 6, 6.0 / 24.0),
    (Unit::Hour, 12, 12.0 / 24.0),
    (Unit::Day, 1, 1.0),
    (Unit::Day, 2, 2.0),
    (Unit::Day, 5, 5.0),
    (Unit::Day, 7, 7.0),
    (Unit::Day, 14, 14.0),
    (Unit::Month, 1, 30.4),
    (Unit::Month, 2, 60.9),
    (Unit::Month, 3, 91.3),
    (Unit::Month, 6, 182.6),
    (Unit::Year, 1, 365.25),
    (Unit::Year, 2, 730.5),
    (Unit::Year, 5, 1826.25),
    (Unit::Year, 10, 3652.5),
];

fn date_step(rough: f64, smallest: Option<Step>) -> Step {
    let fits = |(unit, every, days): &(Unit, i64, f64)| {
        *days >= rough
            && match smallest {
                Some(Step::Date(least, least_every)) => {
                    *unit > least || (*unit == least && every % least_every.max(1) == 0)
                }
                _ => true,
            }
    };
    match STEPS.iter().find(|step| fits(step)) {
        Some((unit, every, _)) => Step::Date(*unit, *every),
        None => Step::Date(Unit::Year, nice(rough / 365.25).max(1.0) as i64),
    }
}

/// The time of days since 1970-01-01, as far as calendars reach.
pub(crate) fn moment(days: f64) -> Option<civil::DateTime> {
    let seconds = (days * 86_400.0).round();
    if seconds.abs() > 3e11 {
        return None;
    }
    civil::date(1970, 1, 1).at(0, 0, 0, 0).checked_add((seconds as i64).seconds()).ok()
}

/// Days since 1970-01-01 of a time.
fn days(moment: civil::DateTime) -> f64 {
    let since = moment.duration_since(civil::date(1970, 1, 1).at(0, 0, 0, 0));
    since.as_secs() as f64 / 86_400.0
}

fn date_ticks(least: f64, most: f64, unit: Unit, every: i64, limit: usize) -> Vec<f64> {
    let every = every.max(1);
    let fixed = match unit {
        Unit::Second => Some(1.0 / 86_400.0),
        Unit::Minute => Some(1.0 / 1440.0),
        Unit::Hour => Some(1.0 / 24.0),
        Unit::Day => Some(1.0),
        Unit::Month | Unit::Year => None,
    };
    if let Some(length) = fixed {
        let length = length * every as f64;
        // Weeks begin on Sundays; 1970-01-04 was one.
        let shift = if unit == Unit::Day && every % 7 == 0 { 3.0 } else { 0.0 };
        let first = ((least - shift) / length - 1e-9).ceil();
        let count = ((((most - shift) / length + 1e-9).floor() - first) + 1.0).clamp(0.0, limit as f64) as usize;
        return (0..count).map(|place| (first + place as f64) * length + shift).collect();
    }
    let Some(start) = moment(least) else { return Vec::new() };
    let months = if unit == Unit::Year { every * 12 } else { every };
    let first = i64::from(start.year()) * 12 + i64::from(start.month()) - 1;
    let mut month = first.div_euclid(months) * months;
    let mut ticks = Vec::new();
    while ticks.len() < limit {
        let year = i16::try_from(month.div_euclid(12)).ok();
        let number = (month.rem_euclid(12) + 1) as i8;
        let Some(date) = year.and_then(|year| civil::Date::new(year, number, 1).ok()) else { break };
        let at = days(date.at(0, 0, 0, 0));
        if at > most + 1e-9 {
            break;
        }
        if at >= least - 1e-9 {
            ticks.push(at);
        }
        month += months;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(measure: Measure, least: f64, most: f64, length: f64) -> Scale {
        Scale { measure, least, most, from: 0.0, to: length }
    }

    #[test]
    fn ticks_of_numbers_are_multiples_of_one_two_or_five() {
        let numbers = scale(Measure::Number, 0.0, 105.0, 300.0);
        assert_eq!(numbers.ticks(numbers.step(50.0, None)), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let below = scale(Measure::Number, -12.0, 30.0, 100.0);
        assert_eq!(below.ticks(below.step(30.0, None)), [0.0, 20.0]);
    }

    #[test]
    fn ticks_of_dates_are_where_months_and_years_begin() {
        // From 2018-01-01 to 2019-12-01.
        let dates = scale(Measure::Date, 17_532.0, 18_231.0, 700.0);
        let ticks = dates.ticks(dates.step(80.0, Some(Step::Date(Unit::Month, 1))));
        let shown: Vec<String> = ticks.into_iter().filter_map(moment).map(|moment| moment.date().to_string()).collect();
        assert_eq!(
            shown,
            [
                "2018-01-01",
                "2018-04-01",
                "2018-07-01",
                "2018-10-01",
                "2019-01-01",
                "2019-04-01",
                "2019-07-01",
                "2019-10-01"
            ]
        );
    }

    #[test]
    fn a_logarithmic_axis_has_ticks_at_powers_of_ten() {
        let powers = scale(Measure::Logarithm, 1.0, 1000.0, 300.0);
        assert_eq!(powers.ticks(Step::Number(1.0)), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(powers.at(10.0), 100.0);
    }

    #[test]
    fn a_range_without_width_has_its_value_in_the_middle() {
        assert_eq!(scale(Measure::Number, 5.0, 5.0, 100.0).at(5.0), 50.0);
    }
}
