//! Patterns of dates.

/// A pattern of ICU in the words of PostgreSQL's.
pub(super) fn postgres_pattern(format: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|next| *next == first).count();
        let length = run * first.len_utf8();
        let word = match (first, run) {
            ('y', 2) => "YY",
            ('y', 1 | 4) => "YYYY",
            ('M' | 'L', 1) => "FMMM",
            ('M' | 'L', 2) => "MM",
            ('M' | 'L', 3) => "Mon",
            ('M' | 'L', 4) => "FMMonth",
            ('d', 1) => "FMDD",
            ('d', 2) => "DD",
            ('D', _) => "DDD",
            ('E', 1..=3) => "Dy",
            ('E', 4) => "FMDay",
            ('H', 1) => "FMHH24",
            ('H', 2) => "HH24",
            ('h', 1) => "FMHH12",
            ('h', 2) => "HH12",
            ('m', 1) => "FMMI",
            ('m', 2) => "MI",
            ('s', 1) => "FMSS",
            ('s', 2) => "SS",
            ('S', 3) => "MS",
            ('S', 6) => "US",
            ('a', _) => "AM",
            ('\'', _) => {
                let (quoted, after) = rest[1..].split_once('\'')?;
                pattern.push_str(&format!("\"{}\"", quoted.replace('"', "")));
                rest = after;
                continue;
            }
            (letter, _) if letter.is_alphabetic() => return None,
            _ => &rest[..length],
        };
        pattern.push_str(word);
        rest = &rest[length..];
    }
    Some(pattern)
}
