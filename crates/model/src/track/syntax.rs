//! Broken JSON: what the parser stumbled over, in words for people.

use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, ParseStringErrorKind, parse_to_ast};
use serde::de::IgnoredAny;

use super::diagnostic::bare;
use super::found::{Found, Mistake};

/// The tree of a text that is JSON by the letter; else its first mistake.
pub(super) fn tree<'s>(source: &'s str, found: &mut Found<'_>) -> Option<Value<'s>> {
    if source.trim().is_empty() {
        found.error(mistake(
            0..0,
            "the file is empty",
            "a track or a list of tickets goes here",
            "write a track, or see `conductor init`",
        ));
        return None;
    }
    // The tree's parser knows better words; serde_json knows every rule, and does not mind depth.
    let strict = serde_json::from_str::<IgnoredAny>(source).err();
    let tree = parse_to_ast(source, &CollectOptions::default(), &options());
    match (strict, tree) {
        (None, Ok(tree)) => tree.value,
        (None, Err(error)) => {
            found.error(explained(&error, source));
            None
        }
        (Some(strict), Ok(_)) => {
            refused(&strict, source, found);
            None
        }
        (Some(strict), Err(error)) => {
            let first = error.range().start <= found.offset(strict.line(), strict.column());
            if first && !strict.to_string().starts_with("invalid number") {
                found.error(explained(&error, source));
            } else {
                refused(&strict, source, found);
            }
            None
        }
    }
}

/// What serde_json says, in its words.
pub(super) fn refused(error: &serde_json::Error, source: &str, found: &mut Found<'_>) {
    let said = error.to_string();
    let said = said.rfind(" at line ").map_or(said.as_str(), |end| &said[..end]);
    let (message, fix) = match said {
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            ("a control character or line break stands in a string", "write line breaks as `\\n`, tabs as `\\t`")
        }
        "recursion limit exceeded" => ("the values are nested too deeply", "nest at most 100 levels"),
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            ("half of a surrogate pair is no character", "write both halves of the pair, or the character itself")
        }
        "number out of range" => ("the number is out of range", "write a smaller number"),
        "invalid number" => ("this is not a number as JSON writes them", "write it as 40, -1 or 0.5"),
        "trailing characters" => ("something follows the end of the track", "remove what follows the first value"),
        other => (other, "correct the JSON here"),
    };
    let mut at = found.offset(error.line(), error.column());
    if message.starts_with("a control") {
        // serde_json points at the character before it.
        at += source[at..].find(char::is_control).unwrap_or(0);
    }
    found.error(mistake(at..at + 1, &bare(message), "here", fix));
}

fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn mistake(at: Range<usize>, message: &str, label: &'static str, fix: &str) -> Mistake {
    Mistake { code: "json", at, message: message.to_owned(), label, fix: fix.to_owned() }
}

fn explained(error: &ParseError, source: &str) -> Mistake {
    use ParseErrorKind as Kind;
    let at = error.range().start..error.range().end;
    let (message, label, fix) = match error.kind() {
        Kind::CommentsNotAllowed | Kind::UnterminatedCommentBlock => {
            ("JSON has no comments", "a comment", "remove it, or keep it in a field such as \"x-note\"")
        }
        Kind::TrailingCommasNotAllowed => ("a comma stands after the last element", "nothing follows", "remove the comma"),
        Kind::ExpectedComma => ("a comma is missing", "after this", "add a comma"),
        Kind::ExpectedColonAfterObjectKey => ("a colon is missing after the name of a field", "here", "write \"name\": value"),
        Kind::ExpectedObjectValue => no_value(),
        Kind::ExpectedStringObjectProperty => {
            ("the name of a field is not in double quotes", "this name", "put it in double quotes")
        }
        Kind::SingleQuotedStringsNotAllowed => ("text is in single quotes", "this text", "use double quotes"),
        Kind::HexadecimalNumbersNotAllowed
        | Kind::UnaryPlusNumbersNotAllowed
        | Kind::BareDecimalPointNumbersNotAllowed
        | Kind::NonFiniteNumbersNotAllowed
        | Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => {
            ("this is not a number as JSON writes them", "this number", "write it as 40, -1 or 0.5")
        }
        Kind::MultipleRootJsonValues => ("something follows the end of the track", "this", "remove what follows the first value"),
        Kind::String(kind) => return string(kind, at),
        Kind::UnexpectedWord => word(),
        Kind::UnexpectedToken if source[at.start..].starts_with(char::is_alphabetic) => word(),
        Kind::UnexpectedCloseBrace | Kind::UnexpectedComma if source[..at.start].trim_end().ends_with(':') => no_value(),
        Kind::UnterminatedArray => ("a list is not closed", "opened here", "close it with `]`"),
        Kind::UnterminatedObject => ("an object is not closed", "opened here", "close it with `}`"),
        Kind::NestingDepthExceeded => ("the values are nested too deeply", "here", "nest at most 100 levels"),
        Kind::UnexpectedCloseBrace | Kind::UnexpectedCloseBracket => {
            ("a bracket closes what is not open", "this bracket", "remove it, or open what it closes")
        }
        Kind::UnexpectedColon | Kind::UnexpectedComma | Kind::UnexpectedToken | Kind::UnexpectedTokenInObject => {
            ("this is not JSON", "not expected here", "remove it, or write what is missing before it")
        }
    };
    mistake(at, message, label, fix)
}

fn word() -> (&'static str, &'static str, &'static str) {
    ("a word stands where a value must", "this word", "put text in double quotes; else write true, false or null")
}

fn no_value() -> (&'static str, &'static str, &'static str) {
    ("a field has no value", "here", "write a value after the colon")
}

fn string(kind: &ParseStringErrorKind, at: Range<usize>) -> Mistake {
    let (message, label, fix) = match kind {
        ParseStringErrorKind::UnterminatedStringLiteral => ("a text is not closed", "opened here", "close it with `\"`"),
        ParseStringErrorKind::InvalidEscapeInSingleQuoteString
        | ParseStringErrorKind::InvalidEscapeInDoubleQuoteString
        | ParseStringErrorKind::InvalidEscape
        | ParseStringErrorKind::ExpectedTwoHexDigits
        | ParseStringErrorKind::ExpectedFourHexDigits => {
            ("this is no escape that JSON knows", "this escape", "write a backslash as `\\\\`")
        }
        ParseStringErrorKind::InvalidUnicodeEscapeSequence(_) => {
            ("half of a surrogate pair is no character", "this escape", "write both halves of the pair, or the character itself")
        }
    };
    mistake(at, message, label, fix)
}
