//! What parses, what does not, and what a model is told then.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn message(name: &str, arguments: Value) -> String {
    ToolCall::parse(name, &arguments).unwrap_err().to_string()
}

#[test]
fn every_tool_parses_and_knows_what_it_touches() {
    let calls = [
        ("read", json!({"path": "a", "start_line": 2, "end_line": null}), true, false),
        ("list", json!({}), true, false),
        ("search", json!({"pattern": "x", "glob": "*.py"}), true, false),
        ("symbols", json!({"path": "a.py", "start_line": 3}), true, false),
        ("definition", json!({"name": "A.f", "path": null}), true, false),
        ("edit", json!({"path": "a", "old": "b", "new": "c"}), true, true),
        ("write", json!({"path": "a", "content": ""}), true, true),
        ("run", json!({"command": "true", "timeout_s": 5}), true, true),
        ("finish", json!({"outcome": "blocked", "summary": "why"}), false, false),
    ];
    for (name, arguments, touches_files, has_effects) in calls {
        let call = ToolCall::parse(name, &arguments).unwrap();
        assert_eq!((call.name(), call.touches_files(), call.has_effects()), (name, touches_files, has_effects));
    }
}

#[test]
fn arguments_become_their_types() {
    let read = ToolCall::parse("read", &json!({"path": "a", "start_line": 3.0})).unwrap();
    assert_eq!(read, ToolCall::Read(ReadArguments { path: "a".into(), start_line: Some(3), end_line: None }));
    let edit = ToolCall::parse("edit", &json!({"path": "a", "old": "b", "new": "c", "all": null})).unwrap();
    let expected = EditArguments { path: "a".into(), old: "b".into(), new: "c".into(), all: false };
    assert_eq!(edit, ToolCall::Edit(expected));
    let finish = ToolCall::parse("finish", &json!({"outcome": "completed", "summary": "s"})).unwrap();
    assert_eq!(finish, ToolCall::Finish(Finish { outcome: Outcome::Completed, summary: "s".into() }));
    let list = ToolCall::parse("list", &Value::Null).unwrap();
    assert_eq!(list, ToolCall::List(ListArguments { path: None, depth: None }));
}

#[test]
fn a_mistake_is_named_with_the_schema_to_correct_it_by() {
    assert_eq!(
        message("write", json!({"path": "a"})),
        "the arguments of `write` are not valid: missing field `content`; they must fit \
         {\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\",\"description\":\"Path relative to the root directory, \
         with / between names\"},\"content\":{\"type\":\"string\",\"description\":\"The whole content of the file\"}},\
         \"required\":[\"path\",\"content\"]}"
    );
    let reasons = [
        ("read", json!({"path": "a", "line": 1}), "unknown field `line`, expected one of `path`, `start_line`, `end_line`"),
        ("read", json!({"path": "a", "start_line": -1}), "invalid number -1, expected a whole number from 0 on"),
        ("read", json!({"path": "a", "start_line": 1.5}), "invalid number 1.5, expected a whole number from 0 on"),
        ("read", json!({"path": 7}), "invalid type: integer `7`, expected a string"),
        (
            "finish",
            json!({"outcome": "done", "summary": ""}),
            "unknown variant `done`, expected one of `completed`, `blocked`, `question`",
        ),
        ("run", json!("ls"), "they are not an object"),
    ];
    for (name, arguments, reason) in reasons {
        let message = message(name, arguments);
        assert!(message.starts_with(&format!("the arguments of `{name}` are not valid: {reason};")), "{message}");
    }
}

#[test]
fn an_unknown_tool_is_answered_with_the_known_ones() {
    assert_eq!(
        message("raed", json!({})),
        "there is no tool `raed`; the tools are read, list, search, symbols, definition, edit, write, run, finish; did you mean `read`?"
    );
    assert_eq!(
        message("browser_open", json!({})),
        "there is no tool `browser_open`; the tools are read, list, search, symbols, definition, edit, write, run, finish"
    );
}

#[test]
fn a_question_asks_something() {
    let finish = |summary| json!({"outcome": "question", "summary": summary});
    let asks = Finish { outcome: Outcome::Question, summary: "why?".to_owned() };
    assert_eq!(ToolCall::parse("finish", &finish("why?")), Ok(ToolCall::Finish(asks)));
    assert!(message("finish", finish(" \n")).contains("the question is empty"));
    ToolCall::parse("finish", &json!({"outcome": "blocked", "summary": ""})).unwrap();
}

#[test]
fn an_error_repeats_only_so_much_of_what_a_model_wrote() {
    let long = "é".repeat(100_000);
    let mut arguments = json!({"path": "a"});
    arguments[&long] = json!(1);
    assert!(message("read", arguments).len() < 2_000);
    assert!(message(&long, json!({})).len() < 2_000);
}

#[test]
fn the_described_tools_are_those_that_parse() {
    let names: Vec<&str> = specs().iter().map(|spec| spec.name).collect();
    assert_eq!(names, ["read", "list", "search", "symbols", "definition", "edit", "write", "run", "finish"]);
    for spec in specs() {
        let required: Vec<&str> = spec.parameters["required"]
            .as_array()
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut arguments = json!({});
        for (name, schema) in spec.parameters["properties"].as_object().unwrap() {
            arguments[name] = match (schema["type"].as_str().unwrap(), schema.get("enum")) {
                (_, Some(values)) => values[0].clone(),
                ("string", _) => json!("x"),
                ("integer", _) => json!(1),
                ("boolean", _) => json!(true),
                (other, _) => panic!("an unexpected type {other}"),
            };
        }
        ToolCall::parse(spec.name, &arguments).unwrap();
        for name in required {
            let mut without = arguments.clone();
            without.as_object_mut().unwrap().shift_remove(name);
            ToolCall::parse(spec.name, &without).unwrap_err();
        }
    }
}

#[test]
fn schemas_stay_in_the_subset_that_every_provider_accepts() {
    fn walk(schema: &Value) {
        for (key, value) in schema.as_object().unwrap() {
            match key.as_str() {
                "type" | "description" | "required" | "enum" => {}
                "properties" => value.as_object().unwrap().values().for_each(walk),
                other => panic!("`{other}` is not accepted everywhere"),
            }
        }
    }
    for spec in specs() {
        assert!(!spec.description.is_empty());
        walk(&spec.parameters);
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        proptest::sample::select(vec![
            "path",
            "start_line",
            "end_line",
            "depth",
            "pattern",
            "name",
            "glob",
            "old",
            "new",
            "all",
            "content",
            "command",
            "timeout_s",
            "outcome",
            "summary",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_a_model_writes_parses_or_is_refused(
        name in prop_oneof![proptest::sample::select(names()).prop_map(str::to_owned), any::<String>()],
        arguments in json_value(),
    ) {
        match ToolCall::parse(&name, &arguments) {
            Ok(call) => prop_assert_eq!(call.name(), name),
            Err(error) => prop_assert!(error.to_string().len() < 4_000),
        }
    }

    #[test]
    fn a_call_that_was_parsed_says_the_same_when_it_is_written_again(path in any::<String>(), start in any::<Option<u64>>()) {
        let arguments = ReadArguments { path, start_line: start, end_line: None };
        let written = serde_json::to_value(&arguments).unwrap();
        prop_assert_eq!(ToolCall::parse("read", &written).unwrap(), ToolCall::Read(arguments));
    }
}
