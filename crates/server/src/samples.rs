//! Samples: a workbook and a data source of our own making, for whoever wants something to look at in a project.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use tavola_model::{ContentName, ProjectId};
use tavola_store::{
    Actor, Store,
    content::{self, Blob, ReceiveError},
    items::Destination,
};

use crate::{datasources, error::Error, publishing::Reader, workbooks};

/// The name of both: one that nobody gives to content of their own, for samples take the place of what has it.
const NAME: &str = "Tavola Tea Shop";
const WORKBOOK: &[u8] = include_bytes!("../samples/tea-shop.twb");
const DATASOURCE: &[u8] = include_bytes!("../samples/tea-shop.tds");
const ROWS: &[u8] = include_bytes!("../samples/tea-shop.csv");

/// Asks whether the actor may publish samples into a project.
pub(crate) async fn check(store: &Store, actor: &Actor, project: ProjectId) -> Result<(), Error> {
    workbooks::check_sample(store, actor, destination(project)?).await?;
    datasources::check_sample(store, actor, destination(project)?).await
}

/// Publishes samples into a project, over those that are there.
pub(crate) async fn publish(store: &Store, actor: &Actor, reader: &Reader, project: ProjectId) -> Result<(), Error> {
    let workbook = received(store, &[("Tea Shop.twb", WORKBOOK), ("Data/tea-shop.csv", ROWS)]).await?;
    workbooks::publish_sample(store, actor, reader, destination(project)?, workbook).await?;
    let datasource = received(store, &[("Tea Shop.tds", DATASOURCE), ("Data/tea-shop.csv", ROWS)]).await?;
    datasources::publish_sample(store, actor, reader, destination(project)?, datasource).await
}

fn destination(project: ProjectId) -> Result<Destination, Error> {
    let name: ContentName = NAME.parse()?;
    Ok(Destination { project_id: Some(project), name, overwrite: true })
}

async fn received(store: &Store, files: &[(&str, &[u8])]) -> Result<Blob, Error> {
    let package = tavola_workbook::pack(files).map_err(Error::unexpected)?;
    let bytes = stream::iter([Ok::<_, Infallible>(Bytes::from(package))]);
    content::receive(store, bytes, u64::MAX).await.map_err(|problem| match problem {
        ReceiveError::Store(problem) => problem.into(),
        ReceiveError::Stream(never) => match never {},
    })
}
