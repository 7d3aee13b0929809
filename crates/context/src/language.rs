//! The table of languages. A row says how a language is recognised, parsed and rendered; adding a language is adding a row and
//! its module.

use std::num::NonZeroU16;

use tree_sitter::Tree;

use crate::parse;
use crate::python;
use crate::symbol::Symbol;
use crate::view::{Markers, Note, Rendered, View, ViewError, ViewOptions};

/// A language of which there are views beyond the full text.
pub(crate) struct Language {
    /// The word after an opening fence.
    pub(crate) name: &'static str,
    /// Of file names, in lower case and without the dot.
    extensions: &'static [&'static str],
    /// The name of a file's encoding, where the file says it.
    declared_encoding: fn(&[u8]) -> Option<&str>,
    grammar: fn() -> tree_sitter::Language,
    /// Whether a text is beyond what the grammar's scanner can take.
    is_beyond: fn(&str) -> bool,
    /// Makes a curated, skeleton or outline view of a text and its tree.
    render: fn(&str, &Tree, View, &ViewOptions<'_>) -> Rendered,
    /// Finds the definitions of a text and its tree.
    symbols: fn(&str, &Tree) -> Vec<Symbol>,
    /// The words of which one stands before the name of every definition; none where a definition can do without.
    pub(crate) defining: &'static [&'static str],
    /// The node kinds that may refer to a definition by its name.
    references: &'static [&'static str],
    /// The field of a node in which such a node is a member of something: `b` of `a.b`.
    member_field: &'static str,
    /// The node kinds that are always members of something.
    member_kinds: &'static [&'static str],
    /// Whether methods are referred to as members of something alone, never by their bare name.
    methods_are_members: bool,
}

/// What in a tree is a reference, as numbers of its grammar.
pub(crate) struct References {
    /// Kinds of nodes that may refer to a definition by its name.
    pub(crate) kinds: Vec<u16>,
    /// Those among them that are members of something wherever they stand.
    pub(crate) member_kinds: Vec<u16>,
    /// The field in which the others are.
    pub(crate) member_field: Option<NonZeroU16>,
    /// Whether methods are referred to as members alone.
    pub(crate) methods_are_members: bool,
}

static LANGUAGES: [Language; 1] = [Language {
    name: "python",
    extensions: &["py", "pyi", "pyw"],
    declared_encoding: python::cookie,
    grammar: || tree_sitter_python::LANGUAGE.into(),
    is_beyond: python::is_too_deep,
    render: python::render,
    symbols: python::symbols,
    defining: &["class", "def"],
    references: &["identifier"],
    member_field: "attribute",
    member_kinds: &[],
    methods_are_members: true,
}];

impl Language {
    /// The language of a file, by its extension.
    pub(crate) fn of_path(path: &str) -> Option<&'static Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let (_, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        LANGUAGES.iter().find(|language| language.extensions.contains(&extension.as_str()))
    }

    /// The name of the encoding of a file, where the file says it.
    pub(crate) fn declared_encoding<'s>(&self, source: &'s [u8]) -> Option<&'s str> {
        (self.declared_encoding)(source)
    }

    /// A curated, skeleton or outline view of `text`.
    pub(crate) fn render(&self, text: &str, view: View, options: &ViewOptions<'_>) -> Result<Rendered, ViewError> {
        Ok((self.render)(text, &self.parse(text)?, view, options))
    }

    /// The definitions in `text`, and what a view of it would note.
    pub(crate) fn symbols(&self, text: &str) -> Result<(Vec<Symbol>, Vec<Note>), ViewError> {
        let tree = self.parse(text)?;
        let options = ViewOptions { keep: &[], markers: &Markers::default() };
        let has_error = tree.root_node().has_error();
        let notes = if has_error { (self.render)(text, &tree, View::Outline, &options).notes } else { Vec::new() };
        Ok(((self.symbols)(text, &tree), notes))
    }

    /// The definitions in `text`, whose tree is known.
    pub(crate) fn symbols_of(&self, text: &str, tree: &Tree) -> Vec<Symbol> {
        (self.symbols)(text, tree)
    }

    /// What in a tree of this language is a reference.
    pub(crate) fn references(&self, grammar: &tree_sitter::Language) -> References {
        let ids = |kinds: &[&str]| kinds.iter().map(|kind| grammar.id_for_node_kind(kind, true)).collect();
        References {
            kinds: ids(self.references),
            member_kinds: ids(self.member_kinds),
            member_field: grammar.field_id_for_name(self.member_field),
            methods_are_members: self.methods_are_members,
        }
    }

    pub(crate) fn parse(&self, text: &str) -> Result<Tree, ViewError> {
        if (self.is_beyond)(text) {
            return Err(ViewError::TooComplex);
        }
        parse::parse(&(self.grammar)(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_the_extension_of_the_file_name() {
        let name = |path| Language::of_path(path).map(|language| language.name);
        assert_eq!(
            ["a.py", "x/y.PYI", "w.pyw", "py", "x.py/readme", "a.rs", ".py", ""].map(name),
            [Some("python"), Some("python"), Some("python"), None, None, None, Some("python"), None]
        );
    }

    #[test]
    fn every_grammar_of_the_table_loads() {
        for language in &LANGUAGES {
            assert!(parse::parse(&(language.grammar)(), "").is_ok(), "{}", language.name);
        }
    }
}
