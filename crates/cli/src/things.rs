//! Things of several kinds, named by flags: what favorites and tags on many things are about.

use clap::Args;
use tavola_client::{Client, Datasources, Flows, Views, VirtualConnections, Workbooks};

use crate::{
    Failure,
    content::{Kind, find},
};

/// Things of the kinds that are favorites as well as tagged.
#[derive(Debug, Args)]
pub struct Things {
    /// A workbook, by its name, its name in addresses or its id; may be repeated
    #[arg(long, value_name = "WORKBOOK", help_heading = "Which", group = "things")]
    pub workbook: Vec<String>,
    /// A view, by its name, its name in addresses or its id; may be repeated
    #[arg(long, value_name = "VIEW", help_heading = "Which", group = "things")]
    pub view: Vec<String>,
    /// A data source, by its name, its name in addresses or its id; may be repeated
    #[arg(long, value_name = "DATASOURCE", help_heading = "Which", group = "things")]
    pub datasource: Vec<String>,
    /// A flow, by its name or id; may be repeated
    #[arg(long, value_name = "FLOW", help_heading = "Which", group = "things")]
    pub flow: Vec<String>,
}

/// A virtual connection among things.
#[derive(Debug, Args)]
pub struct AndVirtualConnections {
    /// A virtual connection, by its name or id; may be repeated
    #[arg(long, value_name = "CONNECTION", help_heading = "Which", group = "things")]
    pub virtual_connection: Vec<String>,
}

/// The ids of what these name.
pub async fn ids<K: Kind>(client: &Client, names: &[String]) -> Result<Vec<K::Id>, Failure> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        ids.push(find::<K>(client, name, None).await?);
    }
    Ok(ids)
}

impl Things {
    /// The same as what is tagged at once, with virtual connections.
    pub async fn tagged(
        &self,
        client: &Client,
        others: &AndVirtualConnections,
    ) -> Result<tavola_client::Things, Failure> {
        let mut things = tavola_client::Things::default();
        ids::<Workbooks>(client, &self.workbook).await?.into_iter().for_each(|id| things.push::<Workbooks>(id));
        ids::<Views>(client, &self.view).await?.into_iter().for_each(|id| things.push::<Views>(id));
        ids::<Datasources>(client, &self.datasource).await?.into_iter().for_each(|id| things.push::<Datasources>(id));
        ids::<Flows>(client, &self.flow).await?.into_iter().for_each(|id| things.push::<Flows>(id));
        let others = ids::<VirtualConnections>(client, &others.virtual_connection).await?;
        others.into_iter().for_each(|id| things.push::<VirtualConnections>(id));
        Ok(things)
    }
}
