//! Views of any bytes: what is refused, and that nothing panics.

use proptest::prelude::*;

use super::*;

fn made(path: &str, source: &[u8], wanted: View) -> Result<Rendered, ViewError> {
    let keep = ["f".to_owned()];
    view(path, source, wanted, &ViewOptions { keep: &keep, markers: &Markers::default() })
}

const ALL: [View; 4] = [View::Full, View::Curated, View::Skeleton, View::Outline];

#[test]
fn a_full_view_is_the_file_to_the_byte() {
    let source = "\u{feff}def f():\r\n\treturn 1";
    assert_eq!(made("a.py", source.as_bytes(), View::Full), Ok(Rendered::new(source.to_owned(), View::Full)));
}

// R18
#[test]
fn what_is_no_text_is_refused_with_its_reason() {
    for wanted in ALL {
        for path in ["a.py", "a.bin"] {
            assert_eq!(made(path, b"ab\0c", wanted), Err(ViewError::Binary { offset: 2 }));
            assert_eq!(made(path, b"\xff\xfea\0\0\0", wanted), Err(ViewError::Binary { offset: 4 }));
            let large = vec![b' '; MAX_FILE_BYTES + 1];
            assert_eq!(made(path, &large, wanted), Err(ViewError::TooLarge { bytes: MAX_FILE_BYTES as u64 + 1 }));
        }
    }
}

#[test]
fn nesting_costs_no_recursion() {
    for source in ["(".repeat(200_000), "if x:\n".repeat(20_000), "a.".repeat(100_000), format!("x = {}1", "-".repeat(100_000))] {
        for wanted in ALL {
            assert!(made("a.py", source.as_bytes(), wanted).is_ok());
        }
    }
    let stairs: String = (0..1000).map(|step| format!("{}if x:\n", " ".repeat(step))).collect();
    assert_eq!(made("a.py", stairs.as_bytes(), View::Skeleton), Err(ViewError::TooComplex));
}

#[test]
fn a_view_has_one_word() {
    for wanted in ALL {
        assert_eq!(wanted.to_string().parse(), Ok(wanted));
    }
    assert_eq!("Skeleton".parse::<View>(), Err(UnknownView));
}

proptest! {
    #[test]
    fn no_bytes_panic(source in prop::collection::vec(any::<u8>(), 0..200)) {
        for wanted in ALL {
            let _ = made("a.py", &source, wanted);
        }
    }

    #[test]
    fn no_pieces_of_python_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "def f", "class A", "(", ")", ":", "\n", "\r", "\r\n", "    ", "\t", "'''", "\"", "f'", "{", "}", "# [HOT]", "# type: x",
        "@core_logic", "return", "...", ";", "\\", "\x0c", "\u{feff}", "ü", "async ", "match x", "case", "if x", "else", "b'", ",", "[",
    ]), 0..60)) {
        let source = pieces.concat();
        for wanted in ALL {
            prop_assert!(made("a.py", source.as_bytes(), wanted).is_ok());
        }
    }
}
