//! A map as text: the signatures of the definitions that matter most, below the names of their files.

use std::collections::BTreeSet;

use conductor_model::safe_line;

use super::rank::Ranking;
use crate::tokens::{Tokens, estimate_tokens};

/// A map within a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryMap {
    /// Files in the order of their rank; below each the signatures in the order of the source, indented by what is around them.
    pub text: String,
    /// Estimated tokens of the text, at most the budget.
    pub tokens: Tokens,
    /// How many files are in it.
    pub files: usize,
    /// How many definitions are in it.
    pub definitions: usize,
}

/// A definition: the position of its file in the ranking, then its own in the file.
type Place = (usize, usize);

impl Ranking<'_> {
    /// Draws the map within a budget of tokens, leaving out the files at `without`.
    pub fn map(&self, budget: Tokens, without: &BTreeSet<&str>) -> RepositoryMap {
        let (places, all) = self.places(budget, without);
        let draw = |count: usize| self.draw(places.get(..count).unwrap_or(&places), all);
        // The most definitions that fit: more are hardly ever less text, and what is taken is measured itself.
        let (mut fits, mut most) = (0, places.len() + 1);
        while most - fits > 1 {
            let middle = fits + (most - fits) / 2;
            if draw(middle).tokens <= budget { fits = middle } else { most = middle }
        }
        let drawn = draw(fits);
        if drawn.tokens <= budget {
            drawn
        } else {
            RepositoryMap { text: String::new(), tokens: Tokens(0), files: 0, definitions: 0 }
        }
    }

    /// The definitions that can be in a map of that budget, the most relevant first, and how many there are in all.
    fn places(&self, budget: Tokens, without: &BTreeSet<&str>) -> (Vec<Place>, [usize; 2]) {
        let shares = self.graph.shares(&self.ranks);
        let mut scored: Vec<(f64, Place)> = Vec::new();
        let mut files = 0;
        for (position, at) in self.order.iter().enumerate() {
            let (Some(entry), Some(rank)) = (self.index.entries.get(*at), self.ranks.get(*at)) else { continue };
            let tags = &entry.tags.definitions;
            if tags.is_empty() || without.contains(entry.path.as_str()) {
                continue;
            }
            let named = self.named.get(at);
            // All of a file that the query favours is of interest.
            let is_favoured = self.points.get(*at).is_some_and(|points| *points > 0.0);
            let shared_by = if is_favoured { 1 } else { tags.len() };
            files += 1;
            for (number, tag) in tags.iter().enumerate() {
                let share = self.graph.share(tag, &shares);
                // What nobody refers to comes by the rank of its file, and what is around others before them.
                let own = rank / (shared_by * (tag.depth as usize + 1)) as f64;
                let is_named = named.is_some_and(|named| named.iter().any(|name| name == tag.qualified()));
                scored.push((share + own + f64::from(u8::from(is_named)), (position, number)));
            }
        }
        let all = [files, scored.len()];
        scored.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
        // No signature is less than a token.
        scored.truncate(usize::try_from(budget.0).unwrap_or(usize::MAX));
        (scored.into_iter().map(|(_, place)| place).collect(), all)
    }

    fn draw(&self, places: &[Place], [all_files, all]: [usize; 2]) -> RepositoryMap {
        let mut shown: BTreeSet<Place> = BTreeSet::new();
        for (position, number) in places {
            let mut at = Some(*number);
            while let Some(number) = at
                && shown.insert((*position, number))
            {
                at = self.tag(*position, number).and_then(|tag| tag.parent).map(|parent| parent as usize);
            }
        }
        let mut text = String::new();
        let (mut files, mut last) = (0, None);
        for (position, number) in &shown {
            let Some(tag) = self.tag(*position, *number) else { continue };
            if last != Some(*position) {
                text.push_str(&safe_line(self.path(*position)));
                text.push_str(":\n");
                (files, last) = (files + 1, Some(*position));
            }
            // Deep nesting is no reason for long lines.
            text.push_str(&"  ".repeat(tag.depth.min(16) as usize + 1));
            text.push_str(&tag.signature);
            text.push('\n');
        }
        if shown.len() < all {
            text.push_str(&format!("({} more definitions in {} more files are not shown)\n", all - shown.len(), all_files - files));
        }
        RepositoryMap { tokens: estimate_tokens(&text), text, files, definitions: shown.len() }
    }

    fn tag(&self, position: usize, number: usize) -> Option<&super::Tag> {
        self.index.entries.get(*self.order.get(position)?)?.tags.definitions.get(number)
    }

    fn path(&self, position: usize) -> &str {
        self.order.get(position).and_then(|at| self.index.entries.get(*at)).map_or("", |entry| &entry.path)
    }
}
