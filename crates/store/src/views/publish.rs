//! The sheets of a file become the views of its workbook.

use std::collections::{HashMap, HashSet};

use tavola_model::{SheetType, ViewId};

use super::{DELETE, forget};
use crate::{
    Error, Store,
    content::SealedBytes,
    items, permissions, random,
    sql::{Tx, statements, values},
};

/// A sheet of a workbook that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewView {
    /// Its name.
    pub name: String,
    /// Its title; `""` for none.
    pub title: String,
    /// What kind of sheet it is.
    pub sheet_type: SheetType,
    /// Whether it is no view, only part of others.
    pub hidden: bool,
    /// Its picture, a PNG, if the file has one.
    pub preview: Option<Vec<u8>>,
}

statements! {
    SHEETS = "SELECT name, id, url_name_key FROM views WHERE workbook_id = $1";
    INSERT = "INSERT INTO views (id, workbook_id, name, name_key, title, url_name, url_name_key, sheet_type, position, \
        hidden, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
    UPDATE = "UPDATE views SET title = $2, sheet_type = $3, position = $4, hidden = $5, updated_at = $6 WHERE id = $1";
    DELETE_PICTURE = "DELETE FROM view_previews WHERE view_id = $1";
    INSERT_PICTURE = "INSERT INTO view_previews (view_id, png) VALUES ($1, $2)";
}

/// New sheets, with their pictures sealed.
pub(crate) struct Sealed(Vec<(NewView, Option<SealedBytes>)>);

pub(crate) fn seal(store: &Store, views: Vec<NewView>) -> Result<Sealed, Error> {
    let seal = |mut view: NewView| {
        let picture = view.preview.take().map(|png| SealedBytes::seal(store, &png)).transpose()?;
        Ok((view, picture))
    };
    views.into_iter().map(seal).collect::<Result<_, _>>().map(Sealed)
}

/// Puts the sheets of a file in place of those the workbook has. One of the same name keeps its id, URL, rules and tags; a
/// new one begins with the rules of the workbook, where views have their own. Gives the ids and names of those that are not
/// hidden.
pub(crate) fn publish(
    tx: &mut Tx<'_>,
    workbook: &str,
    new: &Sealed,
    own_rules: bool,
) -> Result<Vec<(ViewId, String)>, Error> {
    let mut old: HashMap<String, (ViewId, String)> = HashMap::new();
    for mut row in tx.query(SHEETS, values![workbook])? {
        old.insert(row.take()?, (row.take()?, row.take()?));
    }
    let vanished: Vec<String> =
        old.keys().filter(|name| !new.0.iter().any(|(view, _)| view.name == **name)).cloned().collect();
    for name in vanished {
        if let Some((id, _)) = old.remove(&name) {
            forget(tx, &id.to_string())?;
            tx.execute(DELETE, values![id])?;
        }
    }
    let mut taken: HashSet<String> = old.values().map(|(_, url)| url.clone()).collect();
    let now = tx.now();
    let mut shown = Vec::new();
    for (position, (view, picture)) in new.0.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let id = if let Some((id, _)) = old.get(&view.name) {
            tx.execute(UPDATE, values![*id, &view.title, view.sheet_type, position, view.hidden, now])?;
            tx.execute(DELETE_PICTURE, values![*id])?;
            *id
        } else {
            let id = ViewId::from_random_bytes(random::bytes());
            let mut url_name = items::url_name(&view.name);
            if url_name.is_empty() {
                "Sheet".clone_into(&mut url_name);
            }
            let url_name = items::first_free(&url_name, |url| taken.contains(url));
            taken.insert(url_name.to_lowercase());
            tx.execute(
                INSERT,
                values![
                    id,
                    workbook,
                    &view.name,
                    view.name.to_lowercase(),
                    &view.title,
                    &url_name,
                    url_name.to_lowercase(),
                    view.sheet_type,
                    position,
                    view.hidden,
                    now
                ],
            )?;
            if own_rules {
                permissions::copy_to_view(tx, workbook, &id.to_string())?;
            }
            id
        };
        if let Some(png) = picture {
            tx.execute(INSERT_PICTURE, values![id, png])?;
        }
        if !view.hidden {
            shown.push((id, view.name.clone()));
        }
    }
    Ok(shown)
}
