//! Dates by patterns such as `yyyy-MM-dd`, and parts of them.

use jiff::civil::{Date, DateTime, Weekday};
use tavola_query::Type;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A date, in microseconds since 1970-01-01, by a format or as it is where there is none.
pub(super) fn text(micros: i64, kind: Type, format: Option<&str>, derivation: &str) -> String {
    let Some(moment) = moment(micros) else { return "Null".to_owned() };
    let standard = match format {
        Some(format) => match Pattern::of(format) {
            Some(pattern) => return pattern.text(moment),
            None => format,
        },
        None => derivation,
    };
    let pattern = match (standard, kind) {
        ("L", Type::Date) => "dddd, MMMM d, yyyy",
        ("L", _) => "dddd, MMMM d, yyyy h:nn:ss AM/PM",
        ("Year" | "Year-Trunc" | "ISO-Year" | "ISO-Year-Trunc", _) => "yyyy",
        ("Quarter", _) => "\"Q\"q",
        ("Quarter-Trunc" | "ISO-Quarter-Trunc", _) => "yyyy \"Q\"q",
        ("Month", _) => "MMMM",
        ("Month-Trunc" | "MY", _) => "MMMM yyyy",
        ("Week", _) => "\"Week \"ww",
        ("Week-Trunc" | "ISO-Week-Trunc" | "Day-Trunc", _) => "MMMM d, yyyy",
        ("Weekday", _) => "dddd",
        ("Day", _) => "d",
        ("Hour", _) => "H",
        ("Hour-Trunc", _) => "MMMM d, yyyy h AM/PM",
        ("Minute-Trunc", _) => "MMMM d, yyyy h:nn AM/PM",
        ("Second-Trunc", _) => "MMMM d, yyyy h:nn:ss AM/PM",
        ("MDY", _) | (_, Type::Date) => "M/d/yyyy",
        _ => "M/d/yyyy h:nn:ss AM/PM",
    };
    Pattern { pattern, icu: false }.text(moment)
}

/// A part of a date that is a number; none where the derivation takes none.
pub(super) fn part(number: i64, derivation: &str, format: Option<&str>) -> Option<String> {
    let index = |names: &[&'static str]| {
        let name = usize::try_from(number).ok()?.checked_sub(1).and_then(|index| names.get(index))?;
        Some((*name).to_owned())
    };
    // A format is one of dates: of a month the name's letter, of a year two digits.
    let sample = |year: i64, month: i64, day: i64, hour: i64| {
        let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        Some(Pattern::of(format?)?.text(date.at(i8::try_from(hour).ok()?, 0, 0, 0)))
    };
    match derivation {
        "Year" | "ISO-Year" => sample(number, 1, 1, 0).or_else(|| Some(number.to_string())),
        "Quarter" | "ISO-Quarter" => {
            sample(2000, number.checked_mul(3)? - 2, 1, 0).or_else(|| Some(format!("Q{number}")))
        }
        "Month" => sample(2000, number, 1, 0).or_else(|| index(&MONTHS)).or_else(|| Some(number.to_string())),
        // The first of October 2000 is a Sunday.
        "Weekday" => sample(2000, 10, number, 0).or_else(|| index(&DAYS)).or_else(|| Some(number.to_string())),
        "ISO-Weekday" => {
            let sunday_first = number.rem_euclid(7).checked_add(1)?;
            part(sunday_first, "Weekday", format)
        }
        "Week" | "ISO-Week" => Some(format!("Week {number}")),
        "Day" => sample(2000, 1, number, 0).or_else(|| Some(number.to_string())),
        "Hour" => sample(2000, 1, 1, number).or_else(|| Some(number.to_string())),
        "Minute" | "Second" | "Day-of-Year" => Some(number.to_string()),
        // Year, month and day in the digits of one number.
        "MY" => sample(number / 100, number % 100, 1, 0)
            .or_else(|| Some(format!("{} {}", MONTHS.get(usize::try_from(number % 100 - 1).ok()?)?, number / 100))),
        "MDY" => sample(number / 10_000, number / 100 % 100, number % 100, 0)
            .or_else(|| Some(format!("{}/{}/{}", number / 100 % 100, number % 100, number / 10_000))),
        _ => None,
    }
}

/// The whole number a part of a date is where an engine gives parts as numbers of its own kind.
pub(super) fn part_of_real(number: f64, derivation: &str) -> Option<i64> {
    let whole = number.trunc() == number && number.abs() < 1e9;
    (whole && part(1, derivation, None).is_some()).then_some(number as i64)
}

fn moment(micros: i64) -> Option<DateTime> {
    let span = jiff::SignedDuration::from_micros(micros);
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(span).ok()
}

/// A pattern for dates.
struct Pattern<'a> {
    pattern: &'a str,
    /// Its letters are those of Unicode (`LLLLL`); else those of Tableau's own patterns.
    icu: bool,
}

impl<'a> Pattern<'a> {
    /// The pattern in a format; none where the format names one (`S`, `L`) or is for numbers.
    fn of(format: &'a str) -> Option<Self> {
        let (pattern, icu) = match format.as_bytes().first()? {
            b'*' => (&format[1..], false),
            b'i' => (&format[1..], true),
            b'n' | b'p' => return None,
            b'c' if format.contains(['0', '#']) => return None,
            _ if matches!(format, "S" | "L" | "s" | "l" | "D" | "T") => return None,
            _ => (format, false),
        };
        pattern.contains(|letter: char| letter.is_ascii_alphabetic()).then_some(Self { pattern, icu })
    }

    fn text(&self, moment: DateTime) -> String {
        let mut out = String::new();
        let upper = self.pattern.to_uppercase();
        let noon = ["AM/PM", "A/P", "AMPM", "TT"].iter().any(|mark| upper.contains(mark));
        let mut after_hour = false;
        let mut skip = 0;
        let mut at = 0;
        for run in super::runs(self.pattern) {
            let rest = &self.pattern[at..];
            at += run.len();
            if skip > 0 {
                skip = usize::saturating_sub(skip, run.len());
                continue;
            }
            if let Some((mark, text)) = half_of_day(rest, moment.hour() >= 12).filter(|_| !self.icu) {
                out.push_str(text);
                skip = mark.saturating_sub(run.len());
                continue;
            }
            let first = run.chars().next().unwrap_or(' ');
            match first {
                '"' | '\'' if run.len() > 1 => out.push_str(run[1..].strip_suffix(first).unwrap_or(&run[1..])),
                '\\' => out.push_str(&run[1..]),
                letter if letter.is_ascii_alphabetic() => {
                    let minutes = letter == 'm' && (self.icu || after_hour || rest[run.len()..].starts_with(":s"));
                    self.field(letter, run.len(), minutes, noon, moment, &mut out);
                    after_hour = matches!(letter, 'h' | 'H');
                }
                _ => out.push_str(run),
            }
        }
        out
    }

    /// A run of one letter.
    fn field(&self, letter: char, length: usize, minutes: bool, noon: bool, moment: DateTime, out: &mut String) {
        let date = moment.date();
        let mut padded = |number: i64, width: usize| out.push_str(&format!("{number:0width$}"));
        let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
        let weekday = date.weekday().to_sunday_zero_offset().unsigned_abs();
        let day_name = DAYS[usize::from(weekday)];
        let two = length.min(2);
        match letter {
            'm' if minutes => padded(moment.minute().into(), two),
            'M' | 'm' | 'L' | 'o' => match length {
                1 | 2 => padded(date.month().into(), length),
                3 => out.push_str(&month[..3]),
                5 => out.push_str(&month[..1]),
                _ => out.push_str(month),
            },
            'y' | 'Y' | 'u' => match length {
                1 if !self.icu => padded(date.day_of_year().into(), 1),
                2 => padded(i64::from(date.year()).rem_euclid(100), 2),
                1 => padded(date.year().into(), 1),
                _ => padded(date.year().into(), 4),
            },
            'd' if length <= 2 || self.icu => padded(date.day().into(), two),
            'd' | 'a' | 'E' | 'e' | 'c' if length > 1 || matches!(letter, 'E') => match (letter, length) {
                ('d', 5) => out.push_str(&Pattern { pattern: "M/d/yyyy", icu: false }.text(moment)),
                ('d', 6..) => out.push_str(&Pattern { pattern: "dddd, MMMM d, yyyy", icu: false }.text(moment)),
                ('E' | 'd' | 'e' | 'c', ..=3) => out.push_str(&day_name[..3]),
                ('E' | 'e' | 'c', 5) => out.push_str(&day_name[..1]),
                _ => out.push_str(day_name),
            },
            'a' => out.push_str(if moment.hour() >= 12 { "PM" } else { "AM" }),
            'e' => padded(i64::from(weekday) + 1, 1),
            'c' => out.push_str(&Pattern { pattern: "M/d/yyyy h:nn:ss AM/PM", icu: false }.text(moment)),
            'D' => padded(date.day_of_year().into(), length),
            'q' | 'Q' => {
                let quarter = (i64::from(date.month()) + 2) / 3;
                match length {
                    1 | 2 => padded(quarter, length),
                    _ => out.push_str(&format!("Q{quarter}")),
                }
            }
            'w' if length == 1 && !self.icu => padded(i64::from(weekday) + 1, 1),
            'w' => padded(week(date), if self.icu { two } else { 1 }),
            'h' if noon || self.icu => padded((i64::from(moment.hour()) + 11) % 12 + 1, two),
            'h' | 'H' => padded(moment.hour().into(), two),
            'n' | 'N' => padded(moment.minute().into(), two),
            's' => padded(moment.second().into(), two),
            'S' => {
                let digits = format!("{:09}", moment.subsec_nanosecond());
                out.push_str(&digits[..length.min(9)]);
            }
            't' if length >= 5 => {
                out.push_str(&Pattern { pattern: "h:nn:ss AM/PM", icu: false }.text(moment));
            }
            other => out.extend(std::iter::repeat_n(other, length)),
        }
    }
}

/// A mark of the half of the day at the start of a pattern: its length, and what is written for it.
fn half_of_day(pattern: &str, afternoon: bool) -> Option<(usize, &'static str)> {
    let (mark, morning, after) = [
        ("AM/PM", "AM", "PM"),
        ("am/pm", "am", "pm"),
        ("AMPM", "AM", "PM"),
        ("A/P", "A", "P"),
        ("a/p", "a", "p"),
        ("tt", "AM", "PM"),
    ]
    .into_iter()
    .find(|(mark, ..)| pattern.starts_with(mark) && !pattern[mark.len()..].starts_with('t'))?;
    Some((mark.len(), if afternoon { after } else { morning }))
}

/// The week of the year, from 1, each beginning on a Sunday and the first on the first of January.
fn week(date: Date) -> i64 {
    let first = date.first_of_year().weekday().since(Weekday::Sunday);
    (i64::from(date.day_of_year()) - 1 + i64::from(first)) / 7 + 1
}
