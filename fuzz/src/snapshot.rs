//! Any damage to the snapshot of a run: it is refused, or a run that goes on without a panic.
//!
//! A script makes a run, its snapshot is changed as JSON, and the script goes on with what was restored. Deliberately absent:
//! snapshots of random bytes, of which none gets past the JSON parser.

use arbitrary::{Result, Unstructured};
use conductor_dag::{Run, Snapshot};
use serde_json::{Value, json};

use crate::engine::{Player, look};

/// The steps before and after the damage.
const STEPS: usize = 24;

/// Judges one script with damage in its middle.
pub fn check(data: &[u8]) {
    // A script that is cut short is over.
    let _ = whole(&mut Unstructured::new(data));
}

fn whole(bytes: &mut Unstructured<'_>) -> Result<()> {
    let mut player = Player::new(bytes)?;
    for _ in 0..bytes.int_in_range(0..=STEPS)? {
        let input = player.next(bytes)?;
        let _ = player.send(input);
    }
    let mut json = serde_json::to_value(player.run.snapshot()).expect("a snapshot is JSON");
    for _ in 0..bytes.int_in_range(1..=4)? {
        damage(&mut json, bytes)?;
    }
    let Ok(snapshot) = serde_json::from_value::<Snapshot>(json) else { return Ok(()) };
    let Ok(run) = Run::restore(player.graph.clone(), snapshot) else { return Ok(()) };
    player.run = run;
    look(&player.run);
    for _ in 0..STEPS {
        let input = player.next(bytes)?;
        let _ = player.send(input);
        look(&player.run);
    }
    Ok(())
}

/// Puts something else in one place.
fn damage(json: &mut Value, bytes: &mut Unstructured<'_>) -> Result<()> {
    let new = match bytes.int_in_range(0..=2)? {
        // A piece from elsewhere has the right shape more often than not.
        0 | 1 => place(json, bytes)?.clone(),
        _ => bytes
            .choose(&[
                Value::Null,
                json!(0),
                json!(1),
                json!(7),
                json!(-1),
                json!(u32::MAX),
                json!(i64::MAX),
                json!(i64::MIN),
                json!(u64::MAX),
                json!(true),
                json!(""),
                json!("p/small"),
                json!([]),
                json!({}),
            ])?
            .clone(),
    };
    let old = place(json, bytes)?;
    match old {
        Value::Array(list) if bytes.arbitrary()? => list.push(new),
        _ => *old = new,
    }
    Ok(())
}

/// A place on the way down from the top.
fn place<'j>(json: &'j mut Value, bytes: &mut Unstructured<'_>) -> Result<&'j mut Value> {
    let mut at = json;
    loop {
        let inside = match at {
            Value::Array(list) => list.len(),
            Value::Object(fields) => fields.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        };
        if inside == 0 || bytes.ratio(1, 8)? {
            return Ok(at);
        }
        let chosen = bytes.choose_index(inside)?;
        at = match at {
            Value::Array(list) => &mut list[chosen],
            Value::Object(fields) => fields.values_mut().nth(chosen).expect("it has so many"),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => unreachable!("nothing is inside"),
        };
    }
}
