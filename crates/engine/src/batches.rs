//! Answers as they stream out of the engine, in Arrow.

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::SchemaRef;
use futures_util::StreamExt as _;
use tokio_postgres::CopyOutStream;

use crate::{
    Error, Session,
    session::{CancelUnlessDone, Deadline},
};

/// How a stream of Arrow says that it ends.
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// The rows of an answer, a batch at a time. Dropped before its end, the engine gives the question up.
pub struct Batches<'a> {
    stream: std::pin::Pin<Box<CopyOutStream>>,
    decoder: StreamDecoder,
    /// What came and is not decoded yet.
    came: Buffer,
    cancel: CancelUnlessDone<'a>,
    deadline: Deadline,
}

impl std::fmt::Debug for Batches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").field("schema", &self.decoder.schema()).finish_non_exhaustive()
    }
}

impl Session {
    /// Asks for rows, which come as the engine finds them. Its time limit goes from the question to the last row.
    pub async fn batches(&self, query: &str) -> Result<Batches<'_>, Error> {
        let deadline = self.deadline();
        let mut cancel = self.cancel_unless_done();
        let copy = format!("copy ({query}) to stdout with (format => 'arrowstream')");
        let stream = deadline.keep(self.client().copy_out(&copy)).await?;
        // What is refused is done.
        let stream = stream.inspect_err(|_| cancel.is_done())?;
        Ok(Batches {
            stream: Box::pin(stream),
            decoder: StreamDecoder::new(),
            came: Buffer::from_vec(Vec::<u8>::new()),
            cancel,
            deadline,
        })
    }
}

impl Batches<'_> {
    /// The next rows; none at the end.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        loop {
            if let Some(batch) = self.decoder.decode(&mut self.came).map_err(unreadable)? {
                return Ok(Some(batch));
            }
            match self.deadline.keep(self.stream.next()).await? {
                Some(bytes) => self.came = Buffer::from(bytes.inspect_err(|_| self.cancel.is_done())?),
                None => {
                    self.cancel.is_done();
                    // The engine leaves the mark of the end out, without which the decoder keeps the columns of an empty answer back.
                    if self.decoder.finish().is_err() {
                        self.came = Buffer::from_vec(END.to_vec());
                        let batch = self.decoder.decode(&mut self.came).map_err(unreadable)?;
                        self.decoder.finish().map_err(unreadable)?;
                        return Ok(batch);
                    }
                    return Ok(None);
                }
            }
        }
    }

    /// The columns; known when the first batch or the end has come.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.decoder.schema()
    }
}

fn unreadable(problem: arrow_schema::ArrowError) -> Error {
    tracing::warn!(%problem, "an answer of the engine cannot be read");
    Error::Lost
}
