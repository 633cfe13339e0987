//! Numbers by patterns such as `n#,##0.00;-#,##0.00`.

/// A format: how numbers above zero, below zero and zero are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Format {
    above: Section,
    below: Option<Section>,
    zero: Option<Section>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Section {
    before: String,
    after: String,
    /// Whether it has a place for a number at all.
    digits: bool,
    /// The least number of digits before the point.
    whole: usize,
    /// The least and the most number of digits after the point.
    least: usize,
    most: usize,
    grouped: bool,
    /// What the number is multiplied by, as a power of ten.
    scale: i32,
    /// The least number of digits of an exponent, and whether `+` is written.
    exponent: Option<(usize, bool)>,
}

impl Format {
    /// Reads a format with the letter of its kind before it; none where it is not one for numbers.
    pub(super) fn parse(format: &str) -> Option<Self> {
        let mut letters = format.chars();
        let pattern = match letters.next()? {
            'n' | 'c' | 'p' | 's' | 'e' | '*' => letters.as_str(),
            // The currency of a place (`C1033%`): of all of them the one of American English.
            'C' if letters.as_str().starts_with(|letter: char| letter.is_ascii_digit()) => {
                "\"$\"#,##0.00;(\"$\"#,##0.00)"
            }
            _ => format,
        };
        let mut sections = split(pattern).into_iter().map(Section::parse);
        let above = sections.next().filter(|section| section.digits || format.starts_with('*'))?;
        Some(Self { above, below: sections.next(), zero: sections.next() })
    }

    pub(super) fn text(&self, number: f64) -> String {
        if number == 0.0 {
            return self.zero.as_ref().unwrap_or(&self.above).text(0.0);
        }
        match &self.below {
            Some(below) if number < 0.0 => below.text(-number),
            None if number < 0.0 => format!("-{}", self.above.text(-number)),
            _ => self.above.text(number),
        }
    }
}

/// The sections of a pattern: what lies between semicolons that are not quoted.
fn split(pattern: &str) -> Vec<&str> {
    let (mut sections, mut start, mut at) = (Vec::new(), 0, 0);
    for run in super::runs(pattern) {
        at += run.len();
        if run == ";" {
            sections.push(&pattern[start..at - 1]);
            start = at;
        }
    }
    sections.push(&pattern[start..]);
    sections
}

impl Section {
    fn parse(pattern: &str) -> Self {
        let mut section = Self::default();
        let (mut point, mut commas, mut at) = (false, 0, 0);
        for run in super::runs(pattern) {
            at += run.len();
            let rest = &pattern[at..];
            match run {
                "0" | "#" | "?" => {
                    section.digits = true;
                    section.grouped |= commas > 0 && !point;
                    section.scale -= 3 * if point { std::mem::take(&mut commas) } else { 0 };
                    commas = 0;
                    let must = usize::from(run == "0");
                    if section.exponent.is_some() {
                        // The exponent's digits were read with its letter.
                    } else if point {
                        section.most += 1;
                        section.least = if must == 1 { section.most } else { section.least };
                    } else if must == 1 || section.whole > 0 {
                        section.whole += 1;
                    }
                }
                // Commas right before the point or after the last digit make it smaller; others group.
                "," if section.digits && section.after.is_empty() => commas += 1,
                "." if section.digits && !point && section.after.is_empty() => {
                    section.scale -= 3 * std::mem::take(&mut commas);
                    point = true;
                }
                "." if !section.digits && rest.starts_with(['0', '#']) => {
                    (point, section.digits) = (true, true);
                }
                "%" => {
                    section.scale += 2;
                    section.literal("%");
                }
                "E" | "e" if section.digits && section.exponent.is_none() && rest.starts_with(['+', '-']) => {
                    let digits = rest[1..].chars().take_while(|digit| *digit == '0').count();
                    section.exponent = Some((digits.max(1), rest.starts_with('+')));
                }
                "+" | "-" if section.exponent.is_some() && section.after.is_empty() => {}
                quoted if quoted.starts_with(['"', '\'']) && quoted.len() > 1 => {
                    let quote = &quoted[..1];
                    section.literal(quoted[1..].strip_suffix(quote).unwrap_or(&quoted[1..]));
                }
                escaped if escaped.starts_with('\\') => section.literal(&escaped[1..]),
                other => section.literal(other),
            }
        }
        section.scale -= 3 * commas;
        section
    }

    /// The section as Excel has it: all that is no number in quotes, as letters mean something there.
    fn excel(&self) -> String {
        // A sign of percent is read as one, and tells what the number is multiplied by.
        let percents = self.before.matches('%').count() + self.after.matches('%').count();
        let percent = percents == 1 && self.scale.rem_euclid(3) == 2;
        let quoted = |text: &str| {
            text.split_inclusive('%')
                .flat_map(|part| match part.strip_suffix('%').filter(|_| percent) {
                    Some(before) => [before, "%"],
                    None => [part, ""],
                })
                .map(|part| match part {
                    "" | "%" => part.to_owned(),
                    other => format!("\"{}\"", other.replace('"', "")),
                })
                .collect::<String>()
        };
        if !self.digits {
            return if self.before.is_empty() { "\"\"".to_owned() } else { quoted(&self.before) };
        }
        let whole = match (self.grouped, self.whole) {
            (true, whole) => format!("#,##{}", if whole == 0 { "#".to_owned() } else { "0".repeat(whole) }),
            (false, 0) => "#".to_owned(),
            (false, whole) => "0".repeat(whole),
        };
        let places = "0".repeat(self.least) + &"#".repeat(self.most - self.least);
        let point = if places.is_empty() { "" } else { "." };
        let thousands = (if percent { 2 } else { 0 } - self.scale).max(0) / 3;
        let exponent = self.exponent.map_or_else(String::new, |(digits, plus)| {
            format!("E{}{}", if plus { '+' } else { '-' }, "0".repeat(digits))
        });
        let commas = ",".repeat(thousands.unsigned_abs() as usize);
        format!("{}{whole}{point}{places}{commas}{exponent}{}", quoted(&self.before), quoted(&self.after))
    }

    fn literal(&mut self, text: &str) {
        if self.digits { self.after.push_str(text) } else { self.before.push_str(text) }
    }

    /// A number that is not below zero.
    fn text(&self, number: f64) -> String {
        if !self.digits {
            return self.before.clone();
        }
        let mut decimal = Decimal::of(number);
        decimal.point += self.scale;
        let mut exponent = String::new();
        if let Some((digits, plus)) = self.exponent {
            let power = if decimal.digits.is_empty() { 0 } else { decimal.point - self.whole.max(1) as i32 };
            decimal.point -= power;
            let sign = if power < 0 {
                "-"
            } else if plus {
                "+"
            } else {
                ""
            };
            exponent = format!("E{sign}{:0digits$}", power.abs());
        }
        let (whole, mut rest) = decimal.rounded(self.most);
        while rest.len() > self.least && rest.ends_with('0') {
            rest.pop();
        }
        let whole = if whole == "0" && self.whole == 0 { String::new() } else { whole };
        let whole = format!("{whole:0>width$}", width = self.whole);
        let whole = if self.grouped { grouped(&whole) } else { whole };
        let point = if rest.is_empty() { "" } else { "." };
        format!("{}{whole}{point}{rest}{exponent}{}", self.before, self.after)
    }
}

/// A number that is not below zero by its shortest digits: `0.digits × 10^point`.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    fn of(number: f64) -> Self {
        if number == 0.0 || !number.is_finite() {
            return Self { digits: Vec::new(), point: 0 };
        }
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.bytes().filter(u8::is_ascii_digit).collect();
        Self { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }
    }

    /// The digits before and after the point, so many of the latter; a half is rounded up.
    fn rounded(&self, places: usize) -> (String, String) {
        // As many digits of a number as no format has are enough.
        let places = places.min(30);
        // A zero before all digits, for the one that rounding up may bring.
        let mut digits: Vec<u8> = vec![b'0'];
        digits.extend(std::iter::repeat_n(b'0', usize::try_from(-self.point).unwrap_or(0).min(400)));
        digits.extend(&self.digits);
        let end = 1 + usize::try_from(self.point).unwrap_or(0).min(800) + places;
        let up = digits.get(end).is_some_and(|digit| *digit >= b'5');
        digits.resize(end, b'0');
        if up {
            for digit in digits.iter_mut().rev() {
                if *digit == b'9' {
                    *digit = b'0';
                } else {
                    *digit += 1;
                    break;
                }
            }
        }
        let text: String = digits.into_iter().map(char::from).collect();
        let (whole, rest) = text.split_at(text.len() - places);
        let whole = whole.trim_start_matches('0');
        (if whole.is_empty() { "0" } else { whole }.to_owned(), rest.to_owned())
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number as it is shown where nothing is said: whole numbers in groups of three, others with four digits that mean something.
pub(super) fn default(number: f64, whole: bool) -> String {
    if !number.is_finite() {
        return "Null".to_owned();
    }
    let decimal = Decimal::of(number.abs());
    let sign = if number < 0.0 { "-" } else { "" };
    if !whole && number != 0.0 && !(-4..=15).contains(&decimal.point) {
        let section = Section::parse("0.000E+00");
        return format!("{sign}{}", section.text(number.abs()));
    }
    let places = if whole { 0 } else { usize::try_from(4 - decimal.point).unwrap_or(0) };
    let (digits, rest) = decimal.rounded(places);
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if digits == "0" && rest.is_empty() { "" } else { sign };
    format!("{sign}{}{point}{rest}", grouped(&digits))
}

/// The format as Excel has it, if it is one for numbers.
pub(crate) fn excel(format: &str) -> Option<String> {
    let format = Format::parse(format)?;
    let sections = [Some(&format.above), format.below.as_ref(), format.zero.as_ref()];
    Some(sections.into_iter().flatten().map(Section::excel).collect::<Vec<_>>().join(";"))
}

/// A number at a tick of an axis where nothing is said: with `K`, `M` or `B` where the largest of them is long, and with as many
/// places as the step from one to the next needs.
pub fn axis_number(number: f64, step: f64, largest: f64) -> String {
    let (power, unit) = match largest.abs() {
        size if size >= 1e10 => (9, "B"),
        size if size >= 1e7 => (6, "M"),
        size if size >= 1e4 => (3, "K"),
        _ => (0, ""),
    };
    let step = Decimal::of(step.abs());
    let places = (step.digits.len() as i32 - (step.point - power)).clamp(0, 12) as usize;
    let mut decimal = Decimal::of(number.abs());
    decimal.point -= power;
    let (whole, rest) = decimal.rounded(places);
    let point = if places == 0 { "" } else { "." };
    let sign = if number < 0.0 && (whole != "0" || rest.contains(|digit| digit != '0')) { "-" } else { "" };
    format!("{sign}{}{point}{rest}{unit}", grouped(&whole))
}
