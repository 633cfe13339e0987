//! Users of the site, many at once: on the command line, in a file, or both.

use std::{collections::HashMap, path::PathBuf};

use clap::{ArgGroup, Args};
use tavola_client::{
    Client, ListOptions,
    model::{Operator, UserId},
};

use super::find;
use crate::{Failure, input};

/// How many users are looked for at once.
const AT_ONCE: usize = 50;

/// Which users are meant.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").required(true).multiple(true))]
pub struct Users {
    /// The users' names or ids
    #[arg(value_name = "USER", group = "whom")]
    users: Vec<String>,
    /// The users whom this file names, one at the beginning of each line, or `-` for standard input
    #[arg(long, value_name = "FILE", group = "whom")]
    csv: Option<PathBuf>,
}

impl Users {
    /// Their names or ids as they were given, each once.
    pub fn names(&self) -> Result<Vec<String>, Failure> {
        let mut names = self.users.clone();
        if let Some(file) = &self.csv {
            let bytes = input::read(file)?;
            let cannot = |why: String| Failure::failed(format!("cannot read {}", input::named(file))).because(why);
            let text = String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
            let in_file = first_cells(&text).map_err(|error| cannot(error.to_string()))?;
            if in_file.is_empty() {
                return Err(cannot("it holds no user".to_owned()));
            }
            names.extend(in_file);
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        Ok(names)
    }
}

/// The first cell of each line that has one.
fn first_cells(text: &str) -> Result<Vec<String>, csv::Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut cells = Vec::new();
    for record in reader.records() {
        let record = record?;
        cells.extend(record.get(0).map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned));
    }
    Ok(cells)
}

/// Their ids, in the same order. All are found, or the first that is not is told of.
pub async fn find_all(client: &Client, names: &[String]) -> Result<Vec<UserId>, Failure> {
    let unknown: Vec<&String> = names.iter().filter(|name| name.parse::<UserId>().is_err()).collect();
    let mut found: HashMap<String, Vec<UserId>> = HashMap::new();
    // Few are asked for one by one below, with every server.
    for some in unknown.chunks(AT_ONCE).filter(|_| unknown.len() > 1) {
        let options = ListOptions::default().filter("name", Operator::In, some.iter().map(|name| name.as_str()));
        let users = client.users().list_all(&options).await;
        let users = users.map_err(|error| Failure::of_call("cannot look for the users", &error))?;
        for user in users {
            if let (Some(name), Some(id)) = (user.name, user.id.and_then(|id| id.known())) {
                found.entry(name).or_default().push(id);
            }
        }
    }
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        ids.push(match found.get(name).map(Vec::as_slice) {
            Some([id]) => *id,
            // By its id, by a name that says the domain too, or not there at all.
            _ => find(client, name).await?,
        });
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_cell_of_each_line_is_a_name() {
        let cells = |text: &str| first_cells(text).unwrap();
        assert_eq!(cells("\u{feff}ann,p,Ann\r\n\n\"O'Neil, Bob\"\n , x\ncy"), ["ann", "O'Neil, Bob", "cy"]);
        assert!(cells("").is_empty());
    }
}
