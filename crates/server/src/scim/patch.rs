//! The operations of a PATCH on a resource as JSON, in the forms that Okta and Entra send.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{GROUP, Refused, TABLEAU, TABLEAU_USER, USER};

/// How many operations one request may have: each may look at every member of a group.
const MOST: usize = 1_000;

/// What an operation is about: an attribute, some of its elements, a part of it.
struct Path<'p> {
    attribute: &'p str,
    /// Elements whose member of this name has this value.
    chosen: Option<(&'p str, String)>,
    part: Option<&'p str>,
}

/// A member of an object, its name in any case.
pub(super) fn member<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// What tells an element of a list from the others.
fn value_of(element: &Value) -> Option<&str> {
    member(element, "value")?.as_str()
}

fn slot<'v>(object: &'v mut Map<String, Value>, name: &str) -> &'v mut Value {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned());
    object.entry(key).or_insert(Value::Null)
}

fn remove(object: &mut Map<String, Value>, name: &str) {
    object.retain(|key, _| !key.eq_ignore_ascii_case(name));
}

/// Does the operations of a message, in their order.
pub(super) fn apply(resource: &mut Value, message: &Value) -> Result<(), Refused> {
    let operations = member(message, "Operations").and_then(Value::as_array);
    let operations = operations.ok_or_else(|| Refused::bad("invalidSyntax", "there are no `Operations`"))?;
    if operations.len() > MOST {
        return Err(Refused::bad("tooMany", format!("there are more than {MOST} operations")));
    }
    for operation in operations {
        let word = member(operation, "op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        let path = member(operation, "path").and_then(Value::as_str).filter(|path| !path.trim().is_empty());
        let value = member(operation, "value").cloned().unwrap_or(Value::Null);
        let adds = match word.as_str() {
            "add" => true,
            "replace" => false,
            "remove" => {
                let path = path.ok_or_else(|| Refused::bad("noTarget", "`remove` has no `path`"))?;
                take(resource, path.trim(), &value)?;
                continue;
            }
            _ => return Err(Refused::bad("invalidSyntax", format!("`{word}` is no operation"))),
        };
        match (path, value) {
            (Some(path), value) => put(resource, path.trim(), value, adds)?,
            (None, Value::Object(values)) => {
                values.into_iter().try_for_each(|(path, value)| put(resource, &path, value, adds))?;
            }
            (None, _) => return Err(Refused::bad("invalidValue", "`value` without a `path` is no object")),
        }
    }
    Ok(())
}

fn read(path: &str) -> Result<Path<'_>, Refused> {
    let refused = || Refused::bad("invalidPath", format!("`{path}` is no path of an attribute"));
    let (attribute, chosen, rest) = match path.split_once('[') {
        None => match path.split_once('.') {
            Some((attribute, part)) => (attribute, None, Some(part)),
            None => (path, None, None),
        },
        Some((attribute, rest)) => {
            let (condition, rest) = rest.split_once(']').ok_or_else(refused)?;
            let mut words = condition.trim().splitn(3, ' ');
            let (name, operator) = (words.next().ok_or_else(refused)?, words.next().unwrap_or_default());
            let value = words.next().unwrap_or_default().trim().trim_matches('"').to_owned();
            if name.is_empty() || !operator.eq_ignore_ascii_case("eq") {
                return Err(refused());
            }
            let part = if rest.is_empty() { None } else { Some(rest.strip_prefix('.').ok_or_else(refused)?) };
            (attribute, Some((name, value)), part)
        }
    };
    if attribute.is_empty() || rest == Some("") {
        return Err(refused());
    }
    Ok(Path { attribute, chosen, part: rest })
}

/// Where in a resource a path leads, and the rest of it: a schema before it may have members of its own.
fn within<'v, 'p>(resource: &'v mut Value, path: &'p str) -> Result<(&'v mut Map<String, Value>, &'p str), Refused> {
    let after = |schema: &str| {
        let begins = path.get(..schema.len()).is_some_and(|start| start.eq_ignore_ascii_case(schema));
        begins.then(|| path[schema.len()..].trim_start_matches(':'))
    };
    let no_object = || Refused::bad("invalidPath", format!("`{path}` leads nowhere"));
    let top = resource.as_object_mut().ok_or_else(no_object)?;
    if let Some(rest) = after(USER).or_else(|| after(GROUP)) {
        return Ok((top, rest));
    }
    let Some(rest) = after(TABLEAU_USER).or_else(|| after(TABLEAU)) else { return Ok((top, path)) };
    let own = slot(top, TABLEAU);
    if own.is_null() {
        *own = Value::Object(Map::new());
    }
    Ok((own.as_object_mut().ok_or_else(no_object)?, rest))
}

/// Whether an element is meant. Flags are written as texts too.
fn is_chosen(element: &Value, (name, wanted): &(&str, String)) -> bool {
    match member(element, name) {
        Some(Value::String(text)) => text.eq_ignore_ascii_case(wanted),
        Some(Value::Bool(flag)) => flag.to_string().eq_ignore_ascii_case(wanted),
        _ => false,
    }
}

fn put(resource: &mut Value, path: &str, value: Value, adds: bool) -> Result<(), Refused> {
    let (object, path) = within(resource, path)?;
    if path.is_empty() {
        let Value::Object(values) = value else {
            return Err(Refused::bad("invalidValue", "the value of a schema is no object"));
        };
        values.into_iter().for_each(|(name, value)| *slot(object, &name) = value);
        return Ok(());
    }
    let Path { attribute, chosen, part } = read(path)?;
    let target = slot(object, attribute);
    if let Some(chosen) = chosen {
        if !target.is_array() {
            *target = Value::Array(Vec::new());
        }
        let Some(elements) = target.as_array_mut() else { return Ok(()) };
        if !elements.iter().any(|element| is_chosen(element, &chosen)) {
            let (name, wanted) = &chosen;
            elements.push(Value::Object(Map::from_iter([((*name).to_owned(), Value::from(wanted.as_str()))])));
        }
        for element in elements.iter_mut().filter(|element| is_chosen(element, &chosen)) {
            match (part, element) {
                (Some(part), Value::Object(element)) => *slot(element, part) = value.clone(),
                (_, element) => *element = value.clone(),
            }
        }
        return Ok(());
    }
    if let Some(part) = part {
        if !target.is_object() {
            *target = Value::Object(Map::new());
        }
        target.as_object_mut().into_iter().for_each(|object| *slot(object, part) = value.clone());
        return Ok(());
    }
    match (target, value) {
        (Value::Array(elements), value) if adds => {
            let new = if let Value::Array(new) = value { new } else { vec![value] };
            let values: HashSet<&str> = new.iter().filter_map(value_of).collect();
            elements.retain(|there| value_of(there).is_none_or(|value| !values.contains(value)));
            elements.extend(new);
        }
        (Value::Object(there), Value::Object(values)) => {
            values.into_iter().for_each(|(name, value)| *slot(there, &name) = value);
        }
        (target, value) => *target = value,
    }
    Ok(())
}

fn take(resource: &mut Value, path: &str, value: &Value) -> Result<(), Refused> {
    let (object, path) = within(resource, path)?;
    let Path { attribute, chosen, part } = read(path)?;
    let target = slot(object, attribute);
    match (chosen, part, value) {
        (Some(chosen), None, _) => {
            target
                .as_array_mut()
                .into_iter()
                .for_each(|elements| elements.retain(|element| !is_chosen(element, &chosen)));
        }
        (Some(chosen), Some(part), _) => {
            let elements = target.as_array_mut().into_iter().flatten();
            let elements = elements.filter(|element| is_chosen(element, &chosen)).filter_map(Value::as_object_mut);
            elements.for_each(|element| remove(element, part));
        }
        (None, Some(part), _) => target.as_object_mut().into_iter().for_each(|object| remove(object, part)),
        // Entra says which elements in the value.
        (None, None, Value::Array(gone)) if !gone.is_empty() => {
            let gone: HashSet<&str> = gone.iter().filter_map(value_of).collect();
            let is_gone = |element: &Value| value_of(element).is_some_and(|value| gone.contains(value));
            target.as_array_mut().into_iter().for_each(|elements| elements.retain(|element| !is_gone(element)));
        }
        (None, None, _) => *target = Value::Null,
    }
    Ok(())
}
