//! The rows of published Hyper data.

use std::path::Path;

use http::{HeaderName, HeaderValue};
use tavola_api::{
    Direction, Encoding, encode,
    hyper_data::{REQUEST_ID, UPDATE, UPDATE_CONNECTION, UpdateHyperData},
    jobs::{Job, JobMessage},
};
use tavola_model::{ConnectionId, DatasourceId};

use crate::{
    ContentRoom, Datasources, Error, PathValue, ambient,
    transport::{Body, Payload},
};

impl ContentRoom<'_, Datasources> {
    /// Changes the rows of a data source by actions, as a job: all are done, or none. See
    /// [`api::hyper_data`](tavola_api::hyper_data) for the actions.
    ///
    /// `rows` is a `.hyper` file with the rows they take, which is sent in blocks. `connection` says which one is meant, of a
    /// data source with several. The same `request_id` again within a day begins nothing, and is answered by the first job;
    /// without one each call is a request of its own, and repeated by this client alone.
    pub async fn update_hyper_data(
        &self,
        id: DatasourceId,
        connection: Option<ConnectionId>,
        update: &UpdateHyperData,
        rows: Option<&Path>,
        request_id: Option<&str>,
    ) -> Result<Job, Error> {
        let client = self.client();
        let upload = match rows {
            Some(rows) => Some(client.upload_in_blocks(rows).await?),
            None => None,
        };
        let request_id = request_id
            .map_or_else(|| format!("tavola-{:016x}{:016x}", ambient::dice(), ambient::dice()), str::to_owned);
        let request_id = HeaderValue::try_from(request_id).map_err(Error::invalid)?;
        let headers = [(HeaderName::from_static(REQUEST_ID), request_id)];
        let query: Vec<(&str, &str)> = upload.iter().map(|upload| ("uploadSessionId", upload.as_str())).collect();
        // The reference has no XML for it.
        let body = |version| {
            let bytes = encode(update, Encoding::Json, Direction::Request, version).map_err(Error::invalid)?;
            let content_type = HeaderValue::from_static(Encoding::Json.content_type());
            Ok(Some(Body { content_type, payload: Payload::Bytes(bytes.into()) }))
        };
        let mut path = vec![PathValue::SessionSite, PathValue::Of(&id)];
        let about = match &connection {
            None => &UPDATE.about,
            Some(connection) => {
                path.push(PathValue::Of(connection));
                &UPDATE_CONNECTION.about
            }
        };
        client.send_signed_in::<JobMessage, _>(about, &path, &query, &headers, body).await.map(|answer| answer.job)
    }
}
