//! The one place where names and values become SQL of Hyper.
//!
//! Hyper takes no bound parameters as PostgreSQL does, so what comes from outside is quoted here and nowhere else. In its
//! dialect a backslash is a character like others, and within quotes only the quote itself is doubled.

/// A name, of a table, a column, or the file of a database.
pub fn identifier(name: &str) -> String {
    quoted(name, '"')
}

/// A text.
pub fn literal(text: &str) -> String {
    quoted(text, '\'')
}

fn quoted(text: &str, quote: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        if character == quote {
            quoted.push(quote);
        }
        quoted.push(character);
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_cannot_end_what_it_is_in() {
        assert_eq!(identifier(r#"a"; drop table b; --"#), r#""a""; drop table b; --""#);
        assert_eq!(literal("O'Neil\\' or 1=1 --"), "'O''Neil\\'' or 1=1 --'");
        assert_eq!((identifier(""), literal("")), ("\"\"".to_owned(), "''".to_owned()));
    }
}
