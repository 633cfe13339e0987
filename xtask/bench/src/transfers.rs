//! Files in blocks: how fast they go in, and how little of them is ever in memory.

use std::time::Instant;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use serde_json::Value;
use xtask::{Result, Served};

use crate::{
    Setting,
    load::{Call, Connection},
    process,
    rest::Rest,
    table::{Goal, Table},
};

/// What published clients send at once.
const BLOCK: usize = 50 << 20;
/// How many blocks, and what the file is called in the table.
const FILES: &[(usize, &str)] = &[(6, "300 MB"), (60, "3 GB")];
/// In megabytes.
const MEMORY: f64 = 64.0;
/// Blocks that are sent side by side.
const PARALLEL: usize = 4;

/// Measures on a server of its own, whose memory nothing else used.
pub fn measure(setting: &Setting, table: &mut Table) -> Result<()> {
    let served = setting.serve("transfers")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let rest = Rest::sign_in(served.http()).await?;
        // The password took 19 MB for a moment, which are given back meanwhile.
        memory(&served, table, "server's memory, most before the files", Goal::None);
        for (blocks, name) in FILES {
            send(&rest, *blocks, 1, &format!("{name} in blocks, one after the other"), table).await?;
            memory(&served, table, &format!("server's memory, most after {name} in order"), Goal::AtMost(MEMORY));
            send(&rest, *blocks, PARALLEL, &format!("{name} in blocks, {PARALLEL} at once"), table).await?;
            memory(&served, table, &format!("server's memory, most after {name} in parallel"), Goal::AtMost(MEMORY));
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    served.stop()
}

fn memory(served: &Served, table: &mut Table, figure: &str, goal: Goal) {
    match process::most_resident(served.process()) {
        Some(most) => table.row(figure, most / 1_000_000.0, "MB", goal),
        None => table.skip(figure, "this system does not tell the memory of a process"),
    }
}

/// Uploads a file, with so many blocks on their way at once.
async fn send(rest: &Rest, blocks: usize, at_once: usize, figure: &str, table: &mut Table) -> Result<()> {
    let begun = rest.call("POST", &rest.path("fileUploads"), None, 201).await?;
    let upload = begun["fileUpload"]["uploadSessionId"].as_str().ok_or("an upload without an id")?.to_owned();
    let started = Instant::now();
    let writers = (0..at_once).map(|first| {
        let upload = &upload;
        async move {
            let mut connection = Connection::open(rest.address).await?;
            let mut size = Value::Null;
            for sequence in (first..blocks).step_by(at_once) {
                let answer = connection.send(&block(rest, upload, sequence)?).await?;
                size = serde_json::from_slice::<Value>(&answer)?["fileUpload"]["fileSize"].clone();
            }
            Ok::<_, Box<dyn std::error::Error>>(size.as_str().and_then(|size| size.parse().ok()).unwrap_or(0_usize))
        }
    });
    let sizes = futures_util::future::try_join_all(writers).await?;
    let seconds = started.elapsed().as_secs_f64();
    let whole = blocks * BLOCK / (1 << 20);
    if sizes.iter().max() != Some(&whole) {
        return Err(format!("the server has {sizes:?} MB of {whole}").into());
    }
    table.row(figure, whole as f64 / seconds, "MB/s", Goal::None);
    Ok(())
}

/// A block as TSC sends it. No two are alike: equal ones would be kept once.
fn block(rest: &Rest, upload: &str, sequence: usize) -> Result<Call> {
    let mut body = b"--transfers\r\nContent-Disposition: name=\"request_payload\"; filename=\"\"\r\n\
        Content-Type: text/xml\r\n\r\n\r\n--transfers\r\n\
        Content-Disposition: name=\"tableau_file\"; filename=\"file\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n"
        .to_vec();
    let mark = format!("{upload}/{sequence}");
    body.extend_from_slice(mark.as_bytes());
    body.resize(body.len() + BLOCK - mark.len(), b'\n');
    body.extend_from_slice(b"\r\n--transfers--\r\n");
    let request = Request::put(rest.path(&format!("fileUploads/{upload}?sequenceID={sequence}")))
        .header(header::HOST, rest.address.to_string())
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "multipart/mixed; boundary=transfers")
        .header("x-tableau-auth", &rest.token)
        .body(Full::new(Bytes::from(body)))?;
    Ok(Call { request, expected: StatusCode::OK })
}
