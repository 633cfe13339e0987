//! Flows: what their JSON says of what they read and give out.

use std::{collections::BTreeMap, io::Read};

use serde::Deserialize;

use crate::{connection::Connection, error::Error};

/// Bytes of the JSON that are read at most. A large flow has some hundred kilobytes.
const LONGEST: u64 = 16 << 20;

/// A flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flow {
    /// Its steps that give data out, by name.
    pub output_steps: Vec<OutputStep>,
    /// How its data is reached, named by the ids of the file.
    pub connections: Vec<Connection>,
}

/// A step that gives data out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputStep {
    /// Its id in the file.
    pub id: String,
    /// The name people see.
    pub name: String,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Document {
    nodes: BTreeMap<String, Node>,
    connections: BTreeMap<String, Named>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Node {
    name: Option<String>,
    base_type: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Named {
    name: Option<String>,
    connection_attributes: Attributes,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attributes {
    class: Option<String>,
    server: Option<String>,
    port: Option<String>,
    dbname: Option<String>,
    username: Option<String>,
    authentication: Option<String>,
    filename: Option<String>,
    directory: Option<String>,
}

impl Flow {
    pub(crate) fn read(json: impl Read) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        json.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(Error::TooLarge { what: "the flow's JSON", limit: LONGEST });
        }
        let document: Document =
            serde_json::from_slice(&bytes).map_err(|problem| Error::Malformed(format!("its JSON: {problem}")))?;
        let mut output_steps: Vec<OutputStep> = document
            .nodes
            .into_iter()
            .filter(|(_, node)| node.base_type.as_deref() == Some("output"))
            .map(|(id, node)| OutputStep { name: node.name.unwrap_or_default(), id })
            .collect();
        output_steps.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let connections = document.connections.into_iter().map(|(id, named)| {
            let of = named.connection_attributes;
            Connection {
                name: Some(id),
                caption: named.name,
                class: of.class.unwrap_or_default(),
                server: of.server,
                port: of.port,
                database: of.dbname,
                username: of.username,
                authentication: of.authentication,
                filename: of.filename,
                directory: of.directory,
                ..Connection::default()
            }
        });
        Ok(Self { output_steps, connections: connections.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_tells_its_outputs_and_connections() {
        let json = r#"{"nodes": {"n2": {"name": "Out", "baseType": "output", "nodeType": ".v1.WriteToHyper", "x": [1]},
            "n1": {"name": "In", "baseType": "input"}, "n3": {"name": "Also out", "baseType": "output"}},
            "connections": {"c1": {"name": "db", "connectionAttributes": {"class": "postgres", "server": "db.example"}}}}"#;
        let flow = Flow::read(json.as_bytes()).unwrap();
        let names: Vec<_> = flow.output_steps.iter().map(|step| (step.id.as_str(), step.name.as_str())).collect();
        assert_eq!(names, [("n3", "Also out"), ("n2", "Out")]);
        assert_eq!(
            (flow.connections[0].class.as_str(), flow.connections[0].server.as_deref()),
            ("postgres", Some("db.example"))
        );
        assert!(matches!(Flow::read(&b"{\"nodes\": 1}"[..]), Err(Error::Malformed(_))));
        assert!(matches!(Flow::read(std::io::repeat(b' ')), Err(Error::TooLarge { .. })));
    }
}
