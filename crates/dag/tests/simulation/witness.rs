//! Watches a run from outside and holds it to the rules, by its own bookkeeping: from inputs, events and effects alone.

use std::collections::{BTreeMap, BTreeSet};

use conductor_model::{
    ApprovalKind, Decision, EffectId, ModelName, Policy, Suspension, Ticket, TicketId, Timestamp, Usd, Verdict, Wait,
};

use conductor_dag::{Effect, Input, Run, State, Step, TicketGraph};

pub(crate) type Key = (TicketId, u32);

/// A run and everything that is known of it.
pub(crate) struct Witness {
    pub(crate) run: Run,
    folded: Run,
    graph: TicketGraph,
    first_policy: Policy,
    pub(crate) policy: Policy,
    tickets: BTreeMap<TicketId, Ticket>,
    pub(crate) inputs: Vec<(Timestamp, Input)>,
    pub(crate) events: Vec<Decision>,
    /// Effects that are issued and not answered.
    pub(crate) open: BTreeMap<EffectId, Effect>,
    /// The effect each open attempt's worker carries out.
    works: BTreeMap<Key, EffectId>,
    /// Attempts with a slot, and the model each is on.
    pub(crate) holders: BTreeMap<Key, ModelName>,
    /// Open attempts and their models.
    pub(crate) attempts: BTreeMap<Key, ModelName>,
    /// Open attempts that a person vouches for.
    vouched: BTreeSet<Key>,
    completed: BTreeSet<TicketId>,
    reservations: BTreeMap<EffectId, (TicketId, Usd)>,
    spent: BTreeMap<TicketId, Usd>,
    last_id: u64,
    paused: bool,
    /// The input is the first of a new process.
    resumes: bool,
}

impl Witness {
    pub(crate) fn new(tickets: Vec<Ticket>, policy: Policy) -> Self {
        let graph = TicketGraph::new(tickets.clone()).unwrap();
        let run = Run::new(graph.clone(), policy.clone());
        Self {
            folded: run.clone(),
            run,
            graph,
            first_policy: policy.clone(),
            policy,
            tickets: tickets.into_iter().map(|ticket| (ticket.id.clone(), ticket)).collect(),
            inputs: Vec::new(),
            events: Vec::new(),
            open: BTreeMap::new(),
            works: BTreeMap::new(),
            holders: BTreeMap::new(),
            attempts: BTreeMap::new(),
            vouched: BTreeSet::new(),
            completed: BTreeSet::new(),
            reservations: BTreeMap::new(),
            spent: BTreeMap::new(),
            last_id: 0,
            paused: false,
            resumes: false,
        }
    }

    /// The run before anything happened to it.
    pub(crate) fn at_first(&self) -> Run {
        Run::new(self.graph.clone(), self.first_policy.clone())
    }

    /// Hands an input over and checks everything that must hold after it.
    pub(crate) fn send(&mut self, now: Timestamp, input: Input) -> Step {
        self.inputs.push((now, input.clone()));
        self.resumes = matches!(input, Input::Resumed { .. });
        let held = self.holders.len();
        let step = self.run.handle(now, input);
        for event in &step.events {
            self.folded.apply(event);
            self.note(now, event);
        }
        for effect in &step.effects {
            self.take(effect);
        }
        if let Some(Decision::RunFinished { suspended, .. }) = step.events.last() {
            self.has_reason(now, *suspended);
        }
        self.events.extend(step.events.iter().cloned());
        assert_eq!(self.folded, self.run, "what its events make of a run is the run");
        let open: Vec<Effect> = self.open.values().cloned().collect();
        assert_eq!(self.run.outstanding(), open, "outstanding is what was issued and not answered");
        assert_eq!(Run::restore(self.graph.clone(), self.run.snapshot()).unwrap(), self.run);
        self.agree();
        // Rules that change while attempts are at work take nothing from them.
        let too_many = self.holders.len() > self.policy.jobs as usize && self.can_be_asked_to_wait();
        assert!(!too_many || (!self.resumes && self.holders.len() <= held), "more attempts than slots");
        step
    }

    /// The dearer equalities, for once in a while.
    pub(crate) fn verify_whole(&self) {
        let events = self.events.iter().cloned();
        assert_eq!(Run::recover(self.graph.clone(), self.first_policy.clone(), events), self.run);
        let json = serde_json::to_string(&self.run.snapshot()).unwrap();
        let snapshot = serde_json::from_str(&json).unwrap();
        assert_eq!(Run::restore(self.graph.clone(), snapshot).unwrap(), self.run);
        let mut again = Run::new(self.graph.clone(), self.first_policy.clone());
        let bytes: Vec<String> = self
            .inputs
            .iter()
            .flat_map(|(now, input)| again.handle(*now, input.clone()).events)
            .map(|event| serde_json::to_string(&event).unwrap())
            .collect();
        let before: Vec<String> = self.events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        assert_eq!(bytes, before, "same inputs, same bytes");
        for (line, event) in before.iter().zip(&self.events) {
            assert_eq!(&serde_json::from_str::<Decision>(line).unwrap(), event);
        }
    }

    fn note(&mut self, now: Timestamp, event: &Decision) {
        match event {
            Decision::RunStarted { .. } | Decision::TicketReady { .. } => {}
            Decision::RunPaused {} => self.paused = true,
            Decision::RunResumed {} => {
                self.paused = false;
                for effect in self.open.values() {
                    if let Effect::Work { ticket, attempt, .. } = effect {
                        let alive = self.attempts.contains_key(&(ticket.clone(), *attempt));
                        assert!(alive, "no work is left of an attempt that is over");
                    }
                }
            }
            Decision::RunFinished { exit, resumable, suspended, counts } => {
                assert_eq!(*resumable, counts.open > 0);
                assert_eq!(*exit, suspended.map_or(*exit, Suspension::exit));
            }
            Decision::TicketsAdded { tickets } => {
                self.tickets.extend(tickets.iter().map(|ticket| (ticket.id.clone(), ticket.clone())));
            }
            Decision::PolicyChanged { policy } => {
                self.policy = policy.clone();
                if policy.auto_queue {
                    let tickets = &self.tickets;
                    self.open.retain(|_, effect| match effect {
                        Effect::Prepare { ticket, .. } => tickets[ticket].step_mode,
                        _ => true,
                    });
                }
            }
            Decision::TicketCompleted { ticket, .. } => {
                self.completed.insert(ticket.clone());
                self.open.retain(|_, effect| matches!(effect, Effect::Land { .. }) || of(effect) != Some(ticket));
            }
            Decision::TicketBlocked { ticket, .. }
            | Decision::TicketRejected { ticket, .. }
            | Decision::TicketCancelled { ticket, .. }
            | Decision::TicketUnreachable { ticket, .. } => {
                assert!(!self.completed.contains(ticket), "what is completed stays so");
                self.open.retain(|_, effect| matches!(effect, Effect::Land { .. }) || of(effect) != Some(ticket));
            }
            Decision::TicketRevived { .. } => {}
            Decision::TicketSaid { id, ticket, .. } => {
                self.is_new(*id);
                assert!(!self.completed.contains(ticket), "nobody listens any more");
            }
            Decision::ApprovalWanted { id, .. } | Decision::LandingStarted { id, .. } => self.is_new(*id),
            Decision::ApprovalAsked { id, ticket, .. } => {
                self.is_new(*id);
                self.open.retain(|_, effect| !matches!(effect, Effect::Prepare { ticket: of, .. } if of == ticket));
            }
            Decision::ApprovalDecided { id, .. } => {
                self.open.remove(id);
            }
            Decision::AttemptStarted { id, ticket, attempt, model, .. } => {
                self.is_new(*id);
                self.starts(now, ticket, *attempt, model);
                self.works.insert((ticket.clone(), *attempt), *id);
            }
            Decision::AttemptContinued { .. } | Decision::AttemptWaiting { .. } | Decision::AttemptEnded { .. } => {
                self.note_of_attempt(event);
            }
            Decision::CallReserved { id, ticket, attempt, at_most, .. } => {
                self.is_new(*id);
                assert!(self.holders.contains_key(&(ticket.clone(), *attempt)), "who has no slot is granted nothing");
                self.reserves(*id, ticket, *at_most);
            }
            Decision::CallSettled { id, ticket, cost, .. } => {
                self.reservations.remove(id).expect("settled once");
                let spent = self.spent.entry(ticket.clone()).or_default();
                *spent = spent.plus(*cost);
            }
            Decision::CheckStarted { id, ticket, attempt, vouched: Some(_), .. } => {
                self.is_new(*id);
                self.open.retain(|_, effect| of(effect) != Some(ticket));
                let key = (ticket.clone(), *attempt);
                self.works.remove(&key);
                self.holders.remove(&key);
                self.vouched.insert(key);
            }
            Decision::CheckStarted { id, ticket, attempt, .. } => {
                self.is_new(*id);
                let work = self.works[&(ticket.clone(), *attempt)];
                self.open.remove(&work);
            }
            Decision::CheckFinished { id, ticket, attempt, verdict, .. } => {
                self.open.remove(id);
                if let Verdict::Failed { .. } = verdict {
                    let (work, key) = (self.works[&(ticket.clone(), *attempt)], (ticket.clone(), *attempt));
                    let approved = self.approved(&key);
                    let (ticket, model) = (ticket.clone(), self.attempts[&key].clone());
                    self.open.insert(work, Effect::Work { id: work, ticket, attempt: *attempt, model, approved });
                }
            }
            Decision::LandingFinished { id, .. } => {
                self.open.remove(id);
            }
        }
    }

    /// How an open attempt goes on, waits and ends.
    fn note_of_attempt(&mut self, event: &Decision) {
        match event {
            Decision::AttemptContinued { ticket, attempt, id, .. } => {
                let key = (ticket.clone(), *attempt);
                if let Some(id) = id {
                    self.is_new(*id);
                    let before = self.works.insert(key.clone(), *id);
                    before.iter().for_each(|id| drop(self.open.remove(id)));
                }
                // After a crash one that holds a slot has its time renewed.
                let model = self.attempts[&key].clone();
                if !(self.resumes && self.holders.contains_key(&key)) {
                    self.gets_slot(key, model);
                }
            }
            Decision::AttemptWaiting { ticket, attempt, on, lost, .. } => {
                let key = (ticket.clone(), *attempt);
                self.holders.remove(&key);
                if *lost || matches!(on, Wait::Provider { .. }) {
                    self.works.remove(&key).iter().for_each(|id| drop(self.open.remove(id)));
                }
                if !matches!(on, Wait::Approval { .. }) {
                    self.drop_step_questions(ticket);
                }
            }
            Decision::AttemptEnded { ticket, attempt, .. } => {
                let key = (ticket.clone(), *attempt);
                assert!(self.attempts.remove(&key).is_some());
                self.holders.remove(&key);
                self.vouched.remove(&key);
                self.works.remove(&key);
                let cancelled = matches!(event, Decision::AttemptEnded { how: conductor_model::AttemptEnd::Cancelled, .. });
                self.open.retain(|_, effect| of(effect) != Some(ticket) || (cancelled && matches!(effect, Effect::Land { .. })));
            }
            _ => unreachable!("only of attempts"),
        }
    }

    fn approved(&self, key: &Key) -> Option<conductor_model::Digest> {
        self.events.iter().rev().find_map(|event| match event {
            Decision::AttemptStarted { ticket, attempt, approved, .. } if (ticket, attempt) == (&key.0, &key.1) => {
                Some(approved.clone())
            }
            _ => None,
        })?
    }

    fn drop_step_questions(&mut self, of: &TicketId) {
        self.open.retain(|_, effect| match effect {
            Effect::Ask { ticket, kind: ApprovalKind::Step | ApprovalKind::Question, .. } => ticket != of,
            _ => true,
        });
    }

    fn is_new(&mut self, id: EffectId) {
        assert!(id.0 > self.last_id, "ids count up");
        self.last_id = id.0;
    }

    fn starts(&mut self, now: Timestamp, ticket: &TicketId, attempt: u32, model: &ModelName) {
        let text = &self.tickets[ticket];
        for dependency in &text.depends_on {
            assert!(self.completed.contains(dependency), "{ticket} starts before {dependency} is completed");
        }
        assert!(!self.completed.contains(ticket));
        assert!(!self.paused, "nothing starts while it is paused");
        assert!(self.policy.deadline.is_none_or(|deadline| now < deadline), "nothing starts after the deadline");
        assert!(!self.policy.shared_tree || self.attempts.is_empty(), "one attempt in a shared tree");
        for (other, _) in self.attempts.keys() {
            assert_ne!(other, ticket, "one attempt at a time");
            let theirs = &self.tickets[other].writes;
            let overlap = |a: &String, b: &String| a == b || a == "**" || b == "**";
            let shared = text.writes.iter().any(|mine| theirs.iter().any(|other| overlap(mine, other)));
            assert!(!shared, "{ticket} and {other} write in the same place");
        }
        self.attempts.insert((ticket.clone(), attempt), model.clone());
        self.gets_slot((ticket.clone(), attempt), model.clone());
    }

    fn gets_slot(&mut self, key: Key, model: ModelName) {
        let before = self.holders.insert(key, model.clone());
        assert_eq!(before, None, "a slot is given once");
        assert!(self.holders.len() <= self.policy.jobs as usize, "more attempts than slots");
        let on_model = self.holders.values().filter(|&other| *other == model).count();
        assert!(self.policy.per_model.get(&model).is_none_or(|&limit| on_model <= limit as usize));
    }

    /// Whether one that works holds a slot, rather than all being checked or landing.
    fn can_be_asked_to_wait(&self) -> bool {
        self.run.tickets().any(|view| view.state == State::Running)
    }

    fn reserves(&mut self, id: EffectId, ticket: &TicketId, amount: Usd) {
        self.reservations.insert(id, (ticket.clone(), amount));
        if amount == Usd::ZERO {
            return;
        }
        let spent: Usd = self.spent.values().copied().sum();
        let reserved: Usd = self.reservations.values().map(|(_, amount)| *amount).sum();
        assert!(self.policy.budget.is_none_or(|budget| spent.plus(reserved) <= budget), "over the run's budget");
        let spent = self.spent.get(ticket).copied().unwrap_or_default();
        let reserved: Usd = self.reservations.values().filter(|(of, _)| of == ticket).map(|(_, amount)| *amount).sum();
        let budget = self.tickets[ticket].budget;
        assert!(budget.is_none_or(|budget| spent.plus(reserved) <= budget), "over the ticket's budget");
    }

    /// An end is no earlier than it has to be.
    fn has_reason(&self, now: Timestamp, suspended: Option<Suspension>) {
        if let Some(Suspension::Interrupted | Suspension::Terminated) = suspended {
            return;
        }
        assert_eq!(self.holders, BTreeMap::new(), "somebody still works");
        assert_eq!(self.reservations, BTreeMap::new(), "a call is open");
        let in_flight = |effect: &&Effect| matches!(effect, Effect::Prepare { .. } | Effect::Land { .. } | Effect::Check { .. });
        assert_eq!(self.open.values().find(in_flight), None);
        let is_asked = self.open.values().any(|effect| matches!(effect, Effect::Ask { .. }));
        let past = self.policy.deadline.is_some_and(|deadline| deadline <= now);
        match suspended {
            Some(Suspension::Parked) => assert!(is_asked && !self.policy.attended),
            Some(Suspension::DeadlineReached) => assert!(past),
            Some(Suspension::OutOfBudget) => {
                let budgets = self.tickets.values().filter_map(|ticket| ticket.budget).chain(self.policy.budget);
                assert!(budgets.count() > 0 && !past);
            }
            Some(_) => {}
            None => assert_eq!(self.open, BTreeMap::new()),
        }
    }

    fn take(&mut self, effect: &Effect) {
        if let Effect::Land { .. } = effect {
            let other = self.open.values().find(|effect| matches!(effect, Effect::Land { .. }));
            assert_eq!(other, None, "one landing at a time");
        }
        if let Some(id) = effect_id(effect) {
            // One decided and taken back in a single step never comes to be open.
            if self.run.outstanding().contains(effect) {
                assert_eq!(self.open.insert(id, effect.clone()), None);
            }
        }
    }

    /// What the run shows is what was seen.
    fn agree(&self) {
        let holding = |state: State| matches!(state, State::Running | State::Checking | State::Landing);
        let shown: BTreeSet<Key> =
            self.run.tickets().filter(|view| holding(view.state)).map(|view| (view.ticket.id.clone(), view.attempt)).collect();
        let in_line = |key: &&Key| self.run.ticket(&key.0).is_some_and(|view| holding(view.state));
        let seen: BTreeSet<Key> = self.holders.keys().chain(self.vouched.iter().filter(in_line)).cloned().collect();
        assert_eq!(shown, seen);
        assert_eq!(self.run.spent(), self.spent.values().copied().sum());
        assert_eq!(self.run.reserved(), self.reservations.values().map(|(_, amount)| *amount).sum());
        let asked: Vec<EffectId> =
            self.open.values().filter(|effect| matches!(effect, Effect::Ask { .. })).filter_map(effect_id).collect();
        assert_eq!(self.run.open_questions().map(|question| question.id).collect::<Vec<_>>(), asked);
        let completed = self.run.tickets().filter(|view| view.state == State::Completed).count();
        assert_eq!(completed, self.completed.len());
        assert_eq!(self.run.counts().completed as usize, completed);
    }
}

fn of(effect: &Effect) -> Option<&TicketId> {
    match effect {
        Effect::Prepare { ticket, .. }
        | Effect::Ask { ticket, .. }
        | Effect::Work { ticket, .. }
        | Effect::Tell { ticket, .. }
        | Effect::Check { ticket, .. }
        | Effect::Land { ticket, .. }
        | Effect::Stop { ticket, .. } => Some(ticket),
        Effect::Finish { .. } => None,
    }
}

/// The id that an answer carries back.
pub(crate) fn effect_id(effect: &Effect) -> Option<EffectId> {
    match effect {
        Effect::Prepare { id, .. }
        | Effect::Ask { id, .. }
        | Effect::Work { id, .. }
        | Effect::Check { id, .. }
        | Effect::Land { id, .. } => Some(*id),
        Effect::Tell { .. } | Effect::Stop { .. } | Effect::Finish { .. } => None,
    }
}
