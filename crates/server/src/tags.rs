//! Tags on many things at once.

use tavola_api::tags::{self as wire, TagBatchMessage};
use tavola_model::ContentKind;
use tavola_store::items::{Batch, tag_all, untag_all};

use crate::{call::Call, error::Error, items, router::Routes};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::BATCH_ADD, add);
    routes.on(wire::BATCH_DELETE, delete);
    routes.on(wire::BATCH_ADD_WITHOUT_SITE, add);
    routes.on(wire::BATCH_DELETE_WITHOUT_SITE, delete);
}

async fn add(call: Call<TagBatchMessage>) -> Result<TagBatchMessage, Error> {
    tag_all(&call.context.store, &call.actor, batch(&call.body)?).await?;
    Ok(call.body)
}

async fn delete(call: Call<TagBatchMessage>) -> Result<TagBatchMessage, Error> {
    untag_all(&call.context.store, &call.actor, batch(&call.body)?).await?;
    Ok(call.body)
}

fn batch(message: &TagBatchMessage) -> Result<Batch, Error> {
    let labels = message.tag_batch.tags.tag.iter().map(|tag| items::unquoted(&tag.label).to_owned()).collect();
    let contents = message.tag_batch.contents.content.iter().map(|item| {
        let kind = match item.content_type.to_ascii_lowercase().as_str() {
            "workbook" => ContentKind::Workbook,
            "view" => ContentKind::View,
            "datasource" => ContentKind::Datasource,
            "flow" => ContentKind::Flow,
            "virtualconnection" => ContentKind::VirtualConnection,
            other => return Err(Error::bad_request(format!("`{other}` is no type of content that has tags"))),
        };
        Ok((kind, item.id.clone()))
    });
    Ok(Batch { labels, contents: contents.collect::<Result<_, _>>()? })
}
