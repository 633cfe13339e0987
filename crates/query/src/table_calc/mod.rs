//! Table calculations: what is done to an answer's values after they came.
//!
//! A [`Calculation`] is made of a column instance and of the formulas it rests on. Before SQL is asked it tells what it needs of each
//! mark ([`Calculation::inputs`]) and of all marks of a partition together ([`Calculation::totals`]); when the marks have come,
//! [`Calculation::compute`] gives a value for each.
//!
//! # Along what it goes
//!
//! The dimensions of the marks ([`Layout`]) are divided in two: a calculation goes *along* some of them, and begins anew for each
//! combination of members of the others, which makes a *partition*.
//!
//! | `ordering-type` | shown as | goes along |
//! | --- | --- | --- |
//! | `Rows` | Table (across) | the dimensions on the shelf of columns |
//! | `Columns` | Table (down) | those on the shelf of rows |
//! | `Table` | Table (across then down) | both: rows, and within each the columns |
//! | `TableCol` | Table (down then across) | both: columns, and within each the rows |
//! | `RowInPane`, `ColumnInPane` | Pane (across), Pane (down) | the innermost dimension on the shelf of columns, of rows |
//! | `Pane`, `PaneCol` | Pane (across then down), (down then across) | both of these |
//! | `CellInPane` | Cell | the dimensions on no shelf |
//! | `Field` | Specific Dimensions | those named, from the outermost |
//!
//! Where the shelf in question has no dimension, `Rows`, `Columns` and their like go along the dimensions on no shelf: the slices of a
//! pie, the parts of a stacked bar.
//!
//! With `Field`, a `level-break` makes all named dimensions before it partition too (the calculation begins anew when one of them
//! changes), and a `level-address` makes all after it partition: a step is one of that level, the rest staying equal.
//!
//! # Order
//!
//! Marks of a partition come in the order of their members, the outermost dimension first; with a sort, in the order of the value it
//! names, and equal ones by member.
//!
//! # Marks without data
//!
//! Where a sheet has discrete dimensions on both shelves and none elsewhere, Tableau gives table calculations a mark for each
//! combination of row and column headers, data or not, so that a running total stands in cells without data. [`missing_marks`] tells
//! which marks are to be added, with NULL for inputs. Marks between the dates of a continuous axis are not added.
//!
//! # Totals
//!
//! `TOTAL` and `PctTotal` are the aggregate over all rows of data of a partition. For `SUM`, `COUNT`, `MIN` and `MAX` that follows
//! from the marks and is computed here. Anything else ([`Total::needs_query`]) has to be asked of the data, grouped by
//! [`Total::dimensions`].

mod address;
mod aggregate;
mod calculation;
mod compile;
mod formula;
mod function;
mod member;
mod missing;
mod quick;
mod rank;

pub use address::{Dimension, Layout, Place};
pub use calculation::{Calculation, Input, Marks, Total};
pub(crate) use compile::summed_up;
pub use compile::{Fields, Named};
pub use missing::missing_marks;
