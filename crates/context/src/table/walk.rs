//! Finds definitions and bodies: a cursor walk that does not descend into bodies, one step a node.

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::{Node, Tree, TreeCursor};

use super::found::{Body, Definition, Found};
use super::header;
use super::name::{self, Name};
use super::row::{Binding, Rule, Table};
use crate::symbol::{MAX_QUALIFIED, SymbolKind};

/// All definitions and bodies of a tree.
pub(crate) fn find<'tree>(table: &'tree Table, tree: &'tree Tree, source: &'tree str) -> Found<'tree> {
    let mut walk = Walk::new(table, tree, source);
    let mut cursor = tree.walk();
    let mut depth = 0usize;
    let mut enter = true;
    loop {
        if enter && cursor.goto_first_child() {
            depth += 1;
        } else if !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return walk.found;
            }
            depth -= 1;
            walk.leave(depth);
            enter = false;
            continue;
        }
        enter = walk.visit(&mut cursor, depth);
    }
}

/// What stands above a definition and belongs to it.
#[derive(Debug, Default)]
struct Lead<'tree> {
    /// Where the documentation or the first decorator begins.
    start: Option<usize>,
    /// Behind the last of them.
    end: usize,
    comments: Vec<Range<usize>>,
    decorators: Vec<Node<'tree>>,
}

/// What is around a definition and belongs to it.
#[derive(Debug)]
struct Wrapping<'tree> {
    /// The outermost of the wrappers that are directly in each other.
    outer: Node<'tree>,
    inner: Node<'tree>,
    /// Of the innermost.
    depth: usize,
    lead: Lead<'tree>,
}

/// Something that the cursor is in.
#[derive(Debug)]
struct Around {
    depth: usize,
    definition: Option<usize>,
    /// It is a body with errors that may hold more than its function.
    is_broken: bool,
}

/// A definition in the making.
struct Draft<'tree> {
    kind: SymbolKind,
    node: Node<'tree>,
    /// The node, or the wrapper around it.
    outer: Node<'tree>,
    header_end: usize,
}

/// A value that a definition is the name for.
#[derive(Debug)]
struct Claim<'tree> {
    id: usize,
    index: usize,
    lead: Lead<'tree>,
}

impl Lead<'_> {
    /// Whether there is an empty line before `at`.
    fn is_apart(&self, source: &str, at: usize) -> bool {
        let between = source.get(self.end..at).unwrap_or_default();
        self.end > 0 && (between.matches('\n').count() > 1 || between.matches('\r').count() > 1)
    }
}

struct Walk<'tree> {
    table: &'tree Table,
    source: &'tree str,
    found: Found<'tree>,
    around: Vec<Around>,
    lead: Lead<'tree>,
    wrapping: Option<Wrapping<'tree>>,
    /// The value that the definition at the index is a name for.
    claimed: Option<Claim<'tree>>,
    /// Functions to be entered.
    transparent: BTreeSet<usize>,
    /// Whether the file is one statement.
    is_wrapped: bool,
    /// The depth of the outermost that hides definitions.
    hidden: Option<usize>,
    /// Bytes of bodies with errors that were looked at.
    looked_at: usize,
}

impl<'tree> Walk<'tree> {
    fn new(table: &'tree Table, tree: &'tree Tree, source: &'tree str) -> Self {
        Self {
            table,
            source,
            found: Found::default(),
            around: Vec::new(),
            lead: Lead::default(),
            wrapping: None,
            claimed: None,
            transparent: BTreeSet::new(),
            is_wrapped: is_one_statement(table, tree, source),
            hidden: None,
            looked_at: 0,
        }
    }

    /// The cursor is back at `depth`, from below.
    fn leave(&mut self, depth: usize) {
        while self.around.last().is_some_and(|around| around.depth >= depth) {
            self.around.pop();
        }
        if self.wrapping.as_ref().is_some_and(|wrapping| wrapping.depth >= depth) {
            self.wrapping = None;
        }
        if self.hidden.is_some_and(|at| at >= depth) {
            self.hidden = None;
        }
        self.lead = Lead::default();
    }

    /// What there is at the cursor. Returns whether to go into it.
    fn visit(&mut self, cursor: &mut TreeCursor<'tree>, depth: usize) -> bool {
        let node = cursor.node();
        let Some(rule) = self.table.rule(node) else {
            if node.is_named() {
                self.lead = Lead::default();
            }
            return true;
        };
        match rule {
            Rule::Comment => self.comment(node),
            Rule::Decorator => self.decorator(node),
            Rule::Skip => self.lead = Lead::default(),
            Rule::Wrapper => return self.wrapper(node, depth),
            Rule::Call { function, arguments } => return self.call(node, depth, function, arguments),
            Rule::Hidden => {
                self.hidden.get_or_insert(depth);
                return true;
            }
            Rule::Body => {
                let lead = std::mem::take(&mut self.lead);
                let owner = self.owner();
                return self.elide(node, node, owner, lead);
            }
            Rule::Function { name, receiver } => return self.function(node, depth, name, receiver),
            Rule::Members(kind, name) => return self.members(node, depth, kind, name),
            Rule::MembersInBody(kind, name) => {
                let is_mention = header::body(node).is_none();
                return if is_mention { true } else { self.members(node, depth, kind, name) };
            }
            Rule::Item(kind, name) => return self.item(node, depth, kind, name),
            Rule::Binding(binding) => return self.binding(node, depth, binding),
        }
        false
    }

    fn comment(&mut self, node: Node<'tree>) {
        let text = self.source.get(node.byte_range()).unwrap_or_default();
        let range = node.start_byte()..node.start_byte() + text.trim_end().len();
        if let Some(last) = self.found.bodies.last_mut() {
            let between = self.source.get(last.function.end_byte()..range.start);
            if between.is_some_and(|between| between.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b';' | b','))) {
                last.comments.push(range);
                return;
            }
        }
        let before = self.source.get(..range.start).unwrap_or_default();
        if !before.trim_end_matches([' ', '\t', '\u{feff}']).is_empty()
            && !before.trim_end_matches([' ', '\t']).ends_with(['\n', '\r'])
        {
            return;
        }
        if self.lead.decorators.is_empty() && self.lead.is_apart(self.source, range.start) {
            self.lead = Lead::default();
        }
        if self.table.row.docs.iter().any(|prefix| text.starts_with(prefix)) {
            self.lead.start.get_or_insert(range.start);
        }
        self.lead.end = range.end;
        self.lead.comments.push(range);
    }

    fn decorator(&mut self, node: Node<'tree>) {
        let lead = match &mut self.wrapping {
            Some(wrapping) => &mut wrapping.lead,
            None => &mut self.lead,
        };
        lead.start.get_or_insert(node.start_byte());
        lead.end = node.end_byte();
        lead.decorators.push(node);
    }

    fn wrapper(&mut self, node: Node<'tree>, depth: usize) -> bool {
        let is_group = node.child(1).is_some_and(|child| child.kind() == "(");
        let lead = std::mem::take(&mut self.lead);
        match &mut self.wrapping {
            _ if is_group => self.wrapping = None,
            Some(wrapping) if wrapping.depth + 1 == depth => {
                wrapping.depth = depth;
                wrapping.inner = node;
            }
            Some(_) | None => self.wrapping = Some(Wrapping { outer: node, inner: node, depth, lead }),
        }
        true
    }

    /// Functions that are called where they stand are not left out.
    fn call(&mut self, node: Node<'tree>, depth: usize, function: &str, arguments: &str) -> bool {
        self.lead = Lead::default();
        let callee = node.child_by_field_name(function).and_then(|callee| self.called(callee));
        self.transparent.extend(callee.map(|callee| callee.id()));
        let enters_arguments = callee.is_some() || (self.is_wrapped && depth == 2);
        if let Some(arguments) = node.child_by_field_name(arguments).filter(|_| enters_arguments) {
            let mut cursor = arguments.walk();
            let functions = arguments.named_children(&mut cursor).filter(|argument| is_function(self.table, *argument));
            self.transparent.extend(functions.map(|function| function.id()));
        }
        true
    }

    /// The function that a callee is, in parentheses or by `.call`.
    fn called(&self, callee: Node<'tree>) -> Option<Node<'tree>> {
        let mut node = callee;
        loop {
            if is_function(self.table, node) {
                return Some(node);
            }
            node = match node.child_by_field_name("property") {
                Some(property) if matches!(self.text(property), "call" | "apply" | "bind") => node.child_by_field_name("object")?,
                Some(_) => return None,
                None if node.child(0).is_some_and(|first| first.kind() == "(") => node.named_child(0)?,
                None => return None,
            };
        }
    }

    fn text(&self, node: Node<'_>) -> &'tree str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    fn function(&mut self, node: Node<'tree>, depth: usize, field: &str, receiver: &str) -> bool {
        if self.transparent.remove(&node.id()) {
            self.claimed = None;
            return true;
        }
        let (index, lead) = match self.claimed.take_if(|claimed| claimed.id == node.id()) {
            Some(claimed) => (Some(claimed.index), claimed.lead),
            None => {
                let mut names = name::names(self.table.row, node, field, self.source);
                if names.is_empty() {
                    names.extend(self.unnamed(depth));
                }
                self.receive(node, receiver, &mut names);
                let (lead, outer) = self.take_lead(node, depth);
                let header_end = header::body_of_function(self.table, node).map_or(node.end_byte(), |body| body.start_byte());
                (self.define(&Draft { kind: SymbolKind::Function, node, outer, header_end }, names, &lead), lead)
            }
        };
        let Some(body) = header::body_of_function(self.table, node) else { return false };
        let is_broken = body.has_error() && !self.is_whole(node, body);
        if is_broken || is_function(self.table, body) {
            self.around.push(Around { depth, definition: index, is_broken });
            return true;
        }
        let owner = index.or_else(|| self.owner());
        self.elide(node, body, owner, lead)
    }

    fn elide(&mut self, function: Node<'tree>, body: Node<'tree>, owner: Option<usize>, lead: Lead<'tree>) -> bool {
        let range = body.byte_range();
        if range.len() > self.table.row.elision.len() {
            let mut decorators = lead.decorators;
            decorators.extend(header::decorators(self.table, function));
            self.found.bodies.push(Body { range, owner, function, comments: lead.comments, decorators });
        }
        false
    }

    fn members(&mut self, node: Node<'tree>, depth: usize, kind: SymbolKind, field: &str) -> bool {
        let index = match self.claimed.take_if(|claimed| claimed.id == node.id()) {
            Some(claimed) => Some(claimed.index),
            None => {
                let mut names = name::names(self.table.row, node, field, self.source);
                if names.is_empty() {
                    names.extend(self.unnamed(depth));
                }
                let (lead, outer) = self.take_lead(node, depth);
                self.define(&Draft { kind, node, outer, header_end: header::end_of_members(node) }, names, &lead)
            }
        };
        if index.is_some() {
            self.around.push(Around { depth, definition: index, is_broken: false });
        }
        true
    }

    fn item(&mut self, node: Node<'tree>, depth: usize, kind: Option<SymbolKind>, field: &str) -> bool {
        let names = name::names(self.table.row, node, field, self.source);
        let (lead, outer) = self.take_lead(node, depth);
        for name in names {
            let kind = if name.is_callable { Some(SymbolKind::Function) } else { kind.filter(|_| !self.is_in_broken()) };
            if let Some(kind) = kind {
                let header_end = name.value.unwrap_or_else(|| header::end(node));
                self.define(&Draft { kind, node, outer, header_end }, vec![name], &lead);
            }
        }
        true
    }

    fn binding(&mut self, node: Node<'tree>, depth: usize, binding: Binding) -> bool {
        let value = node.child_by_field_name(binding.value).map(|value| name::inner(self.table.row, value));
        let takes = value.and_then(|value| self.takes_name(value));
        let is_defined = binding.words.is_empty() || self.has_word(node, depth, binding.name, binding.words);
        let kind = takes.or(binding.otherwise.filter(|_| is_defined && !self.is_in_broken()));
        let Some(kind) = kind else { return true };
        let mut names = name::names(self.table.row, node, binding.name, self.source);
        if let Some(value) = value
            && names.iter().any(|name| self.table.row.weak_names.contains(&name.text.as_str()))
        {
            let own = name::names(self.table.row, value, "name", self.source);
            names = if own.is_empty() { names } else { own };
        }
        let (lead, outer) = self.take_lead(node, depth);
        let header_end = match value {
            Some(value) if takes.is_some() => header::end_of_members(value),
            Some(value) => header::body(value).map_or_else(|| header::end(node), |body| body.start_byte()),
            None => header::end(node),
        };
        let index = self.define(&Draft { kind, node, outer, header_end }, names, &lead);
        match (index, value) {
            (Some(index), Some(value)) if takes.is_some() => self.claimed = Some(Claim { id: value.id(), index, lead }),
            (Some(_), _) if kind == SymbolKind::Constant => {
                self.around.push(Around { depth, definition: index, is_broken: false });
            }
            (Some(_) | None, _) => {}
        }
        true
    }

    /// What a value is that takes the name it is bound to.
    fn takes_name(&self, value: Node<'_>) -> Option<SymbolKind> {
        match self.table.rule(value)? {
            Rule::Function { .. } => Some(SymbolKind::Function),
            Rule::Members(kind, "") => Some(kind),
            Rule::MembersInBody(kind, name) => {
                let is_free = header::body(value).is_some() && value.child_by_field_name(name).is_none();
                is_free.then_some(kind)
            }
            _ => None,
        }
    }

    /// Whether one of `words` stands before the name, or is the kind of the wrapper.
    fn has_word(&self, node: Node<'_>, depth: usize, field: &str, words: &[&str]) -> bool {
        let wrapper = self.wrapping.as_ref().filter(|wrapping| wrapping.depth + 1 == depth).map(|wrapping| wrapping.inner);
        let start = wrapper.map_or(node.start_byte(), |wrapper| wrapper.start_byte());
        let end = node.child_by_field_name(field).map_or(start, |name| name.start_byte());
        let before = self.source.get(start..end).unwrap_or_default();
        wrapper.is_some_and(|wrapper| words.contains(&wrapper.kind()))
            || before.split_whitespace().any(|word| words.contains(&word))
    }

    /// The name of what has none in a wrapper that names it.
    fn unnamed(&self, depth: usize) -> Option<Name> {
        let wrapping = self.wrapping.as_ref().filter(|wrapping| wrapping.depth + 1 == depth)?;
        let mut cursor = wrapping.inner.walk();
        let token = wrapping.inner.children(&mut cursor).find(|child| child.kind() == self.table.row.unnamed)?;
        Some(Name { text: self.text(token).to_owned(), range: token.byte_range(), is_callable: false, value: None })
    }

    /// Puts the type that a method belongs to before its name.
    fn receive(&self, node: Node<'_>, field: &str, names: &mut [Name]) {
        let receiver = node.child_by_field_name(field).and_then(|receiver| name::name(self.table.row, receiver, self.source));
        if let Some(receiver) = receiver {
            for name in names {
                name.text = format!("{}{}{}", receiver.text, self.table.row.separator, name.text);
            }
        }
    }

    /// What is above a definition, and the wrapper around it.
    fn take_lead(&mut self, node: Node<'tree>, depth: usize) -> (Lead<'tree>, Node<'tree>) {
        let mut lead = std::mem::take(&mut self.lead);
        let mut outer = node;
        if let Some(wrapping) = self.wrapping.take_if(|wrapping| wrapping.depth + 1 == depth) {
            lead = wrapping.lead;
            outer = wrapping.outer;
        }
        if lead.decorators.is_empty() && lead.is_apart(self.source, outer.start_byte()) {
            lead = Lead::default();
        }
        (lead, outer)
    }

    /// Adds a definition for each of the names; the index of the last.
    fn define(&mut self, draft: &Draft<'tree>, names: Vec<Name>, lead: &Lead<'tree>) -> Option<usize> {
        if self.hidden.is_some() {
            return None;
        }
        let parent = self.owner();
        let (scope, scope_kind, depth) = match parent.and_then(|index| self.found.definitions.get(index)) {
            Some(parent) => (format!("{}{}", parent.qualified, self.table.row.separator), Some(parent.kind), parent.depth + 1),
            None => (String::new(), None, 0),
        };
        let start = header::start(self.table, draft.outer);
        let end = draft.node.end_byte();
        let closing = self.source.get(end..draft.outer.end_byte()).unwrap_or_default();
        let end = if closing.trim() == ";" { draft.outer.end_byte() } else { end };
        // The nodes of some definitions have the end of the line in them.
        let end = start + self.source.get(start..end).map_or(0, |text| text.trim_end().len());
        let mut last = None;
        for name in names {
            let is_member =
                matches!(scope_kind, Some(SymbolKind::Class | SymbolKind::Interface | SymbolKind::Enum | SymbolKind::Constant));
            let kind = match draft.kind {
                SymbolKind::Function if is_member || name.text.contains(self.table.row.separator) => SymbolKind::Method,
                kind => kind,
            };
            last = Some(self.found.definitions.len());
            self.found.definitions.push(Definition {
                kind,
                qualified: bounded(&scope, name.text),
                name: name.range,
                parent,
                depth,
                header: header::trimmed(self.source, start..draft.header_end.max(start)),
                span: lead.start.unwrap_or(start).min(start)..end,
            });
        }
        last
    }

    /// The definition that the cursor is in.
    fn owner(&self) -> Option<usize> {
        self.around.iter().rev().find_map(|around| around.definition)
    }

    fn is_in_broken(&self) -> bool {
        self.around.iter().rev().any(|around| around.is_broken)
    }

    /// Whether a body with an error ends where the parser says.
    fn is_whole(&mut self, function: Node<'_>, body: Node<'_>) -> bool {
        let start = function.start_byte();
        let line = self.source.get(..start).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |end| end + 1);
        self.looked_at += body.end_byte() - line;
        self.looked_at <= LOOKS * self.source.len() && header::is_whole(self.source, line, body)
    }
}

fn is_function(table: &Table, node: Node<'_>) -> bool {
    matches!(table.rule(node), Some(Rule::Function { .. }))
}

/// Bodies with errors are looked at as often as this makes all of the file.
const LOOKS: usize = 8;

/// Whether a file is one statement, apart from comments, imports and directives.
fn is_one_statement(table: &Table, tree: &Tree, source: &str) -> bool {
    let root = tree.root_node();
    let mut cursor = root.walk();
    let is_beside = |node: &Node<'_>| {
        let first = source.as_bytes().get(node.start_byte());
        node.is_extra() || matches!(table.rule(*node), Some(Rule::Skip)) || matches!(first, Some(b'"' | b'\''))
    };
    root.named_children(&mut cursor).filter(|node| !is_beside(node)).take(2).count() == 1
}

/// A name with what is around it, without that where both are too long, and cut where it is too long by itself: names that add up
/// would take more memory than there is.
fn bounded(scope: &str, mut name: String) -> String {
    if scope.len() + name.len() <= MAX_QUALIFIED {
        return format!("{scope}{name}");
    }
    name.truncate(name.floor_char_boundary(MAX_QUALIFIED));
    name
}
