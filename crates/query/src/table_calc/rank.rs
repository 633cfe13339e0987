//! Ranks.

use crate::Value;

/// How equal values are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ties {
    /// All get the first of their places: 1, 2, 2, 4.
    Competition,
    /// All get the last of their places: 1, 3, 3, 4.
    Modified,
    /// All get the same, and none is left out: 1, 2, 2, 3.
    Dense,
    /// Each gets its own, in the order of the partition: 1, 2, 3, 4.
    Unique,
    /// The share of values that come no later: 0.25, 0.75, 0.75, 1.
    Percentile,
}

/// The rank of each value; NULL has none, and counts for nothing.
pub(super) fn ranks(values: &[Value], ties: Ties, descending: bool) -> Vec<Value> {
    let mut places: Vec<usize> = (0..values.len()).filter(|place| !values[*place].is_null()).collect();
    places.sort_by(|a, b| {
        let order = values[*a].order(&values[*b]);
        if descending { order.reverse() } else { order }
    });
    let mut ranks = vec![Value::Null; values.len()];
    let (mut before, mut groups) = (0, 0);
    for group in places.chunk_by(|a, b| values[*a].order(&values[*b]).is_eq()) {
        groups += 1;
        for (nth, place) in group.iter().enumerate() {
            let rank = match ties {
                Ties::Competition => before + 1,
                Ties::Modified | Ties::Percentile => before + group.len(),
                Ties::Dense => groups,
                Ties::Unique => before + nth + 1,
            };
            ranks[*place] = match ties {
                Ties::Percentile => Value::Real(rank as f64 / places.len() as f64),
                _ => i64::try_from(rank).map_or(Value::Null, Value::Integer),
            };
        }
        before += group.len();
    }
    ranks
}
