//! Marks at random places of a source: such as count, and such as do not.

/// Lines for each mark that is made.
const LINES_PER_MARK: usize = 30;

const TRAILING: [&str; 3] = ["  # [HOT]", " # why: [HOT] path", "# hot"];
const DECORATORS: [&str; 9] = [
    "@core_logic",
    "@engine.core_logic",
    "@core_logic(1, 'x')",
    "@a.b.core_logic(level=[2])  # [HOT]",
    "@core_logic.off",
    "@not_core_logic",
    "@core_logic()()",
    "@(core_logic)",
    "@wrap(core_logic)",
];
const STATEMENTS: [&str; 4] = ["'# [HOT]'", "\"\"\"\n# [HOT]\n\"\"\"", "x = '''\n    # [HOT]\n'''", "f'{x}# [HOT]'"];

/// The source with marks beside lines, on lines of their own in any column, before definitions, and in strings.
pub(crate) fn marked(source: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let lines: Vec<&[u8]> = source.split_inclusive(|byte| *byte == b'\n').collect();
    let mut out = Vec::new();
    let mut begins_body = false;
    for line in lines {
        let chosen = random.usize(..LINES_PER_MARK) == 0;
        let content = line.trim_ascii_end();
        let ending = &line[content.len()..];
        let indentation = &line[..content.len() - content.trim_ascii_start().len()];
        let text = &content[indentation.len()..];
        let is_header = [&b"def "[..], b"async def ", b"class "].iter().any(|start| text.starts_with(start));
        if begins_body && !text.is_empty() && random.u8(..4) == 0 {
            out.extend([indentation, random.choice(STATEMENTS).unwrap().as_bytes(), b"\n"].concat());
        }
        begins_body = text.ends_with(b"):") && is_header;
        if is_header && random.u8(..3) == 0 {
            out.extend([indentation, random.choice(DECORATORS).unwrap().as_bytes(), b"\n"].concat());
        }
        // What follows a backslash is no comment.
        if !chosen || content.ends_with(b"\\") {
            out.extend(line);
        } else if random.bool() {
            out.extend([content, random.choice(TRAILING).unwrap().as_bytes(), ending].concat());
        } else {
            let column = " ".repeat(random.usize(..indentation.len() + 9));
            out.extend([line, column.as_bytes(), b"# [HOT]\n"].concat());
        }
    }
    out
}
