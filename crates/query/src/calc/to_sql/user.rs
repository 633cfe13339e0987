//! Who asks. What these functions give is written into the SQL, so that equal statements have equal answers.

use super::{Call, Translator, unsupported};
use crate::{
    Error,
    sql::{Binary, Expression},
};

impl Translator<'_> {
    pub(super) fn user(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let user = &self.resolve.context().user;
        let is = |call: Call<'_>, name: &str| {
            let [text] = call.take()?;
            Ok(Expression::binary(Binary::Equal, text, Expression::text(name)))
        };
        match call.name {
            "USERNAME" => Ok(Expression::text(&user.name)),
            "FULLNAME" => Ok(Expression::text(&user.full_name)),
            "USERDOMAIN" => Ok(Expression::text(&user.domain)),
            "ISUSERNAME" => is(call, &user.name),
            "ISFULLNAME" => is(call, &user.full_name),
            "ISMEMBEROF" => {
                let groups: Vec<_> = user.groups.iter().map(|group| Expression::text(group)).collect();
                let [group] = call.take()?;
                Ok(Expression::In(Box::new(group), groups))
            }
            // Attributes come with the token of an embedding page; nobody has any here.
            "USERATTRIBUTE" => Ok(Expression::null(crate::Type::Text)),
            "USERATTRIBUTEINCLUDES" => Ok(Expression::truth(false)),
            name => Err(unsupported(name)),
        }
    }
}
