//! Which files matter: a PageRank over files and the names through which they use each other, personalised to a query.
//!
//! A file passes its rank to the names it refers to, each name to the files that define it, in equal shares. Going through the
//! names keeps a step linear in the references and definitions, however often a name is used and defined. Names that a file
//! defines itself, and names that nobody defines, take nothing.
//!
//! The weight of a reference is the square root of how often the name stands in the file, times:
//!
//! | a name that | times |
//! |---|---|
//! | the query names | 10 |
//! | has eight characters or more and an underscore or inner capital | 4 |
//! | is an ordinary word: lower case, no underscore | 0.2 |
//! | begins with an underscore | 0.1 |
//! | more than five files define | 0.1 |
//! | has less than three characters | 0.1 |
//!
//! A query favours files by these points, which add up:
//!
//! | a file | points |
//! |---|---|
//! | that the query names by its path | 10 |
//! | that it names by its last names or as a module | 5 |
//! | that was changed by the work before | 4 |
//! | that defines a name of the query, with the names around it | 6, shared among such files |
//! | that defines the last part of such a name | 3, shared among such files |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use indexmap::IndexSet;

use super::index::{Entry, Index};
use super::query::Query;
use super::tags::Tag;

const DAMPING: f64 = 0.85;
/// Enough for a difference of less than one in a hundred between neighbours in rank.
const ROUNDS: usize = 24;
/// How many users of a file are named as a reason.
const USERS: usize = 3;
/// Of how many files it is told who uses them: finding that takes a look at all others.
const EXPLAINED: usize = 50;
/// Files that define the same name, from which on it counts less.
const COMMON: usize = 5;

type Names<'i> = IndexSet<&'i str, foldhash::fast::FixedState>;

/// Why a file has the rank it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The query names it.
    Named,
    /// It defines names of the query.
    Defines {
        /// Qualified, in the order in which they are sorted.
        names: Vec<String>,
    },
    /// The work before changed it.
    Changed {
        /// Whose.
        by: String,
    },
    /// Other files use what it defines.
    Used {
        /// The most important ones.
        by: Vec<String>,
        /// How many there are beside them.
        more: usize,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => f.write_str("is named"),
            Self::Defines { names } => write!(f, "defines {}, which is named", names.join(", ")),
            Self::Changed { by } => write!(f, "was changed by {by}"),
            Self::Used { by, more: 0 } => write!(f, "is used by {}", by.join(", ")),
            Self::Used { by, more } => write!(f, "is used by {} and {more} more", by.join(", ")),
        }
    }
}

/// A file with its place in the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedFile<'i> {
    /// Its path.
    pub path: &'i str,
    /// Its share of the whole rank: 0 to 1.
    pub score: f64,
    /// What the query itself gives it; see the table of points.
    pub points: f64,
    /// Whether that is anything: else it is there for what other files make of it.
    pub is_favoured: bool,
    /// Why; empty where nothing speaks for it.
    pub reasons: Vec<Reason>,
}

/// The files of a repository, the most relevant first.
#[derive(Debug)]
pub struct Ranking<'i> {
    pub(super) index: &'i Index,
    pub(super) graph: Graph<'i>,
    pub(super) ranks: Vec<f64>,
    pub(super) points: Vec<f64>,
    /// Positions in the index, the most relevant first; equal ones by path.
    pub(super) order: Vec<usize>,
    reasons: BTreeMap<usize, Vec<Reason>>,
    /// Of each file that defines names of the query: their qualified names.
    pub(super) named: BTreeMap<usize, Vec<String>>,
}

/// Who refers to what, through names. A name has two numbers, one after the other: as it stands by itself, and as a member of
/// something, `.name`. A bare name does not refer to methods.
#[derive(Debug)]
pub(super) struct Graph<'i> {
    /// Of each file: the names and the weight of its references to them, all of which are 1 together.
    uses: Vec<Vec<(usize, f64)>>,
    /// Of each name: the files that define it.
    definers: Vec<Vec<usize>>,
    names: Names<'i>,
}

impl Index {
    /// Orders the files by how much they matter for a query.
    pub fn rank(&self, query: &Query) -> Ranking<'_> {
        let mut reasons = BTreeMap::new();
        let mut named = BTreeMap::new();
        let points = points(&self.entries, query, &mut reasons, &mut named);
        let graph = Graph::of(&self.entries, query);
        let ranks = graph.ranks(&points);
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        let rank = |at: &usize| ranks.get(*at).copied().unwrap_or_default();
        order.sort_by(|left, right| rank(right).total_cmp(&rank(left)).then(left.cmp(right)));
        Ranking { index: self, graph, ranks, points, order, reasons, named }
    }
}

impl<'i> Ranking<'i> {
    /// Whether the query favours anything: else the ranking is the repository's own.
    pub fn is_personal(&self) -> bool {
        self.points.iter().any(|points| *points > 0.0)
    }

    /// The files, the most relevant first. Who uses them is known of the first 50.
    pub fn files(&self) -> impl Iterator<Item = RankedFile<'i>> + '_ {
        self.order.iter().enumerate().filter_map(|(position, at)| self.file(*at, position < EXPLAINED))
    }

    fn file(&self, at: usize, with_users: bool) -> Option<RankedFile<'i>> {
        let mut reasons = self.reasons.get(&at).cloned().unwrap_or_default();
        reasons.extend(if with_users { self.users(at) } else { None });
        let points = self.points.get(at).copied().unwrap_or_default();
        let is_favoured = points > 0.0;
        Some(RankedFile { path: &self.index.entries.get(at)?.path, score: *self.ranks.get(at)?, points, is_favoured, reasons })
    }

    /// Who uses a file, by how much rank it gets from them.
    fn users(&self, at: usize) -> Option<Reason> {
        let tags = &self.index.entries.get(at)?.tags.definitions;
        let mine: BTreeSet<usize> = tags.iter().flat_map(|tag| self.graph.numbers(tag)).collect();
        let mut users: Vec<(usize, f64)> = Vec::new();
        for (user, uses) in self.graph.uses.iter().enumerate() {
            let given: f64 = mine.iter().filter_map(|name| self.graph.given(uses, *name)).sum();
            if user != at && given > 0.0 {
                users.push((user, given * self.ranks.get(user).copied().unwrap_or_default()));
            }
        }
        users.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        let by: Vec<String> =
            users.iter().take(USERS).filter_map(|(user, _)| Some(self.index.entries.get(*user)?.path.clone())).collect();
        let more = users.len() - by.len();
        (!by.is_empty()).then_some(Reason::Used { by, more })
    }
}

/// The points of each file, with the reasons.
fn points(
    entries: &[Entry],
    query: &Query,
    reasons: &mut BTreeMap<usize, Vec<Reason>>,
    named: &mut BTreeMap<usize, Vec<String>>,
) -> Vec<f64> {
    let mut points = vec![0.0; entries.len()];
    let mut give = |at: usize, more: f64, reason: Option<Reason>| {
        if let Some(points) = points.get_mut(at) {
            *points += more;
        }
        if let Some(reason) = reason {
            reasons.entry(at).or_default().push(reason);
        }
    };
    for (at, entry) in entries.iter().enumerate() {
        let worth = named_by_path(&entry.path, query);
        if worth > 0.0 {
            give(at, worth, Some(Reason::Named));
        }
    }
    for name in &query.names {
        let matching = matching(entries, name);
        for (whole, worth) in [(true, 6.0), (false, 3.0)] {
            let some: Vec<_> = matching.iter().filter(|(_, is_whole, _)| *is_whole == whole).collect();
            // A last part that everybody defines says nothing.
            if !whole && (name.len() > 1 && some.len() < matching.len() || some.len() > 4 * COMMON) {
                continue;
            }
            for (at, _, qualified) in &some {
                give(*at, worth / some.len() as f64, None);
                named.entry(*at).or_default().push(qualified.clone());
            }
        }
    }
    for (at, names) in named {
        give(*at, 0.0, Some(Reason::Defines { names: names.clone() }));
    }
    for (path, by) in &query.changed {
        if let Ok(at) = entries.binary_search_by(|entry| entry.path.as_str().cmp(path)) {
            give(at, 4.0, Some(Reason::Changed { by: by.clone() }));
        }
    }
    points
}

fn named_by_path(path: &str, query: &Query) -> f64 {
    if query.paths.contains(path) {
        return 10.0;
    }
    let is_end = |word: &str| path.strip_suffix(word).is_some_and(|before| before.ends_with('/'));
    if query.paths.iter().any(|word| is_end(word)) {
        return 5.0;
    }
    // A module: `django.db.models` is django/db/models.py and django/db/models/__init__.py.
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let stem = ["/__init__", "/mod", "/index"].into_iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
    let parts: Vec<&str> = stem.split('/').collect();
    let is_module = |name: &Vec<String>| {
        name.len() > 1 && parts.len() >= name.len() && parts.ends_with(&name.iter().map(String::as_str).collect::<Vec<_>>())
    };
    if query.names.iter().any(is_module) { 5.0 } else { 0.0 }
}

/// The files that define a name, whether with the names around it, and which definition it is.
fn matching(entries: &[Entry], name: &[String]) -> Vec<(usize, bool, String)> {
    let Some(last) = name.last() else { return Vec::new() };
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let mut best: Option<(bool, &str)> = None;
        for tag in entry.tags.definitions.iter().filter(|tag| *tag.name == **last) {
            let parts: Vec<&str> = tag.qualified().split(['.', ':']).filter(|part| !part.is_empty()).collect();
            let whole = name.len() == 1 || parts.ends_with(&name.iter().map(String::as_str).collect::<Vec<_>>());
            if best.is_none_or(|(known, _)| whole && !known) {
                best = Some((whole, tag.qualified()));
            }
        }
        found.extend(best.map(|(whole, qualified)| (at, whole, qualified.to_owned())));
    }
    found
}

impl<'i> Graph<'i> {
    fn of(entries: &'i [Entry], query: &Query) -> Self {
        let mut names = Names::default();
        let mut definers: Vec<Vec<usize>> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            for tag in &entry.tags.definitions {
                let (number, _) = names.insert_full(&*tag.name);
                definers.resize(definers.len().max(2 * number + 2), Vec::new());
                for files in definers.get_mut(ways(number, tag)).unwrap_or_default() {
                    if files.last() != Some(&at) {
                        files.push(at);
                    }
                }
            }
        }
        let named: BTreeSet<&str> = query.names.iter().filter_map(|name| name.last()).map(String::as_str).collect();
        let files = definers.chunks_exact(2).map(|ways| ways.iter().map(Vec::len).max().unwrap_or_default());
        let weights: Vec<f64> = names.iter().zip(files).map(|(name, files)| weight(name, files, &named)).collect();
        let uses = entries.iter().enumerate().map(|(at, entry)| uses(at, entry, &names, &definers, &weights)).collect();
        Self { uses, definers, names }
    }

    /// The numbers under which a definition is referred to.
    fn numbers(&self, tag: &Tag) -> Range<usize> {
        self.names.get_index_of(&*tag.name).map_or(0..0, |number| ways(number, tag))
    }

    /// What a definition gets of what [`Graph::shares`] gives to names.
    pub(super) fn share(&self, tag: &Tag, shares: &[f64]) -> f64 {
        shares.get(self.numbers(tag)).unwrap_or_default().iter().sum()
    }

    /// What a file gives to one definer of a name, as a share of its rank.
    fn given(&self, uses: &[(usize, f64)], name: usize) -> Option<f64> {
        let at = uses.binary_search_by_key(&name, |(name, _)| *name).ok()?;
        Some(uses.get(at)?.1 / self.definers.get(name)?.len() as f64)
    }

    /// What each name gives to each of its definers.
    pub(super) fn shares(&self, ranks: &[f64]) -> Vec<f64> {
        let mut shares = vec![0.0; self.definers.len()];
        for (uses, rank) in self.uses.iter().zip(ranks) {
            for (name, weight) in uses {
                if let Some(share) = shares.get_mut(*name) {
                    *share += rank * weight;
                }
            }
        }
        for (share, files) in shares.iter_mut().zip(&self.definers) {
            *share /= files.len().max(1) as f64;
        }
        shares
    }

    fn ranks(&self, points: &[f64]) -> Vec<f64> {
        let total: f64 = points.iter().sum();
        let even = 1.0 / points.len().max(1) as f64;
        // A tenth goes to everybody, so that files nobody leads to have an order too.
        let start: Vec<f64> =
            points.iter().map(|points| if total > 0.0 { 0.9 * points / total + 0.1 * even } else { even }).collect();
        let mut ranks = start.clone();
        for _ in 0..ROUNDS {
            let shares = self.shares(&ranks);
            let lost: f64 = self.uses.iter().zip(&ranks).filter(|(uses, _)| uses.is_empty()).map(|(_, rank)| rank).sum();
            ranks = start.iter().map(|start| start * (1.0 - DAMPING + DAMPING * lost)).collect();
            for (share, files) in shares.iter().zip(&self.definers) {
                for file in files {
                    if let Some(rank) = ranks.get_mut(*file) {
                        *rank += DAMPING * share;
                    }
                }
            }
        }
        ranks
    }
}

/// The numbers of the ways in which a definition with this name is referred to.
fn ways(name: usize, tag: &Tag) -> Range<usize> {
    2 * name + usize::from(tag.is_member)..2 * name + 2
}

/// The references of a file to names that other files define, by number of the name; their weights are 1 together.
fn uses(at: usize, entry: &Entry, names: &Names<'_>, definers: &[Vec<usize>], weights: &[f64]) -> Vec<(usize, f64)> {
    let mut uses: Vec<(usize, f64)> = Vec::new();
    for (name, count) in &entry.tags.references {
        let (name, is_member) = name.strip_prefix('.').map_or((&**name, false), |name| (name, true));
        let Some(number) = names.get_index_of(name) else { continue };
        let way = 2 * number + usize::from(is_member);
        if definers.get(way).is_some_and(|files| !files.is_empty() && files.binary_search(&at).is_err()) {
            uses.push((way, f64::from(*count).sqrt() * weights.get(number).copied().unwrap_or_default()));
        }
    }
    uses.sort_unstable_by_key(|(number, _)| *number);
    // Each name once: what a damaged cache says twice, or not at all, would leave weights that are no shares.
    uses.dedup_by_key(|(number, _)| *number);
    uses.retain(|(_, weight)| *weight > 0.0);
    let total: f64 = uses.iter().map(|(_, weight)| weight).sum();
    uses.iter_mut().for_each(|(_, weight)| *weight /= total);
    uses
}

fn weight(name: &str, files: usize, named: &BTreeSet<&str>) -> f64 {
    let characters = name.chars().count();
    let has_parts =
        name.trim_matches('_').contains('_') || name.chars().skip(1).any(char::is_uppercase) && name.contains(char::is_lowercase);
    let factors = [
        (named.contains(name), 10.0),
        (characters >= 8 && has_parts, 4.0),
        (name.bytes().all(|byte| byte.is_ascii_lowercase()), 0.2),
        (name.starts_with('_'), 0.1),
        (files > COMMON, 0.1),
        (characters < 3, 0.1),
    ];
    factors.into_iter().filter(|(applies, _)| *applies).map(|(_, factor)| factor).product()
}
