//! Which functions a list of names names.

/// Whether a name on the list is this function, the tail of its qualified name, something around it or something in it. Between the
/// parts of a name, `.`, `::` and `#` are the same.
pub(crate) fn is_named(qualified: &str, keep: &[String]) -> bool {
    let own: Vec<&str> = parts(qualified).collect();
    keep.iter().any(|name| {
        let wanted: Vec<&str> = parts(name).collect();
        !wanted.contains(&"") && (own.ends_with(&wanted) || own.starts_with(&wanted) || wanted.starts_with(&own))
    })
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(['.', '#']).flat_map(|part| part.split("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_its_tail_by_what_is_around_it_and_by_what_is_in_it() {
        let kept = |name: &str| ["A.b.f", "A::b::f", "f", "A.b", "b.g", "xf"].map(|own| is_named(own, &[name.to_owned()]));
        assert_eq!(kept("f"), [true, true, true, false, false, false]);
        assert_eq!(kept("A::b"), [true, true, false, true, false, false]);
        assert_eq!(kept("b#f"), [true, true, false, false, false, false]);
        assert_eq!(kept("A.b.f.inner"), [true, true, false, true, false, false]);
        assert_eq!(kept(""), [false; 6]);
        assert_eq!(kept("A."), [false; 6]);
    }
}
