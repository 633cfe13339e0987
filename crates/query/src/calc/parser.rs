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
    let tree = parser.expression().map_err(|problem| *problem)?;
    match parser.peek() {
        TokenKind::End => Ok(*tree.node),
        _ => Err(*parser.unexpected("an operator or the end")),
    }
}

/// A node and how deep its tree is. Both outcomes are boxed, as many of them lie on the stack.
struct Tree {
    node: Box<Node>,
    depth: usize,
}

type Parsed<T = Tree> = Result<T, Box<Error>>;

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

    fn need_symbol(&mut self, symbol: &str) -> Parsed<()> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn need_word(&mut self, word: &str) -> Parsed<()> {
        if self.word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    fn unexpected(&self, wanted: &str) -> Box<Error> {
        let found = match self.peek() {
            TokenKind::Literal(_) => "a literal".to_owned(),
            TokenKind::Bracketed(name) => format!("`[{name}]`"),
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "the end".to_owned(),
        };
        Box::new(wrong(self.at().start, format!("{wanted} is expected, and {found} is there")))
    }

    fn too_deep(&self, at: usize) -> Box<Error> {
        Box::new(wrong(at, format!("the formula is nested deeper than {MAX_DEPTH}")))
    }

    /// Makes a node of parts that are this deep.
    fn tree(&self, kind: Kind, start: usize, depth: usize) -> Parsed {
        if depth >= MAX_DEPTH {
            return Err(self.too_deep(start));
        }
        Ok(Tree { node: Box::new(Node { kind, at: start..self.end() }), depth: depth + 1 })
    }

    /// A whole expression: alternatives of AND and OR. As neither cares for how it is put in parentheses, long chains become
    /// wide trees.
    fn expression(&mut self) -> Parsed {
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

    fn wide(&self, operator: BinaryOperator, mut trees: Vec<Tree>) -> Parsed {
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

    fn pair(&self, operator: BinaryOperator, left: Tree, right: Tree) -> Parsed {
        let (at, depth) = (left.node.at.start..right.node.at.end, left.depth.max(right.depth));
        let kind = Kind::Binary(operator, left.node, right.node);
        let mut tree = self.tree(kind, at.start, depth)?;
        tree.node.at = at;
        Ok(tree)
    }

    fn negation(&mut self) -> Parsed {
        let mut starts = Vec::new();
        while self.is_word("NOT") {
            starts.push(self.at().start);
            self.advance();
        }
        let operand = self.binary(0)?;
        self.unary(UnaryOperator::Not, starts, operand)
    }

    fn sign(&mut self) -> Parsed {
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

    fn unary(&self, operator: UnaryOperator, starts: Vec<usize>, operand: Tree) -> Parsed {
        starts
            .into_iter()
            .rev()
            .try_fold(operand, |operand, start| self.tree(Kind::Unary(operator, operand.node), start, operand.depth))
    }

    /// Operators of a level and those that bind stronger.
    fn binary(&mut self, weakest: usize) -> Parsed {
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
    fn membership(&mut self, subject: Tree) -> Parsed {
        self.need_word("IN")?;
        let values = if self.symbol("(") { self.list(")")? } else { vec![self.binary(1)?] };
        let start = subject.node.at.start;
        let (values, depth) = apart(values);
        let depth = depth.max(subject.depth);
        self.tree(Kind::In { subject: subject.node, values }, start, depth)
    }

    /// Values with commas between them, up to what closes them; none is allowed.
    fn list(&mut self, close: &str) -> Parsed<Vec<Tree>> {
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

    fn operand(&mut self) -> Parsed {
        let start = self.at().start;
        match self.peek() {
            TokenKind::Symbol("(") => self.parenthesised(start),
            TokenKind::Symbol("{") => self.level_of_detail(start),
            TokenKind::Word(word) => match word.to_uppercase().as_str() {
                "IF" => self.conditions(start),
                "CASE" => self.cases(start),
                keyword if KEYWORDS.contains(&keyword) => Err(self.unexpected("a value")),
                _ => self.named(start),
            },
            _ => self.atom(start),
        }
    }

    fn parenthesised(&mut self, start: usize) -> Parsed {
        self.advance();
        let mut inner = self.expression()?;
        self.need_symbol(")")?;
        inner.node.at = start..self.end();
        Ok(inner)
    }

    /// A literal, or a field in brackets.
    fn atom(&mut self, start: usize) -> Parsed {
        match self.peek() {
            TokenKind::Literal(_) | TokenKind::Bracketed(_) => {}
            _ => return Err(self.unexpected("a value")),
        }
        match self.advance() {
            TokenKind::Literal(value) => self.tree(Kind::Literal(value), start, 0),
            TokenKind::Bracketed(name) => self.field(name, start),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// A function, a literal that is a word, or a field without brackets.
    fn named(&mut self, start: usize) -> Parsed {
        let TokenKind::Word(word) = self.advance() else { return Err(self.unexpected("a value")) };
        if self.symbol("(") {
            let (arguments, depth) = apart(self.list(")")?);
            return self.tree(Kind::Call { function: word.to_uppercase(), arguments }, start, depth);
        }
        let kind = match word.to_uppercase().as_str() {
            "TRUE" => Kind::Literal(Value::Boolean(true)),
            "FALSE" => Kind::Literal(Value::Boolean(false)),
            "NULL" => Kind::Literal(Value::Null),
            // Fields of one word need no brackets.
            _ => Kind::Field { data_source: None, name: word },
        };
        self.tree(kind, start, 0)
    }

    fn field(&mut self, name: String, start: usize) -> Parsed {
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

    /// IF to END.
    fn conditions(&mut self, start: usize) -> Parsed {
        self.advance();
        let mut branches = Vec::new();
        let mut depth = 0;
        loop {
            let condition = self.expression()?;
            self.need_word("THEN")?;
            let result = self.expression()?;
            depth = depth.max(condition.depth).max(result.depth);
            branches.push((*condition.node, *result.node));
            if !self.word("ELSEIF") {
                break;
            }
        }
        let otherwise = self.otherwise(&mut depth)?;
        self.tree(Kind::If { branches, otherwise }, start, depth)
    }

    /// CASE to END.
    fn cases(&mut self, start: usize) -> Parsed {
        self.advance();
        let subject = self.expression()?;
        let mut branches = Vec::new();
        let mut depth = subject.depth;
        self.need_word("WHEN")?;
        loop {
            let value = self.expression()?;
            self.need_word("THEN")?;
            let result = self.expression()?;
            depth = depth.max(value.depth).max(result.depth);
            branches.push((*value.node, *result.node));
            if !self.word("WHEN") {
                break;
            }
        }
        let otherwise = self.otherwise(&mut depth)?;
        self.tree(Kind::Case { subject: subject.node, branches, otherwise }, start, depth)
    }

    /// ELSE and END.
    fn otherwise(&mut self, depth: &mut usize) -> Parsed<Option<Box<Node>>> {
        let otherwise = if self.word("ELSE") { Some(self.expression()?) } else { None };
        self.need_word("END")?;
        Ok(otherwise.map(|tree| {
            *depth = (*depth).max(tree.depth);
            tree.node
        }))
    }

    /// `{` to `}`.
    fn level_of_detail(&mut self, start: usize) -> Parsed {
        self.advance();
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
        self.tree(Kind::Lod { scope, dimensions, aggregate: aggregate.node }, start, depth)
    }
}

/// The nodes, and the depth of the deepest.
fn apart(trees: Vec<Tree>) -> (Vec<Node>, usize) {
    let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or_default();
    (trees.into_iter().map(|tree| *tree.node).collect(), depth)
}
