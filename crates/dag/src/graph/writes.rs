//! Which tickets say that they write in the same place. Tickets with the same `writes` form a class; classes overlap or do not.

use std::collections::{BTreeMap, BTreeSet};

use conductor_model::Ticket;

/// The classes of a track's tickets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writes {
    /// Each ticket's class, if it says what it writes.
    classes: Vec<Option<u32>>,
    /// Each class's places.
    places: Vec<Vec<String>>,
    by_places: BTreeMap<Vec<String>, u32>,
    by_place: BTreeMap<String, Vec<u32>>,
}

impl Writes {
    pub(super) fn extend(&mut self, tickets: &[Ticket]) {
        for ticket in tickets {
            let class = (!ticket.writes.is_empty()).then(|| self.class_with(&ticket.writes));
            self.classes.push(class);
        }
    }

    fn class_with(&mut self, patterns: &[String]) -> u32 {
        let places: BTreeSet<String> = patterns.iter().map(|pattern| place(pattern)).collect();
        let places: Vec<String> = places.into_iter().collect();
        if let Some(&class) = self.by_places.get(&places) {
            return class;
        }
        let class = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        for place in &places {
            self.by_place.entry(place.clone()).or_default().push(class);
        }
        self.by_places.insert(places.clone(), class);
        self.places.push(places);
        class
    }

    /// How many classes there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The class of a ticket; none if it does not say what it writes, and then it overlaps with nothing.
    pub(crate) fn class(&self, ticket: u32) -> Option<u32> {
        self.classes.get(ticket as usize).copied().flatten()
    }

    /// The classes that overlap with one, itself included.
    pub(crate) fn overlapping(&self, class: u32) -> BTreeSet<u32> {
        let mut all = BTreeSet::new();
        for place in self.places.get(class as usize).into_iter().flatten() {
            let above = std::iter::once(0).chain(place.match_indices('/').map(|(at, _)| at + 1));
            for end in above {
                all.extend(self.by_place.get(&place[..end]).into_iter().flatten());
            }
            let below = self.by_place.range(place.clone()..).take_while(|(other, _)| other.starts_with(place));
            all.extend(below.flat_map(|(_, classes)| classes));
        }
        all
    }
}

/// A pattern's part before its first wildcard, cut at a `/`, with a `/` after each component: one place contains another if its
/// text begins the other's. The empty text contains all.
fn place(pattern: &str) -> String {
    let literal = match pattern.find(['*', '?', '[', '{']) {
        Some(wildcard) => &pattern[..pattern[..wildcard].rfind('/').map_or(0, |slash| slash + 1)],
        None => pattern,
    };
    let mut place = String::new();
    for component in literal.split('/').filter(|component| !component.is_empty() && *component != ".") {
        place.push_str(component);
        place.push('/');
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor_model::TicketId;

    fn overlap(a: &[&str], b: &[&str]) -> bool {
        let ticket = |id: &str, writes: &[&str]| {
            let mut ticket = Ticket::new(TicketId::new(id).unwrap(), "");
            ticket.writes = writes.iter().map(|&text| text.to_owned()).collect();
            ticket
        };
        let mut writes = Writes::default();
        writes.extend(&[ticket("a", a), ticket("b", b)]);
        let (Some(a), Some(b)) = (writes.class(0), writes.class(1)) else { return false };
        assert_eq!(writes.overlapping(a).contains(&b), writes.overlapping(b).contains(&a));
        writes.overlapping(a).contains(&b)
    }

    #[test]
    fn patterns_overlap_if_the_literal_part_of_one_contains_the_others() {
        assert!(overlap(&["auth/**"], &["auth/token.py"]));
        assert!(overlap(&["auth/a*.py"], &["auth/b*.py"]));
        assert!(overlap(&["**"], &["x/y"]));
        assert!(overlap(&["./src/lib.rs"], &["src/lib.rs"]));
        assert!(overlap(&["docs/**", "src/x/"], &["src/x/y"]));
        assert!(!overlap(&["auth/**"], &["auth.py"]));
        assert!(!overlap(&["auth/**"], &["authors/**"]));
        assert!(!overlap(&["src/a/**"], &["src/b/**"]));
        assert!(!overlap(&["src/a.rs"], &["src/a.rs.bak"]));
        assert!(!overlap(&[], &["**"]));
    }
}
