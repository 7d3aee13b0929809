//! Writes the views of many files, for a judge that reads them: `views VIEW LIST OUTDIR` writes the view of line `n` of LIST,
//! counted from 0, to `OUTDIR/n.py`. A file without a view is named on standard error and has no output.

#![allow(clippy::print_stderr, clippy::disallowed_methods)]

use std::path::Path;
use std::{env, error, fs};

use conductor_context::{Markers, View, ViewOptions, view};

fn main() -> Result<(), Box<dyn error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [wanted, list, out] = arguments.as_slice() else { return Err("usage: views VIEW LIST OUTDIR".into()) };
    let wanted: View = wanted.parse()?;
    let markers = Markers::default();
    let options = ViewOptions { keep: &[], markers: &markers };
    fs::create_dir_all(out)?;
    for (index, path) in fs::read_to_string(list)?.lines().enumerate() {
        match view(path, &fs::read(path)?, wanted, &options) {
            Ok(rendered) => {
                for note in &rendered.notes {
                    eprintln!("{path}: {note}");
                }
                fs::write(Path::new(out).join(format!("{index}.py")), rendered.bytes())?;
            }
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
    Ok(())
}
