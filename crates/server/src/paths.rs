//! Which endpoint a path means: a tree of segments, fixed words matched without regard to case.

use std::collections::HashMap;

use tavola_api::Method;

/// The endpoints of one server by path and verb.
pub(crate) struct Paths<T> {
    root: Node<T>,
}

struct Node<T> {
    words: HashMap<String, Node<T>>,
    parameter: Option<Box<Node<T>>>,
    methods: Vec<(Method, T)>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { words: HashMap::new(), parameter: None, methods: Vec::new() }
    }
}

/// What a path led to.
pub(crate) enum Found<'a, T> {
    /// The endpoint, and the path's parameters in order.
    Endpoint(&'a T, Vec<String>),
    /// There is such a path, but not with that verb: these it has.
    OtherMethods(Vec<Method>),
    /// There is no such path.
    Nothing,
}

impl<T> Paths<T> {
    pub(crate) fn new() -> Self {
        Self { root: Node::default() }
    }

    /// Adds an endpoint under a path such as `/sites/{site}/users`.
    ///
    /// # Panics
    ///
    /// When there is one of that path and verb already.
    pub(crate) fn insert(&mut self, path: &str, method: Method, value: T) {
        let mut node = &mut self.root;
        for segment in path.split('/').skip(1) {
            node = if segment.starts_with('{') {
                node.parameter.get_or_insert_default()
            } else {
                node.words.entry(segment.to_ascii_lowercase()).or_default()
            };
        }
        assert!(node.methods.iter().all(|(other, _)| *other != method), "{method} {path} is there twice");
        node.methods.push((method, value));
    }

    /// Looks for a path's decoded segments. A fixed word is preferred to a parameter, but given up where only the
    /// parameter leads further.
    pub(crate) fn find(&self, segments: &[String], method: Option<Method>) -> Found<'_, T> {
        let mut parameters = Vec::new();
        let Some(node) = self.root.walk(segments, &mut parameters) else { return Found::Nothing };
        match node.methods.iter().find(|(other, _)| Some(*other) == method) {
            Some((_, value)) => Found::Endpoint(value, parameters),
            None => {
                let mut methods: Vec<Method> = node.methods.iter().map(|(method, _)| *method).collect();
                methods.sort_unstable();
                Found::OtherMethods(methods)
            }
        }
    }
}

impl<T> Node<T> {
    fn walk(&self, segments: &[String], parameters: &mut Vec<String>) -> Option<&Self> {
        let Some((segment, rest)) = segments.split_first() else {
            return (!self.methods.is_empty()).then_some(self);
        };
        if let Some(node) = self.words.get(&segment.to_ascii_lowercase())
            && let Some(found) = node.walk(rest, parameters)
        {
            return Some(found);
        }
        let node = self.parameter.as_ref()?;
        parameters.push(segment.clone());
        let found = node.walk(rest, parameters);
        if found.is_none() {
            parameters.pop();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> Paths<&'static str> {
        let mut paths = Paths::new();
        for (path, method) in [
            ("/serverinfo", Method::Get),
            ("/sites", Method::Get),
            ("/sites/{site}", Method::Get),
            ("/sites/{site}", Method::Delete),
            ("/sites/{site}/users/{user}", Method::Get),
            ("/sites/{site}/users/import", Method::Post),
            ("/sites/{site}/users/{user}/groups", Method::Get),
        ] {
            paths.insert(path, method, path);
        }
        paths
    }

    fn find(path: &str, method: Method) -> Result<(&'static str, Vec<String>), Vec<Method>> {
        let segments: Vec<String> = path.split('/').skip(1).map(str::to_owned).collect();
        match paths().find(&segments, Some(method)) {
            Found::Endpoint(path, parameters) => Ok((path, parameters)),
            Found::OtherMethods(methods) => Err(methods),
            Found::Nothing => Err(Vec::new()),
        }
    }

    #[test]
    fn words_match_in_any_case_and_parameters_keep_theirs() {
        assert_eq!(find("/serverInfo", Method::Get), Ok(("/serverinfo", vec![])));
        assert_eq!(find("/Sites/Sales", Method::Get), Ok(("/sites/{site}", vec!["Sales".into()])));
    }

    #[test]
    fn a_word_wins_over_a_parameter_unless_only_the_parameter_leads_on() {
        assert_eq!(find("/sites/s/users/import", Method::Post).unwrap().0, "/sites/{site}/users/import");
        assert_eq!(
            find("/sites/s/users/import/groups", Method::Get),
            Ok(("/sites/{site}/users/{user}/groups", vec!["s".into(), "import".into()]))
        );
    }

    #[test]
    fn another_verb_is_told_from_no_path() {
        assert_eq!(find("/sites/s", Method::Post), Err(vec![Method::Get, Method::Delete]));
        assert_eq!(find("/sites/s/hats", Method::Get), Err(vec![]));
        assert_eq!(find("/sites/s/users", Method::Get), Err(vec![]));
        assert_eq!(find("/", Method::Get), Err(vec![]));
    }
}
