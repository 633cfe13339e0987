//! Values, rows, and the two hands on a database: [`Db`] reads, [`Tx`] also writes.
//!
//! Every statement of a room is one text for both databases; here is where the two drivers are made to look alike.

use std::{
    error::Error as StdError,
    ops::{Deref, DerefMut},
    str::FromStr,
};

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use tavola_model::{
    AccountId, AdminMode, AuthSetting, BlobId, Capability, ConnectedAppId, ConnectedAppSecretId, ConnectionId,
    ContentKind, ContentPermissions, ContentUrl, CustomViewId, DatasourceId, DomainId, ExternalAuthorizationServerId,
    FavoriteId, FlowId, GroupId, GroupSetId, IdpConfigurationId, JobId, JobType, PermissionMode, PersonalAccessTokenId,
    ProjectId, ScimConfigurationId, SessionId, SheetType, SiteId, SiteName, SiteRole, SiteState, Timestamp, TokenName,
    UploadId, UserId, UserName, ViewId, VirtualConnectionId, WorkbookId,
};

use crate::{Error, dialect::Dialect, postgres_engine};

/// A value that both databases hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// The values of a statement's `$1`, `$2`, … in that order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*][..] };
}
pub(crate) use values;

/// The named statements of a room. Tests find them all under `STATEMENTS` and prepare each on both databases.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* const $name: &str = $text;)*

        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use statements;

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(time.as_millis())
    }
}

impl From<[u8; 32]> for Value {
    fn from(bytes: [u8; 32]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<T> From<Option<T>> for Value
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

/// A type that a column can be read as.
pub(crate) trait FromValue: Sized {
    fn from_value(value: Value) -> Result<Self, Value>;
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Int(number) => Ok(number),
            other => Err(other),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, Value> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Result<Self, Value> {
        i64::from_value(value).map(Self::from_millis)
    }
}

impl FromValue for [u8; 32] {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Blob(bytes) => bytes.try_into().map_err(Value::Blob),
            other => Err(other),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(other),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(other),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// Types stored as their text.
macro_rules! stored_as_text {
    ($($name:ty),*) => {$(
        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                Self::Text(value.to_string())
            }
        }

        impl From<&$name> for Value {
            fn from(value: &$name) -> Self {
                Self::Text(value.to_string())
            }
        }

        impl FromValue for $name {
            fn from_value(value: Value) -> Result<Self, Value> {
                match value {
                    Value::Text(text) => <$name>::from_str(&text).map_err(|_| Value::Text(text)),
                    other => Err(other),
                }
            }
        }
    )*};
}

stored_as_text!(
    AccountId,
    AdminMode,
    AuthSetting,
    BlobId,
    Capability,
    ConnectedAppId,
    ConnectedAppSecretId,
    ConnectionId,
    ContentKind,
    ContentPermissions,
    ContentUrl,
    DatasourceId,
    DomainId,
    ExternalAuthorizationServerId,
    FlowId,
    CustomViewId,
    FavoriteId,
    GroupId,
    GroupSetId,
    IdpConfigurationId,
    JobId,
    JobType,
    PermissionMode,
    PersonalAccessTokenId,
    ProjectId,
    ScimConfigurationId,
    SessionId,
    SheetType,
    SiteId,
    SiteName,
    SiteRole,
    SiteState,
    TokenName,
    UploadId,
    UserId,
    UserName,
    ViewId,
    VirtualConnectionId,
    WorkbookId
);

/// One row of an answer, read column by column from the left.
#[derive(Debug)]
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl Row {
    /// The next column.
    pub(crate) fn take<T: FromValue>(&mut self) -> Result<T, Error> {
        let column = self.0.next().ok_or_else(|| Error::unavailable("a row has fewer columns than are read"))?;
        T::from_value(column).map_err(|_| {
            Error::unavailable(format!("a column of the database does not hold a {}", std::any::type_name::<T>()))
        })
    }
}

/// A database to read from.
pub(crate) struct Db<'c> {
    connection: Connection<'c>,
    now: Timestamp,
}

pub(crate) enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres(&'c mut postgres_engine::Session),
}

impl<'c> Db<'c> {
    pub(crate) fn new(connection: Connection<'c>, now: Timestamp) -> Self {
        Self { connection, now }
    }

    /// The time at which this read or write takes place.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// All rows of an answer.
    pub(crate) fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        self.each(statement, values, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Each row of an answer, one after the other.
    pub(crate) fn each(
        &mut self,
        statement: &str,
        values: &[Value],
        mut take: impl FnMut(Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut prepared = connection.prepare_cached(&numbered(statement)).map_err(Error::unavailable)?;
                bind(&mut prepared, values)?;
                let columns = prepared.column_count();
                let mut answer = prepared.raw_query();
                while let Some(row) = answer.next().map_err(Error::unavailable)? {
                    let row: Result<Vec<Value>, Error> = (0..columns)
                        .map(|column| row.get_ref(column).map_err(Error::unavailable).and_then(from_sqlite))
                        .collect();
                    take(Row(row?.into_iter()))?;
                }
            }
            Connection::Postgres(session) => {
                for row in session.query(statement, values)? {
                    let columns: Result<Vec<Value>, Error> =
                        (0..row.len()).map(|column| from_postgres(&row, column)).collect();
                    take(Row(columns?.into_iter()))?;
                }
            }
        }
        Ok(())
    }

    /// The first row of an answer, if there is one.
    pub(crate) fn query_opt(&mut self, statement: &str, values: &[Value]) -> Result<Option<Row>, Error> {
        Ok(self.query(statement, values)?.into_iter().next())
    }

    /// The row of an answer that always has one, such as a count.
    pub(crate) fn query_one(&mut self, statement: &str, values: &[Value]) -> Result<Row, Error> {
        self.query_opt(statement, values)?.ok_or_else(|| Error::unavailable("a statement that always answers did not"))
    }
}

/// A transaction: a database to read from and write to.
pub(crate) struct Tx<'c>(Db<'c>);

impl<'c> Tx<'c> {
    pub(crate) fn new(connection: Connection<'c>, now: Timestamp) -> Self {
        Self(Db::new(connection, now))
    }

    /// Changes rows; says how many.
    pub(crate) fn execute(&mut self, statement: &str, values: &[Value]) -> Result<u64, Error> {
        match &mut self.0.connection {
            Connection::Sqlite(connection) => {
                let mut prepared = connection.prepare_cached(&numbered(statement)).map_err(Error::unavailable)?;
                bind(&mut prepared, values)?;
                prepared.raw_execute().map(|changed| changed as u64).map_err(Error::unavailable)
            }
            Connection::Postgres(session) => session.execute(statement, values),
        }
    }

    /// Makes a change that may be refused without taking with it what was changed before. The outer error is the
    /// database's own, of which the whole transaction dies.
    pub(crate) fn attempt<T>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, Error> {
        self.command("SAVEPOINT attempt")?;
        match change(self) {
            Ok(value) => {
                self.command("RELEASE SAVEPOINT attempt")?;
                Ok(Ok(value))
            }
            Err(Error::Unavailable(cause)) => Err(Error::Unavailable(cause)),
            Err(refusal) => {
                self.command("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")?;
                Ok(Err(refusal))
            }
        }
    }

    fn command(&mut self, command: &str) -> Result<(), Error> {
        match &mut self.0.connection {
            Connection::Sqlite(connection) => connection.execute_batch(command).map_err(Error::unavailable),
            Connection::Postgres(session) => session.run(command),
        }
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = Db<'c>;

    fn deref(&self) -> &Db<'c> {
        &self.0
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// A statement with its parameters in SQLite's words: `?2` is the second value, as `$2` is for PostgreSQL. For SQLite that
/// would be a name, which it looks for among all others: a thousand of them cost more than the rows that they bring.
fn numbered(statement: &str) -> String {
    statement.replace('$', "?")
}

/// Binds by the parameters' numbers.
fn bind(prepared: &mut rusqlite::CachedStatement<'_>, values: &[Value]) -> Result<(), Error> {
    let count = prepared.parameter_count();
    let values = values.get(..count).ok_or_else(|| Error::unavailable("a statement has parameters without a value"))?;
    for (number, value) in (1..).zip(values) {
        prepared.raw_bind_parameter(number, value).map_err(Error::unavailable)?;
    }
    Ok(())
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn from_sqlite(value: rusqlite::types::ValueRef<'_>) -> Result<Value, Error> {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(text) => std::str::from_utf8(text).map(Value::from).map_err(Error::unavailable),
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
        ValueRef::Real(_) => Err(Error::unavailable("the database holds a fraction where none belongs")),
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Self::Text(text) if *ty == Type::TEXT || *ty == Type::VARCHAR => text.to_sql(ty, out),
            Self::Blob(bytes) if *ty == Type::BYTEA => bytes.as_slice().to_sql(ty, out),
            _ => Err(format!("a parameter of type {ty} was given another type of value").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

fn from_postgres(row: &postgres::Row, column: usize) -> Result<Value, Error> {
    let ty = row.columns()[column].type_();
    let value = match *ty {
        Type::INT8 => row.try_get::<_, Option<i64>>(column).map(Value::from),
        Type::INT4 => row.try_get::<_, Option<i32>>(column).map(|number| Value::from(number.map(i64::from))),
        Type::BOOL => row.try_get::<_, Option<bool>>(column).map(Value::from),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column).map(|b| b.map_or(Value::Null, Value::Blob)),
        _ => row.try_get::<_, Option<String>>(column).map(Value::from),
    };
    value.map_err(Error::unavailable)
}
