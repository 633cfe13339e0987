//! Names as the format writes them: in brackets, a closing bracket doubled.

use std::borrow::Cow;

/// A name without its brackets: `[Sales]` is `Sales`, `[a]]b]` is `a]b`. A text that is not one bracketed name, such as
/// `[Parameters].[Top]` or `Sales`, is left as it is.
pub fn unbracketed(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains(']') {
        return Cow::Borrowed(inner);
    }
    let plain = inner.replace("]]", "");
    if plain.contains(']') { Cow::Borrowed(text) } else { Cow::Owned(inner.replace("]]", "]")) }
}

/// A name in brackets: `a]b` is `[a]]b]`.
pub(crate) fn bracketed(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// The parts of a qualified name: `[federated.1].[none:Region:nk]` is `federated.1` and `none:Region:nk`. A text that is
/// no chain of bracketed names is one part, as it is.
pub fn name_parts(text: &str) -> Vec<String> {
    parts(text).unwrap_or_else(|| vec![text.to_owned()])
}

fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let mut part = String::new();
        rest = rest.strip_prefix('[')?;
        loop {
            let end = rest.find(']')?;
            part.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix(']') {
                Some(more) => {
                    part.push(']');
                    rest = more;
                }
                None => break,
            }
        }
        parts.push(part);
        if rest.is_empty() {
            return Some(parts);
        }
        rest = rest.strip_prefix('.')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_go_and_doubled_ones_become_one() {
        assert_eq!(unbracketed("[Sales]"), "Sales");
        assert_eq!(unbracketed("[Sales [net]]]"), "Sales [net]");
        assert_eq!(unbracketed("Sales"), "Sales");
        assert_eq!(unbracketed("[a].[b]"), "[a].[b]");
        assert_eq!(unbracketed("[]"), "");
        assert_eq!(unbracketed("["), "[");
        assert_eq!(unbracketed("[é]"), "é");
    }

    #[test]
    fn a_qualified_name_has_parts() {
        assert_eq!(name_parts("[federated.1].[none:Region:nk]"), ["federated.1", "none:Region:nk"]);
        assert_eq!(name_parts("[a]].[b].[c]"), ["a].[b", "c"]);
        assert_eq!(name_parts("[dbo].[Orders$]"), ["dbo", "Orders$"]);
        for text in ["", "plain", "[open", "[a]b", "[a].", "[a].b"] {
            assert_eq!(name_parts(text), [text]);
        }
    }
}
