//! Shapes, as far as Hyper has them.

use super::{Call, Translator, unsupported};
use crate::{
    Error,
    sql::{Binary, Dialect, Expression},
};

const POINT: &str = "tableau.geo_make_point";
const BUFFER: &str = "tableau.geo_buffer";
const DISTANCE: &str = "tableau.geo_distance";

impl Translator<'_> {
    pub(super) fn spatial(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        if self.dialect != Dialect::Hyper {
            return Err(unsupported(call.name));
        }
        let function = match call.name {
            "INTERSECTS" => {
                let [a, b] = call.take()?;
                return within(a, b);
            }
            "MAKEPOINT" if call.arguments.len() == 2 => POINT,
            "MAKELINE" => "tableau.geo_make_line",
            "BUFFER" => BUFFER,
            "DISTANCE" => DISTANCE,
            "AREA" => "tableau.geo_area",
            name => return Err(unsupported(name)),
        };
        Ok(Expression::Call(function, call.arguments))
    }
}

/// Whether two shapes meet. Hyper has no such function, but the distance of points: it tells whether a point is within a buffer
/// around another. Around a shape that is no point the distance is NULL, and so is this.
fn within(a: Expression, b: Expression) -> Result<Expression, Error> {
    let (buffer, point) = match (a, b) {
        (Expression::Call(BUFFER, buffer), point @ Expression::Call(POINT, _))
        | (point @ Expression::Call(POINT, _), Expression::Call(BUFFER, buffer)) => (buffer, point),
        _ => return Err(Error::Unsupported("`INTERSECTS`, but of a buffer and a point,".to_owned())),
    };
    let [centre, radius, unit] = <[Expression; 3]>::try_from(buffer).map_err(|_| unsupported("INTERSECTS"))?;
    let distance = Expression::call(DISTANCE, [centre, point, unit]);
    Ok(Expression::binary(Binary::LessOrEqual, distance, radius))
}
