//! Tokens as trees.

use std::ops::Range;

use super::{
    BinaryOperator, Kind, Node, Scope, UnaryOperator,
    lexer::{Token, TokenKind, tokens, wrong},
};
use crate::{Error, Value};

/// How deep a tree may be, so that whoever walks it needs no more stack than a thread has.
const MAX_DEPTH: usize = 200;

/// The tree of a formula.
///
/// # Errors
///
/// [`Error::Formula`] with the byte at which it stops being one, also where it is nested deeper than 200.
pub fn parse(formula: &str) -> Result<Node, Error> {
    let mut parser = Parser { tokens: tokens(formula)?, place: 0, open: 0 };
    if parser.peek() == &TokenKind::End {
        return Err(wrong(0, "the formula is empty"));
    }
    let tree = parser.expression()?;
    match parser.peek() {
        TokenKind::End => Ok(tree.node),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

/// A node and how deep its tree is.
struct Tree {
    node: Node,
    depth: usize,
}

struct Parser {
    tokens: Vec<Token>,
    place: usize,
    /// How many calls of [`Parser::expression`] are not done.
    open: usize,
}

/// Operators that are read from left to right, with how strongly they bind.
const OPERATORS: &[(&str, BinaryOperator, usize)] = &[
    ("=", BinaryOperator::Equal, 0),
    ("==", BinaryOperator::Equal, 0),
    ("!=", BinaryOperator::NotEqual, 0),
    ("<>", BinaryOperator::NotEqual, 0),
    ("<", BinaryOperator::Less, 0),
    ("<=", BinaryOperator::LessOrEqual, 0),
    (">", BinaryOperator::Greater, 0),
    (">=", BinaryOperator::GreaterOrEqual, 0),
    ("+", BinaryOperator::Plus, 1),
    ("-", BinaryOperator::Minus, 1),
    ("*", BinaryOperator::Times, 2),
    ("/", BinaryOperator::Divide, 2),
    ("%", BinaryOperator::Modulo, 2),
    ("^", BinaryOperator::Power, 3),
];

/// Words with which no value begins. A field of such a name needs brackets.
const KEYWORDS: &[&str] = &["AND", "OR", "NOT", "IN", "THEN", "ELSEIF", "ELSE", "END", "WHEN"];

impl Parser {
    fn peek(&self) -> &TokenKind {
        &self.tokens[self.place].kind
    }

    fn at(&self) -> Range<usize> {
        self.tokens[self.place].at.clone()
    }

    /// Where the token before ended.
    fn end(&self) -> usize {
        self.tokens[self.place.saturating_sub(1)].at.end
    }

    /// Takes a token, but not the end.
    fn advance(&mut self) -> TokenKind {
        let kind = self.tokens[self.place].kind.clone();
        if kind != TokenKind::End {
            self.place += 1;
        }
        kind
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let there = matches!(self.peek(), TokenKind::Symbol(next) if *next == symbol);
        self.place += usize::from(there);
        there
    }

    fn word(&mut self, word: &str) -> bool {
        let there = self.is_word(word);
        self.place += usize::from(there);
        there
    }

    /// Whether a word, in any case, comes next.
    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(next) if next.eq_ignore_ascii_case(word))
    }

    fn need_symbol(&mut self, symbol: &str) -> Result<(), Error> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn need_word(&mut self, word: &str) -> Result<(), Error> {
        if self.word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> Error {
        let found = match self.peek() {
            TokenKind::Literal(_) => "a literal".to_owned(),
            TokenKind::Bracketed(name) => format!("`[{name}]`"),
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "the end".to_owned(),
        };
        wrong(self.at().start, format!("{wanted} is expected, and {found} is there"))
    }

    fn too_deep(&self, at: usize) -> Error {
        wrong(at, format!("the formula is nested deeper than {MAX_DEPTH}"))
    }

    /// Makes a node of parts that are this deep.
    fn tree(&self, kind: Kind, start: usize, depth: usize) -> Result<Tree, Error> {
        if depth >= MAX_DEPTH {
            return Err(self.too_deep(start));
        }
        Ok(Tree { node: Node { kind, at: start..self.end() }, depth: depth + 1 })
    }

    /// A whole expression: alternatives of AND and OR. As neither cares for how it is put in parentheses, long chains become
    /// wide trees.
    fn expression(&mut self) -> Result<Tree, Error> {
        if self.open >= MAX_DEPTH {
            return Err(self.too_deep(self.at().start));
        }
        self.open += 1;
        let mut alternatives = Vec::new();
        loop {
            let mut conditions = vec![self.negation()?];
            while self.word("AND") {
                conditions.push(self.negation()?);
            }
            alternatives.push(self.wide(BinaryOperator::And, conditions)?);
            if !self.word("OR") {
                break;
            }
        }
        self.open -= 1;
        self.wide(BinaryOperator::Or, alternatives)
    }

    fn wide(&self, operator: BinaryOperator, mut trees: Vec<Tree>) -> Result<Tree, Error> {
        while trees.len() > 1 {
            let mut paired = Vec::with_capacity(trees.len().div_ceil(2));
            let mut rest = trees.into_iter();
            while let Some(left) = rest.next() {
                paired.push(match rest.next() {
                    Some(right) => self.pair(operator, left, right)?,
                    None => left,
                });
            }
            trees = paired;
        }
        trees.pop().ok_or_else(|| self.unexpected("a value"))
    }

    fn pair(&self, operator: BinaryOperator, left: Tree, right: Tree) -> Result<Tree, Error> {
        let (at, depth) = (left.node.at.start..right.node.at.end, left.depth.max(right.depth));
        let kind = Kind::Binary(operator, Box::new(left.node), Box::new(right.node));
        let mut tree = self.tree(kind, at.start, depth)?;
        tree.node.at = at;
        Ok(tree)
    }

    fn negation(&mut self) -> Result<Tree, Error> {
        let mut starts = Vec::new();
        while self.is_word("NOT") {
            starts.push(self.at().start);
            self.advance();
        }
        let operand = self.binary(0)?;
        self.unary(UnaryOperator::Not, starts, operand)
    }

    fn sign(&mut self) -> Result<Tree, Error> {
        let mut starts = Vec::new();
        loop {
            let start = self.at().start;
            if self.symbol("-") {
                starts.push(start);
            } else if !self.symbol("+") {
                break;
            }
        }
        let operand = self.operand()?;
        self.unary(UnaryOperator::Minus, starts, operand)
    }

    fn unary(&self, operator: UnaryOperator, starts: Vec<usize>, operand: Tree) -> Result<Tree, Error> {
        starts.into_iter().rev().try_fold(operand, |operand, start| {
            self.tree(Kind::Unary(operator, Box::new(operand.node)), start, operand.depth)
        })
    }

    /// Operators of a level and those that bind stronger.
    fn binary(&mut self, weakest: usize) -> Result<Tree, Error> {
        let mut left = self.sign()?;
        loop {
            let symbol = match self.peek() {
                TokenKind::Symbol(symbol) => *symbol,
                TokenKind::Word(word) if weakest == 0 && word.eq_ignore_ascii_case("IN") => {
                    left = self.membership(left)?;
                    continue;
                }
                _ => return Ok(left),
            };
            let found = OPERATORS.iter().find(|(text, _, level)| *text == symbol && *level >= weakest);
            let Some((_, operator, level)) = found else { return Ok(left) };
            self.advance();
            let right = self.binary(level + 1)?;
            left = self.pair(*operator, left, right)?;
        }
    }

    /// `IN (…)`, or `IN` and a set.
    fn membership(&mut self, subject: Tree) -> Result<Tree, Error> {
        self.need_word("IN")?;
        let values = if self.symbol("(") { self.list(")")? } else { vec![self.binary(1)?] };
        let start = subject.node.at.start;
        let (values, depth) = apart(values);
        let depth = depth.max(subject.depth);
        self.tree(Kind::In { subject: Box::new(subject.node), values }, start, depth)
    }

    /// Values with commas between them, up to what closes them; none is allowed.
    fn list(&mut self, close: &str) -> Result<Vec<Tree>, Error> {
        let mut values = Vec::new();
        if self.symbol(close) {
            return Ok(values);
        }
        loop {
            values.push(self.expression()?);
            if self.symbol(close) {
                return Ok(values);
            }
            if !self.symbol(",") {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn operand(&mut self) -> Result<Tree, Error> {
        let start = self.at().start;
        match self.peek().clone() {
            TokenKind::Literal(value) => {
                self.advance();
                self.tree(Kind::Literal(value), start, 0)
            }
            TokenKind::Bracketed(name) => {
                self.advance();
                self.field(name, start)
            }
            TokenKind::Symbol("(") => {
                self.advance();
                let mut inner = self.expression()?;
                self.need_symbol(")")?;
                inner.node.at = start..self.end();
                Ok(inner)
            }
            TokenKind::Symbol("{") => {
                self.advance();
                self.level_of_detail(start)
            }
            TokenKind::Word(word) => self.named(word, start),
            TokenKind::Symbol(_) | TokenKind::End => Err(self.unexpected("a value")),
        }
    }

    /// What begins with a word: a condition, a function, a literal, or a field without brackets.
    fn named(&mut self, word: String, start: usize) -> Result<Tree, Error> {
        let upper = word.to_uppercase();
        match upper.as_str() {
            "IF" => {
                self.advance();
                return self.conditions(start);
            }
            "CASE" => {
                self.advance();
                return self.cases(start);
            }
            keyword if KEYWORDS.contains(&keyword) => return Err(self.unexpected("a value")),
            _ => {}
        }
        self.advance();
        if self.symbol("(") {
            let (arguments, depth) = apart(self.list(")")?);
            return self.tree(Kind::Call { function: upper, arguments }, start, depth);
        }
        match upper.as_str() {
            "TRUE" => self.tree(Kind::Literal(Value::Boolean(true)), start, 0),
            "FALSE" => self.tree(Kind::Literal(Value::Boolean(false)), start, 0),
            "NULL" => self.tree(Kind::Literal(Value::Null), start, 0),
            // Fields of one word need no brackets.
            _ => self.tree(Kind::Field { data_source: None, name: word }, start, 0),
        }
    }

    fn field(&mut self, name: String, start: usize) -> Result<Tree, Error> {
        if !self.symbol(".") {
            return self.tree(Kind::Field { data_source: None, name }, start, 0);
        }
        match self.advance() {
            TokenKind::Bracketed(field) => self.tree(Kind::Field { data_source: Some(name), name: field }, start, 0),
            _ => {
                self.place -= 1;
                Err(self.unexpected("a field's name in brackets"))
            }
        }
    }

    /// What follows IF.
    fn conditions(&mut self, start: usize) -> Result<Tree, Error> {
        let mut branches = Vec::new();
        let mut depth = 0;
        loop {
            let condition = self.expression()?;
            self.need_word("THEN")?;
            let result = self.expression()?;
            depth = depth.max(condition.depth).max(result.depth);
            branches.push((condition.node, result.node));
            if !self.word("ELSEIF") {
                break;
            }
        }
        let otherwise = self.otherwise(&mut depth)?;
        self.tree(Kind::If { branches, otherwise }, start, depth)
    }

    /// What follows CASE.
    fn cases(&mut self, start: usize) -> Result<Tree, Error> {
        let subject = self.expression()?;
        let mut branches = Vec::new();
        let mut depth = subject.depth;
        self.need_word("WHEN")?;
        loop {
            let value = self.expression()?;
            self.need_word("THEN")?;
            let result = self.expression()?;
            depth = depth.max(value.depth).max(result.depth);
            branches.push((value.node, result.node));
            if !self.word("WHEN") {
                break;
            }
        }
        let otherwise = self.otherwise(&mut depth)?;
        self.tree(Kind::Case { subject: Box::new(subject.node), branches, otherwise }, start, depth)
    }

    /// ELSE and END.
    fn otherwise(&mut self, depth: &mut usize) -> Result<Option<Box<Node>>, Error> {
        let otherwise = if self.word("ELSE") { Some(self.expression()?) } else { None };
        self.need_word("END")?;
        Ok(otherwise.map(|tree| {
            *depth = (*depth).max(tree.depth);
            Box::new(tree.node)
        }))
    }

    /// What follows `{`.
    fn level_of_detail(&mut self, start: usize) -> Result<Tree, Error> {
        let scope = [("FIXED", Scope::Fixed), ("INCLUDE", Scope::Include), ("EXCLUDE", Scope::Exclude)];
        let scope = scope.into_iter().find(|(word, _)| self.word(word)).map(|(_, scope)| scope);
        let dimensions = match scope {
            Some(_) => self.list(":")?,
            None => Vec::new(),
        };
        let (dimensions, depth) = apart(dimensions);
        let aggregate = self.expression()?;
        self.need_symbol("}")?;
        let depth = depth.max(aggregate.depth);
        let scope = scope.unwrap_or(Scope::Fixed);
        self.tree(Kind::Lod { scope, dimensions, aggregate: Box::new(aggregate.node) }, start, depth)
    }
}

/// The nodes, and the depth of the deepest.
fn apart(trees: Vec<Tree>) -> (Vec<Node>, usize) {
    let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or_default();
    (trees.into_iter().map(|tree| tree.node).collect(), depth)
}
