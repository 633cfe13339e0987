//! Functions that tell who asks.

use crate::{Error, User, Value};

/// The value of a function of this kind; none where it is no such function.
pub(super) fn call(function: &str, arguments: &[Value], user: &User) -> Result<Option<Value>, Error> {
    let same = |a: &str, b: &str| Value::Boolean(a.to_lowercase() == b.to_lowercase());
    Ok(Some(match (function, arguments) {
        ("USERNAME", []) => Value::text(&user.name),
        ("FULLNAME", []) => Value::text(&user.full_name),
        ("USERDOMAIN", []) => Value::text(&user.domain),
        ("ISUSERNAME", [Value::Text(name)]) => same(name, &user.name),
        ("ISFULLNAME", [Value::Text(name)]) => same(name, &user.full_name),
        ("ISMEMBEROF", [Value::Text(group)]) => {
            Value::Boolean(user.groups.iter().any(|known| known.to_lowercase() == group.to_lowercase()))
        }
        ("ISUSERNAME" | "ISFULLNAME" | "ISMEMBEROF", [Value::Null]) => Value::Null,
        // Attributes come with tokens that are embedded; nobody has any here.
        ("USERATTRIBUTE", [_]) => Value::Null,
        ("USERATTRIBUTEINCLUDES", [_, _]) => Value::Boolean(false),
        _ => return Ok(None),
    }))
}
