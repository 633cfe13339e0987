//! Members of dimensions: what tells them apart, and their order.

use std::{cmp::Ordering, collections::HashMap};

use crate::Value;

/// Members in the order they are shown; those that are not named come after, by value.
#[derive(Debug, Default)]
pub(super) struct MemberRanks<'a>(HashMap<MemberKey<'a>, usize>);

impl<'a> MemberRanks<'a> {
    pub fn new(members: &'a [Value]) -> Self {
        Self(members.iter().enumerate().map(|(place, member)| (MemberKey(member), place)).collect())
    }

    pub fn order(&self, a: &Value, b: &Value) -> Ordering {
        let rank = |value: &Value| self.0.get(&MemberKey(value)).copied().unwrap_or(usize::MAX);
        rank(a).cmp(&rank(b)).then_with(|| a.order(b))
    }
}

/// A member as what tells partitions apart: by its exact value.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemberKey<'a>(pub &'a Value);

impl PartialEq for MemberKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Value::Real(a), Value::Real(b)) => bits(*a) == bits(*b),
            (a, b) => a == b,
        }
    }
}

impl Eq for MemberKey<'_> {}

/// Both zeros are one.
fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

impl std::hash::Hash for MemberKey<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self.0).hash(state);
        match self.0 {
            Value::Null => {}
            Value::Boolean(truth) => truth.hash(state),
            Value::Integer(number) => number.hash(state),
            Value::Real(number) => bits(*number).hash(state),
            Value::Text(text) => text.hash(state),
            Value::Date(days) => days.hash(state),
            Value::DateTime(micros) => micros.hash(state),
            Value::Spatial(shape) => shape.hash(state),
        }
    }
}

/// The members a mark has of some dimensions; `members` are the columns of all.
pub(super) fn header<'a>(dimensions: &[usize], members: &[&'a [Value]], mark: usize) -> Vec<MemberKey<'a>> {
    dimensions.iter().map(|dimension| MemberKey(&members[*dimension][mark])).collect()
}
