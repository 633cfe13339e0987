//! Files published: a small one in one request, a larger one in blocks, several at a time where the server can tell them
//! apart.

mod blocks;
mod multipart;

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{Endpoint, ErrorCode, Streamed};

use crate::{
    Client, Error, PathValue, Transfer,
    file_body::{FileRange, Meter, Source},
    list,
};

pub use blocks::UnfinishedUpload;
pub(crate) use blocks::is_numbered;
use multipart::{Multipart, boundary};

/// The longest file that goes in one request, as the reference says.
pub(crate) const LONGEST_IN_ONE_REQUEST: u64 = 64 << 20;

/// How a file is published.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PublishOptions {
    /// Takes the place of what has the same name in the same project.
    pub overwrite: bool,
    /// Adds the rows of the file to the data source of that name.
    pub append: bool,
    /// Asks for a job that does it in the background.
    pub as_job: bool,
    /// Publishes also what cannot reach its data.
    pub skip_connection_check: bool,
    /// Who is told how far it is, and what it goes on from.
    pub transfer: Transfer<UnfinishedUpload>,
}

impl PublishOptions {
    /// Takes the place of what has the same name in the same project.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Adds the rows of the file to the data source that has the same name in the same project. Both have an extract with the
    /// same columns.
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    /// Asks for a job that does it in the background, once the file is there.
    pub fn as_job(mut self, as_job: bool) -> Self {
        self.as_job = as_job;
        self
    }

    /// Publishes also what cannot reach its data.
    pub fn skip_connection_check(mut self, skip: bool) -> Self {
        self.skip_connection_check = skip;
        self
    }

    /// Who is told how far it is, and what it goes on from.
    pub fn transfer(mut self, transfer: Transfer<UnfinishedUpload>) -> Self {
        self.transfer = transfer;
        self
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let flags = [
            ("overwrite", self.overwrite),
            ("append", self.append),
            ("asJob", self.as_job),
            ("skipConnectionCheck", self.skip_connection_check),
        ];
        flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name, "true".to_owned())).collect()
    }
}

impl Client {
    /// Publishes a file by an endpoint of any kind of content: what the rooms' `publish` is made of.
    ///
    /// The file is read while it is sent, never as a whole. One of more than 64 MB goes in blocks, up to four at a time
    /// where the server tells blocks apart; then a block that broke off is sent again, and it alone. The last request,
    /// which makes the file content, is not repeated once the server may have acted on it.
    ///
    /// An upload in blocks that broke off is gone on with where the options hold its record: blocks that the server has
    /// acknowledged are not sent again, if the file still holds what was sent. To a server that does not tell blocks apart,
    /// it begins anew unless nothing was on its way. So it does where the server has forgotten the upload.
    ///
    /// `type_parameter` is the query's parameter for the type of a file that came in blocks, such as `workbookType`; the
    /// type is the ending of the file's name. It is empty where a type goes unsaid.
    pub async fn publish<M: Serialize, P: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<Streamed<M>, P>,
        type_parameter: &'static str,
        file: &Path,
        message: &M,
        options: &PublishOptions,
    ) -> Result<P, Error> {
        let source = Source::find(file).await?;
        let ending = file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let ending = ending.ok_or_else(|| {
            Error::Invalid(format!("`{}` has no ending that tells what it is, such as .twbx", file.display()))
        })?;
        let meter = Meter::new(source.length, options.transfer.listener());
        let query = options.query();
        let boundary = boundary();
        if source.length <= LONGEST_IN_ONE_REQUEST {
            let part_name = endpoint.about.file_part.unwrap_or_default();
            let body = |version| {
                let range = FileRange { source: &source, range: 0..source.length, meter: &meter, digest: None };
                let parts = Multipart::with(&boundary, message, version)?;
                Ok(Some(parts.file(part_name, &format!("file.{ending}"), range)))
            };
            let path = [PathValue::SessionSite];
            return self.send_signed_in(&endpoint.about, &path, &list::borrowed(&query), &[], body).await;
        }
        let mut begun = options.transfer.begun.clone();
        loop {
            let sent = self.send_in_blocks(begun.take(), &source, &meter, &options.transfer).await?;
            let mut query = query.clone();
            query.push(("uploadSessionId", sent.upload));
            if !type_parameter.is_empty() {
                query.push((type_parameter, ending.clone()));
            }
            let body = |version| Multipart::with(&boundary, message, version).map(|parts| Some(parts.end()));
            let path = [PathValue::SessionSite];
            let published = self.send_signed_in(&endpoint.about, &path, &list::borrowed(&query), &[], body).await;
            match published {
                // What is left of an earlier call is no upload of the server's any more.
                Err(error) if sent.was_begun_before && error.is(ErrorCode::UPLOAD_NOT_FOUND) => {}
                outcome => {
                    if outcome.is_ok() {
                        options.transfer.keep(None);
                    }
                    return outcome;
                }
            }
        }
    }
    /// Sends a file in blocks, for a method that takes what was uploaded; gives the name of the upload.
    pub(crate) async fn upload_in_blocks(&self, file: &Path) -> Result<String, Error> {
        let source = Source::find(file).await?;
        let meter = Meter::new(source.length, None);
        self.send_in_blocks(None, &source, &meter, &Transfer::default()).await.map(|sent| sent.upload)
    }
}
