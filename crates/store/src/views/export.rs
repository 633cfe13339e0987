//! What a view is drawn and asked of.

use tavola_model::{Capability, ContentKind, GroupId, ViewId, WorkbookId};

use super::find;
use crate::{
    Actor, Error, Store,
    content::Blob,
    items,
    sql::{Db, statements, values},
};

statements! {
    ASKER = "SELECT a.name, a.full_name, a.domain FROM users u JOIN accounts a ON a.id = u.account_id WHERE u.id = $1";
    GROUPS = "SELECT g.id, g.name FROM group_users gu JOIN groups g ON g.id = gu.group_id WHERE gu.user_id = $1 \
        ORDER BY g.name_key";
    SHEETS = "SELECT id, name FROM views WHERE workbook_id = $1 AND hidden = 0 ORDER BY position";
}

/// A view, the file it is drawn from, and who asks.
#[derive(Debug, Clone)]
pub struct Export {
    /// The name of the sheet.
    pub sheet: String,
    /// The workbook.
    pub workbook: ExportedWorkbook,
}

/// A workbook, the file its views are drawn from, and who asks.
#[derive(Debug, Clone)]
pub struct ExportedWorkbook {
    /// Its id.
    pub id: WorkbookId,
    /// Its name.
    pub name: String,
    /// The sheets of it that are drawn, in their order.
    pub sheets: Vec<String>,
    /// The newest revision of its file.
    pub file: Blob,
    /// Who asks.
    pub asker: Asker,
}

/// Who asks: what formulas may know of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The name they sign in with.
    pub name: String,
    /// The name people see.
    pub full_name: String,
    /// The domain of the name.
    pub domain: String,
    /// The groups they are in, on the site.
    pub groups: Vec<(GroupId, String)>,
}

/// A view that the actor may export: `capability` is [`Capability::ExportImage`] or [`Capability::ExportData`].
pub async fn export(store: &Store, actor: &Actor, id: ViewId, capability: Capability) -> Result<Export, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let view = find(db, &actor, id, capability)?;
            let (workbook, sheet) = (view.workbook_id, view.name.clone());
            let workbook = exported(db, &actor, workbook, vec![sheet.clone()])?;
            Ok(Export { sheet, workbook })
        })
        .await
}

/// A workbook that the actor may export, with those views of it that they may export too.
pub async fn export_workbook(store: &Store, actor: &Actor, id: WorkbookId) -> Result<ExportedWorkbook, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            items::find(db, &actor, ContentKind::Workbook, &id.to_string(), Capability::ExportImage)?;
            let mut sheets = Vec::new();
            for mut row in db.query(SHEETS, values![id])? {
                let (view, name): (ViewId, String) = (row.take()?, row.take()?);
                match find(db, &actor, view, Capability::ExportImage) {
                    Ok(_) => sheets.push(name),
                    Err(Error::NotFound(_) | Error::Forbidden(_)) => {}
                    Err(problem) => return Err(problem),
                }
            }
            exported(db, &actor, id, sheets)
        })
        .await
}

/// A workbook of which the actor was granted something.
fn exported(db: &mut Db<'_>, actor: &Actor, id: WorkbookId, sheets: Vec<String>) -> Result<ExportedWorkbook, Error> {
    let file = items::newest_file(db, ContentKind::Workbook, &id.to_string(), actor.site_id())?;
    let mut asker = db.query_one(ASKER, values![actor.user_id()])?;
    let mut groups = db.query(GROUPS, values![actor.user_id()])?;
    Ok(ExportedWorkbook {
        id,
        name: file.name,
        sheets,
        file: file.blob,
        asker: Asker {
            name: asker.take()?,
            full_name: asker.take()?,
            domain: asker.take()?,
            groups: groups.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect::<Result<_, Error>>()?,
        },
    })
}
