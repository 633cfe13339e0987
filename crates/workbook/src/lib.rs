//! Tableau's files as plain values: bytes in, values and notes out.
//!
//! [`open`] reads a workbook (`.twb`), a data source (`.tds`) or a package of either (`.twbx`, `.tdsx`), and recognises
//! flows (`.tfl`, `.tflx`) and extracts (`.hyper`). What a file is, is told by its content; its name is never asked for.
//! Extracts and images of a package are located and read on demand, so a package of many gigabytes costs no more memory
//! than its document; the document is read as a stream, and what is kept of it is bounded by [`Limits`].
//!
//! [`pack`] makes a package, [`Package::repack`] writes one anew with another content of one file, and [`without_extracts`] gives
//! a file as it is when its extracts are left out.
//!
//! The crate never opens a file or a socket, writes only to where it is told, never looks at a clock, and never asks anything of
//! data: it
//! reads through the reader it is given. Whatever the bytes are, the answer is a value or an [`Error`], never a panic.
//!
//! # Feature forks
//!
//! Newer versions of Tableau write some things twice, for readers that know a feature and for those that do not: an
//! element or attribute named `_.fcp.FEATURE.true...relation` for the first, `_.fcp.FEATURE.false...relation` for the
//! others. This crate reads as if it knew every feature: the first form is read under its plain name, and wins over an
//! attribute that has that name without a fork; the second is passed over with all that is in it. That happens in one
//! place, where an element is read, so nothing else in the crate knows of forks.
//!
//! # What is read, and what is not
//!
//! What the crate does not know is ignored: the format has many versions, and files of all of them (8 to 2026) are read
//! alike. What it knows but understands only in part becomes a [`Note`].
//!
//! Start with [`Package`], then [`Workbook`] and [`DataSource`]. What the names on a [`Worksheet`] stand for says
//! [`Workbook::resolve`].
//!
//! ```
//! use std::io::Cursor;
//! use tavola_workbook::{Content, Limits, open};
//!
//! let twb = "<workbook version='18.1'><worksheets><worksheet name='Sales'/></worksheets></workbook>";
//! let package = open(Cursor::new(twb), Limits::default())?;
//! let Content::Workbook(workbook) = package.content() else { panic!("this is a workbook") };
//! assert_eq!(workbook.worksheets[0].name, "Sales");
//! # Ok::<(), tavola_workbook::Error>(())
//! ```
#![warn(missing_docs)]

mod action;
mod connection;
mod dashboard;
mod data_source;
mod directory;
mod error;
mod field;
mod filter;
mod flow;
mod limits;
mod mapped_image;
mod name;
mod package;
mod pane;
mod parameter;
mod relation;
mod remote_column;
mod resolve;
mod seen;
mod shelf;
mod shown_name;
mod sort;
mod source_file;
mod style;
mod table_calc;
mod thumbnail;
mod window;
mod without_extracts;
mod workbook;
mod worksheet;
mod xml;
mod zone;

pub use action::Action;
pub use connection::{Connection, PublishedDataSource, RepositoryLocation};
pub use dashboard::{Dashboard, DashboardSize, Story, StoryPoint};
pub use data_source::{DataSource, Extract, Hierarchy};
pub use error::Error;
pub use field::{Calculation, DataType, Field, FieldType, GroupMember, Role};
pub use filter::{Filter, FilterKind, Members};
pub use flow::{Flow, OutputStep};
pub use limits::{Limits, Note};
pub use mapped_image::MappedImage;
pub use name::{name_parts, unbracketed};
pub use package::{Content, Entry, EntryReader, Kind, Package, open, pack};
pub use pane::{Encoding, Pane, ReferenceLine};
pub use parameter::{Domain, Parameter, ParameterMember};
pub use relation::{
    Expression, FileFormat, LogicalTable, Promise, Relation, RelationColumn, RelationKind, Relationship,
};
pub use remote_column::{ColumnPlace, RemoteColumn};
pub use resolve::{Meaning, ResolvedField, is_date_derivation};
pub use seen::{ExtractFormat, Seen};
pub use shelf::{FieldRef, Shelf};
pub use sort::{Sort, SortBy};
pub use source_file::SourceFile;
pub use style::{Format, FormattedText, Style, StyleEncoding, StyleRule, TextRun};
pub use table_calc::TableCalc;
pub use thumbnail::Thumbnail;
pub use window::{Card, Window};
pub use without_extracts::{WithoutExtracts, without_extracts};
pub use workbook::{CustomShape, Palette, View, ViewKind, Workbook};
pub use worksheet::{ColumnInstance, Dependencies, UsedDataSource, Worksheet};
pub use zone::{Zone, ZoneKind};
