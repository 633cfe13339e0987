//! Shapes, as far as Hyper has them.

use super::{Call, Translator, unsupported};
use crate::{
    Error,
    sql::{Dialect, Expression},
};

impl Translator<'_> {
    pub(super) fn spatial(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        if self.dialect != Dialect::Hyper {
            return Err(unsupported(call.name));
        }
        let function = match call.name {
            "MAKEPOINT" if call.arguments.len() == 2 => "tableau.geo_make_point",
            "MAKELINE" => "tableau.geo_make_line",
            "BUFFER" => "tableau.geo_buffer",
            "DISTANCE" => "tableau.geo_distance",
            "AREA" => "tableau.geo_area",
            name => return Err(unsupported(name)),
        };
        Ok(Expression::Call(function, call.arguments))
    }
}
