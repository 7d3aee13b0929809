//! Graphs: every mistake named, levels and paths, and random graphs against a slow definition.

use proptest::prelude::Strategy;

use super::*;

fn id(name: &str) -> TicketId {
    TicketId::new(name).unwrap()
}

fn ids(names: &[&str]) -> Vec<TicketId> {
    names.iter().map(|name| id(name)).collect()
}

fn ticket(name: &str, depends_on: &[&str]) -> Ticket {
    let mut ticket = Ticket::new(id(name), "");
    ticket.depends_on = ids(depends_on);
    ticket
}

fn names<'t>(tickets: impl IntoIterator<Item = &'t Ticket>) -> Vec<&'t str> {
    tickets.into_iter().map(|ticket| ticket.id.as_str()).collect()
}

#[test]
fn levels_and_the_critical_path_follow_the_longest_way() {
    let graph = TicketGraph::new(vec![
        ticket("end", &["mid", "solo"]),
        ticket("solo", &[]),
        ticket("mid", &["start"]),
        ticket("start", &[]),
    ])
    .unwrap();
    assert_eq!(graph.levels(), [2, 0, 1, 0]);
    assert_eq!(names(graph.critical_path()), ["start", "mid", "end"]);
    assert_eq!(names(graph.dependencies(&id("end"))), ["mid", "solo"]);
    assert_eq!(names(graph.dependents_of(&id("start"))), ["mid"]);
    assert_eq!(graph.ticket(&id("nobody")), None);
}

#[test]
fn every_mistake_is_found() {
    let tickets =
        [ticket("a", &["b", "b", "a", "nobody"]), ticket("b", &[]), ticket("b", &[]), ticket("x", &["y"]), ticket("y", &["x"])];
    let expected = [
        GraphError::Duplicate(id("b")),
        GraphError::Twice { ticket: id("a"), dependency: id("b") },
        GraphError::OnItself(id("a")),
        GraphError::Unknown { ticket: id("a"), dependency: id("nobody") },
        GraphError::Cycle(ids(&["x", "y"])),
    ];
    assert_eq!(TicketGraph::default().verify_added(&tickets), expected);
    assert_eq!(TicketGraph::new(tickets.to_vec()), Err(GraphError::Duplicate(id("b"))));
}

#[test]
fn the_shortest_circle_through_the_first_ticket_in_one_is_named() {
    let tickets = vec![
        // Behind a circle, between two, and only then in one.
        ticket("behind", &["a"]),
        ticket("between", &["a"]),
        ticket("b", &["between", "c", "long1"]),
        ticket("c", &["b"]),
        ticket("long1", &["long2"]),
        ticket("long2", &["b"]),
        ticket("a", &["a2"]),
        ticket("a2", &["a"]),
    ];
    assert_eq!(TicketGraph::new(tickets), Err(GraphError::Cycle(ids(&["b", "c"]))));
}

#[test]
fn a_long_circle_is_named_in_full_and_shown_by_its_ends() {
    const MANY: u32 = 100_000;
    let name = |number: u32| number.to_string();
    let tickets = (0..MANY).map(|number| ticket(&name(number), &[&name((number + 1) % MANY)])).collect();
    let Err(error) = TicketGraph::new(tickets) else { panic!("there is a circle") };
    let shown = error.to_string();
    assert!(shown.starts_with("tickets depend on each other in a circle: 0 → 1 → 2"));
    assert!(shown.ends_with("→ 99998 → 99999 (100000 tickets)"));
    let GraphError::Cycle(all) = error else { panic!("there is a circle") };
    assert_eq!(all, (0..MANY).map(|number| id(&name(number))).collect::<Vec<_>>());
}

fn join(graph: &mut TicketGraph, tickets: Vec<Ticket>) {
    for longer in graph.extend(tickets).unwrap() {
        graph.lengthen(longer);
    }
}

#[test]
fn what_took_longer_weighs_more_and_what_is_not_known_weighs_the_median() {
    let all = || vec![ticket("a", &[]), ticket("b", &["a"]), ticket("c", &[]), ticket("d", &["c"]), ticket("e", &[])];
    let mut graph = TicketGraph::new(all()).unwrap();
    assert_eq!((0..5).map(|at| graph.path(at)).collect::<Vec<_>>(), [2, 1, 2, 1, 1]);
    let known = |names: &[(&str, u64)]| names.iter().map(|&(name, took)| (id(name), Millis(took))).collect::<BTreeMap<_, _>>();
    let durations = known(&[("b", 5_000), ("d", 7_000), ("e", 0), ("later", 90_000), ("c", 6_000)]);
    graph.weigh(&durations);
    assert_eq!((0..5).map(|at| graph.path(at)).collect::<Vec<_>>(), [11_000, 5_000, 13_000, 7_000, 1]);
    assert_eq!(names(graph.critical_path()), ["c", "d"]);
    assert_ne!(graph, TicketGraph::new(all()).unwrap());
    // One that joins weighs what it is known to weigh, and makes the way longer for what it depends on.
    join(&mut graph, vec![ticket("later", &["b"]), ticket("new", &["later"])]);
    assert_eq!((0..7).map(|at| graph.path(at)).collect::<Vec<_>>(), [107_000, 101_000, 13_000, 7_000, 1, 96_000, 6_000]);
}

#[test]
fn tickets_join_all_or_none() {
    let mut graph = TicketGraph::new(vec![ticket("a", &[]), ticket("b", &["a"])]).unwrap();
    let before = graph.clone();
    assert_eq!(graph.extend(vec![ticket("c", &["b"]), ticket("a", &[])]), Err(GraphError::Duplicate(id("a"))));
    assert_eq!(graph, before);
    join(&mut graph, vec![ticket("d", &["c"]), ticket("c", &["b"])]);
    let whole = vec![ticket("a", &[]), ticket("b", &["a"]), ticket("d", &["c"]), ticket("c", &["b"])];
    assert_eq!(graph, TicketGraph::new(whole).unwrap());
    assert_eq!((0..4).map(|at| graph.path(at)).collect::<Vec<_>>(), [4, 3, 1, 2]);
    assert_eq!(graph.levels(), [0, 1, 3, 2]);
}

#[test]
fn hostile_ids_are_shown_safely() {
    let wrong = vec![ticket("a", &["\u{202e}x"])];
    let shown = TicketGraph::new(wrong).unwrap_err().to_string();
    assert!(!shown.contains('\u{202e}'), "{shown}");
}

proptest::proptest! {
    #[test]
    fn every_ticket_comes_after_its_dependencies_whatever_the_order_of_the_file(
        edges in proptest::collection::btree_set((0_u32..30, 0_u32..30), 0..80),
        order in proptest::prelude::Just((0_u32..30).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let name = |number: u32| format!("t{number}");
        let tickets = order
            .iter()
            .map(|&number| {
                let mut made = ticket(&name(number), &[]);
                made.depends_on = edges.iter().filter(|(low, high)| *high == number && low < high).map(|(low, _)| id(&name(*low))).collect();
                made
            })
            .collect();
        let graph = TicketGraph::new(tickets).unwrap();
        for ticket in 0..30 {
            for dependency in graph.dependencies_at(ticket) {
                proptest::prop_assert!(graph.position(dependency) < graph.position(ticket));
                proptest::prop_assert!(graph.path(dependency) > graph.path(ticket));
            }
        }
    }

    #[test]
    fn tickets_that_join_leave_the_paths_of_a_graph_that_had_them_from_the_start(
        edges in proptest::collection::btree_set((0_u32..24, 0_u32..24), 0..60),
        took in proptest::collection::btree_map(0_u32..24, 0_u64..50, 0..24),
        cuts in proptest::collection::btree_set(1_usize..24, 0..4),
    ) {
        let name = |number: u32| format!("t{number}");
        let all: Vec<Ticket> = (0..24)
            .map(|number| {
                let before: Vec<String> = edges.iter().filter(|(low, high)| *high == number && low < high).map(|(low, _)| name(*low)).collect();
                ticket(&name(number), &before.iter().map(String::as_str).collect::<Vec<_>>())
            })
            .collect();
        let took = took.into_iter().map(|(number, took)| (id(&name(number)), Millis(took))).collect();
        let mut whole = TicketGraph::new(all.clone()).unwrap();
        whole.weigh(&took);
        let mut joined = TicketGraph::default();
        joined.weigh(&took);
        let ends = cuts.iter().copied().chain([24]);
        let mut from = 0;
        for end in ends {
            join(&mut joined, all[from..end].to_vec());
            from = end;
        }
        proptest::prop_assert_eq!(&joined.paths, &whole.paths);
    }
}
