//! The tool `definition`: the source of what a name defines, wherever it lies.
//!
//! `lookup` goes through files, `places` holds what it finds in bounded memory and writes it.

mod lookup;
mod near;
mod places;

use conductor_context::{Fit, Name};

use super::{Found, Ignores, Stop, symbols::parsed};
use crate::{
    DefinitionArguments,
    error::ToolError,
    root::{Access, Root},
};
use lookup::{Lookup, Wanted};

/// Finds definitions by name: all of them where they fit, else the best and where the others are.
pub(crate) fn definition(root: &Root, ignores: &Ignores, arguments: &DefinitionArguments, stop: &Stop) -> Result<Found, ToolError> {
    let name = Name::parse(&arguments.name).ok_or(ToolError::BadName)?;
    let place = root.place(arguments.path.as_deref().unwrap_or("."), Access::Read)?;
    if !place.is_directory()? {
        let mut lookup = Lookup::new(&name, Wanted::Alike);
        lookup.symbols(&place.path, &parsed(&place)?);
        return Ok(told(&name, lookup, Vec::new()));
    }
    let mut wanted = Wanted::Named;
    loop {
        let mut lookup = Lookup::new(&name, wanted);
        let notes = lookup.walk(root, &place, ignores.clone(), stop)?;
        match wanted.wider(&name) {
            Some(wider) if lookup.is_empty() => wanted = wider,
            Some(_) | None => return Ok(told(&name, lookup, notes)),
        }
    }
}

fn told(name: &Name, lookup: Lookup<'_>, mut notes: Vec<String>) -> Found {
    let (places, near) = lookup.finish(&mut notes);
    let Some(best) = places.best() else {
        let nearest = if near.is_empty() { "" } else { "; the nearest names are these" };
        notes.push(format!("nothing that is defined here has that name{nearest}; `search` finds any text"));
        return Found::noted(near, &notes, false);
    };
    if best == Fit::Around {
        notes.push(format!("`{}` is defined inside a function; what is shown is the function around it", name.last()));
    }
    places.told(notes)
}
