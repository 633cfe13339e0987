//! Changes to the rows of an extract: those of another are added, or put in the place of some.

use crate::{Access, Column, Error, Session, Table, sql, tables};

use std::path::Path;

/// The names under which statements call the two databases.
const TARGET: &str = "target";
const SOURCE: &str = "source";
/// A table of this session alone.
const NEW_ROWS: &str = "rows_to_insert";

/// A table as a request names it: without a schema it is the one of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// Its schema.
    pub schema: Option<String>,
    /// Its name.
    pub table: String,
}

/// One change of a target's table, by a table of the source.
///
/// Columns are matched by name. A column that the source lacks becomes NULL in rows that are new, and stays as it is in
/// others; one that the target lacks is an error, and so are types that do not fit.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Change {
    /// Adds the rows of the source.
    Insert { target: TableName, source: TableName },
    /// Gives the rows for which the condition holds with a row of the source the values of that.
    Update { target: TableName, source: TableName, condition: Condition },
    /// The same, and adds the rows of the source for which it held with none.
    Upsert { target: TableName, source: TableName, condition: Condition },
    /// Deletes the rows for which the condition holds: with any row of the source, if one is named.
    Delete { target: TableName, source: Option<TableName>, condition: Condition },
    /// Puts the rows of the source in the place of all rows.
    Replace { target: TableName, source: TableName },
}

/// What is asked of a row of the target, and one of the source.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these hold.
    And(Vec<Condition>),
    /// One of these holds.
    Or(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// Two values compare so.
    Compare(Comparison, Operand, Operand),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal, and neither is NULL.
    Equal,
    /// They differ, and neither is NULL.
    NotEqual,
    /// They are equal, or both NULL.
    Is,
    /// They differ, NULL being a value like others.
    IsNot,
    /// The first is less.
    Less,
    /// The first is not greater.
    LessOrEqual,
    /// The first is greater.
    Greater,
    /// The first is not less.
    GreaterOrEqual,
}

impl Comparison {
    fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Is => "is not distinct from",
            Self::IsNot => "is distinct from",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A value that is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A column of the target.
    Target(String),
    /// A column of the source.
    Source(String),
    /// A value: Hyper's name of its type, and the value as text; none for NULL.
    Constant(ConstantType, Option<String>),
}

/// The types of constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstantType {
    /// A whole number.
    Integer,
    /// Any number.
    Double,
    /// A flag.
    Boolean,
    /// A text.
    Text,
    /// A day.
    Date,
    /// A day and a time.
    Timestamp,
    /// A day and a time in a time zone.
    TimestampTz,
    /// A time of day.
    Time,
}

impl ConstantType {
    fn sql(self) -> &'static str {
        match self {
            Self::Integer => "bigint",
            Self::Double => "double precision",
            Self::Boolean => "boolean",
            Self::Text => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Time => "time",
        }
    }
}

/// Changes the extract in the file `target` by that in the file `source`, both in the session's folder: all changes are made,
/// one after the other, or none.
pub async fn apply(session: &Session, target: &Path, source: Option<&Path>, changes: &[Change]) -> Result<(), Error> {
    on_both(session, target, source, |targets, sources| {
        let mut plan = Plan::default();
        for change in changes {
            plan.add(change, targets, sources)?;
        }
        Ok(plan)
    })
    .await
}

/// Adds the rows of the extract in the file `source` to that in the file `target`, each table's to that of the same name; the
/// only tables of both are taken for the same. They must have the same columns.
pub async fn append(session: &Session, target: &Path, source: &Path) -> Result<(), Error> {
    on_both(session, target, Some(source), |targets, sources| {
        if sources.is_empty() {
            return Err(Error::Unfit("the file has no table".to_owned()));
        }
        let mut plan = Plan::default();
        for source in sources {
            let same = |table: &&Table| table.schema == source.schema && table.name == source.name;
            let target = match (targets, sources) {
                ([one], [_]) => one,
                _ => targets
                    .iter()
                    .find(same)
                    .ok_or_else(|| Error::Unfit(format!("the table {} is not in the data source", source.shown())))?,
            };
            if let Some(missing) = target.columns.iter().find(|column| source.column(&column.name).is_none()) {
                return Err(Error::Unfit(format!(
                    "the column \"{}\" of the table {} is not in the file",
                    missing.name,
                    target.shown()
                )));
            }
            plan.changes.push(insert(target, source)?);
        }
        Ok(plan)
    })
    .await
}

/// What is to be done, as SQL.
#[derive(Default)]
struct Plan {
    /// Makes tables of this session. Hyper does not mix that with changes in one transaction.
    temporary: Vec<String>,
    /// Changes the target.
    changes: Vec<String>,
}

/// Opens both files, and does in one transaction what is found fit. After an error the session is of no use any more.
async fn on_both(
    session: &Session,
    target: &Path,
    source: Option<&Path>,
    plan: impl FnOnce(&[Table], &[Table]) -> Result<Plan, Error>,
) -> Result<(), Error> {
    let unfit = |what: &'static str| {
        move |problem| match problem {
            Error::Refused(problem) => Error::Unfit(format!("the extract of {what} cannot be opened: {problem}")),
            problem => problem,
        }
    };
    let mut sources = Vec::new();
    if let Some(source) = source {
        session.attach(source, SOURCE, Access::Read).await.map_err(unfit("the file"))?;
        sources = tables(session, SOURCE).await?;
    }
    session.attach(target, TARGET, Access::Write).await.map_err(unfit("the data source"))?;
    let targets = tables(session, TARGET).await?;
    let plan = plan(&targets, &sources)?;
    for statement in &plan.temporary {
        session.execute(statement).await?;
    }
    session.execute("begin").await?;
    for statement in &plan.changes {
        session.execute(statement).await?;
    }
    session.execute("commit").await?;
    session.detach(TARGET).await
}

/// The table that is meant.
fn find<'a>(tables: &'a [Table], named: &TableName, whose: &str) -> Result<&'a Table, Error> {
    let TableName { schema, table } = named;
    let mut found =
        tables.iter().filter(|one| one.name == *table && schema.as_ref().is_none_or(|schema| one.schema == *schema));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => {
            let schema = schema.as_ref().map(|schema| format!(" in the schema \"{schema}\"")).unwrap_or_default();
            Err(Error::Unfit(format!("there is no table \"{table}\"{schema} in {whose}")))
        }
        (Some(_), Some(_)) => {
            Err(Error::Unfit(format!("there is a table \"{table}\" in several schemas of {whose}: name the schema")))
        }
    }
}

impl Plan {
    fn add(&mut self, change: &Change, targets: &[Table], sources: &[Table]) -> Result<(), Error> {
        let target = |named: &TableName| find(targets, named, "the data source");
        let source = |named: &TableName| find(sources, named, "the uploaded file");
        match change {
            Change::Insert { target: to, source: from } => self.changes.push(insert(target(to)?, source(from)?)?),
            Change::Replace { target: to, source: from } => {
                let (to, from) = (target(to)?, source(from)?);
                self.changes.push(format!("delete from {}", to.in_database(TARGET)));
                self.changes.push(insert(to, from)?);
            }
            Change::Update { target: to, source: from, condition } => {
                self.changes.push(update(target(to)?, source(from)?, condition)?);
            }
            Change::Upsert { target: to, source: from, condition } => {
                let (to, from) = (target(to)?, source(from)?);
                let holds = holds(condition, to, Some(from))?;
                let new = sql::identifier(&format!("{NEW_ROWS}_{}", self.temporary.len()));
                let rows = from.in_database(SOURCE);
                self.temporary.push(format!("create temporary table {new} as select * from {rows} where false"));
                // What is new is told before anything changes: the condition may hold no more afterwards.
                self.changes.push(format!(
                    "insert into {new} select s.* from {rows} as s where not exists (select 1 from {} as t where {holds})",
                    to.in_database(TARGET)
                ));
                self.changes.push(update(to, from, condition)?);
                self.changes.push(insert_from(to, from, &new)?);
            }
            Change::Delete { target: to, source: from, condition } => {
                let to = target(to)?;
                let from = from.as_ref().map(source).transpose()?;
                let mut holds = holds(condition, to, from)?;
                if let Some(from) = from {
                    holds = format!("exists (select 1 from {} as s where {holds})", from.in_database(SOURCE));
                }
                self.changes.push(format!("delete from {} as t where {holds}", to.in_database(TARGET)));
            }
        }
        Ok(())
    }
}

fn insert(to: &Table, from: &Table) -> Result<String, Error> {
    insert_from(to, from, &from.in_database(SOURCE))
}

fn insert_from(to: &Table, from: &Table, rows: &str) -> Result<String, Error> {
    let columns = matched(to, from)?;
    if let Some(missing) = to.columns.iter().find(|column| !column.nullable && from.column(&column.name).is_none()) {
        return Err(Error::Unfit(format!(
            "the column \"{}\" of the table {} must have a value, and is not in the file",
            missing.name,
            to.shown()
        )));
    }
    let names: Vec<String> = columns.iter().map(|column| sql::identifier(&column.name)).collect();
    let names = names.join(", ");
    Ok(format!("insert into {} ({names}) select {names} from {rows}", to.in_database(TARGET)))
}

fn update(to: &Table, from: &Table, condition: &Condition) -> Result<String, Error> {
    let sets: Vec<String> = matched(to, from)?
        .iter()
        .map(|column| {
            let name = sql::identifier(&column.name);
            format!("{name} = s.{name}")
        })
        .collect();
    Ok(format!(
        "update {} as t set {} from {} as s where {}",
        to.in_database(TARGET),
        sets.join(", "),
        from.in_database(SOURCE),
        holds(condition, to, Some(from))?
    ))
}

/// The columns of the source, each of which the target has too.
fn matched<'a>(to: &Table, from: &'a Table) -> Result<&'a [Column], Error> {
    for column in &from.columns {
        let Column { name, data_type, .. } = column;
        let Some(there) = to.column(name) else {
            return Err(Error::Unfit(format!(
                "the column \"{name}\" of the file's table {} is not in the data source's table {}",
                from.shown(),
                to.shown()
            )));
        };
        if !fits(data_type, &there.data_type) {
            return Err(Error::Unfit(format!(
                "the column \"{name}\" is {data_type} in the file, and {} in the data source's table {}",
                there.data_type,
                to.shown()
            )));
        }
    }
    Ok(&from.columns)
}

/// Whether a value of a type is one of another too, as it is.
fn fits(from: &str, to: &str) -> bool {
    const NUMBERS: &[&str] = &["smallint", "integer", "bigint", "numeric", "double precision"];
    const TEXTS: &[&str] = &["text", "character varying", "character", "varchar", "char"];
    let base = |text: &str| text.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (from, to) = (base(from), base(to));
    let place = |text: &str| NUMBERS.iter().position(|number| *number == text);
    from == to
        || matches!((place(&from), place(&to)), (Some(from), Some(to)) if from < to)
        || TEXTS.contains(&from.as_str()) && TEXTS.contains(&to.as_str())
}

/// The condition as SQL, about a row `t` of the target and a row `s` of the source.
fn holds(condition: &Condition, to: &Table, from: Option<&Table>) -> Result<String, Error> {
    let all = |conditions: &[Condition], word: &str, none: &str| {
        let parts: Vec<String> =
            conditions.iter().map(|condition| holds(condition, to, from)).collect::<Result<_, _>>()?;
        Ok(if parts.is_empty() { none.to_owned() } else { format!("({})", parts.join(word)) })
    };
    match condition {
        Condition::And(conditions) => all(conditions, " and ", "true"),
        Condition::Or(conditions) => all(conditions, " or ", "false"),
        Condition::Not(condition) => Ok(format!("(not {})", holds(condition, to, from)?)),
        Condition::Compare(comparison, left, right) => {
            Ok(format!("({} {} {})", operand(left, to, from)?, comparison.sql(), operand(right, to, from)?))
        }
    }
}

fn operand(operand: &Operand, to: &Table, from: Option<&Table>) -> Result<String, Error> {
    let column = |alias: &str, name: &str, table: &Table, whose: &str| {
        let unknown =
            || Error::Unfit(format!("there is no column \"{name}\" in the table {} of {whose}", table.shown()));
        table.column(name).map(|_| format!("{alias}.{}", sql::identifier(name))).ok_or_else(unknown)
    };
    match operand {
        Operand::Target(name) => column("t", name, to, "the data source"),
        Operand::Source(name) => {
            let from = from.ok_or_else(|| {
                Error::Unfit(format!(
                    "the condition names the column \"{name}\" of a source, and no source-table is named"
                ))
            })?;
            column("s", name, from, "the uploaded file")
        }
        Operand::Constant(constant, None) => Ok(format!("cast(null as {})", constant.sql())),
        Operand::Constant(constant, Some(text)) => Ok(format!("cast({} as {})", sql::literal(text), constant.sql())),
    }
}
