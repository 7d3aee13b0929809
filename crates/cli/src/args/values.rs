//! Values of flags: durations, dollars, models, tickets. Each refuses what it cannot mean, with an example.

use conductor_model::{InvalidId, Millis, ModelName, TicketId, Usd};

/// An amount of dollars on the command line.
pub(crate) type Dollars = Usd;

pub(super) fn duration(text: &str) -> Result<Millis, String> {
    text.parse::<Millis>().map_err(|error| error.to_string())
}

pub(super) fn dollars(text: &str) -> Result<Dollars, String> {
    let number = text.strip_prefix('$').unwrap_or(text);
    let dollars = number.parse::<f64>().ok().and_then(Usd::from_dollars);
    dollars.ok_or_else(|| "an amount of dollars such as 0.50".to_owned())
}

pub(super) fn model(text: &str) -> Result<ModelName, String> {
    ModelName::new(text).map_err(|error| match error {
        InvalidId::NotAModel => match crate::config::nearest_model(text) {
            Some(near) => format!("a model is written as provider/model; did you mean {near}?"),
            None => "a model is written as provider/model, such as gemini/gemini-2.5-flash-lite".to_owned(),
        },
        other @ (InvalidId::Empty | InvalidId::Control | InvalidId::NotARun) => other.to_string(),
    })
}

pub(super) fn ticket(text: &str) -> Result<TicketId, String> {
    TicketId::new(text).map_err(|error| error.to_string())
}

/// Settings of a plan that another one is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WhatIf {
    /// As they were written.
    pub(crate) text: String,
    /// Tickets at work at once.
    pub(crate) jobs: Option<u32>,
    /// The ladder; empty: the same.
    pub(crate) models: Vec<ModelName>,
}

/// `jobs=16`, `models=A,B,C`, or both with a comma between. What follows a comma and is no setting of its own is one more model.
pub(super) fn what_if(text: &str) -> Result<WhatIf, String> {
    let mut settings = WhatIf { text: text.to_owned(), ..WhatIf::default() };
    for part in text.split(',') {
        if let Some(number) = part.strip_prefix("jobs=").filter(|_| settings.jobs.is_none()) {
            let jobs = number.parse().ok().filter(|jobs| (1..=100_000).contains(jobs));
            settings.jobs = Some(jobs.ok_or("jobs is a number from 1 to 100,000")?);
        } else if let Some(first) = part.strip_prefix("models=").filter(|_| settings.models.is_empty()) {
            settings.models.push(model(first)?);
        } else if !settings.models.is_empty() && !part.starts_with("jobs=") && !part.starts_with("models=") {
            settings.models.push(model(part)?);
        } else {
            return Err(
                "settings are written as jobs=16, models=provider/model,provider/model, or both with a comma between".to_owned()
            );
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_model_name_is_refused_with_the_nearest() {
        assert_eq!(
            model("gemini-3-flash-previev").unwrap_err(),
            "a model is written as provider/model; did you mean gemini/gemini-3-flash-preview?"
        );
        assert_eq!(model("x/y/z").unwrap().model(), "y/z");
    }

    #[test]
    fn settings_of_another_plan_are_jobs_and_models_in_any_order() {
        let name = |text: &str| ModelName::new(text).unwrap();
        let settings = |text: &str, jobs, models: &[&str]| {
            Ok(WhatIf { text: text.to_owned(), jobs, models: models.iter().map(|text| name(text)).collect() })
        };
        for (text, jobs, models) in [
            ("jobs=16", Some(16), [].as_slice()),
            ("models=a/b", None, &["a/b"]),
            ("models=a/b,c/d,jobs=2", Some(2), &["a/b", "c/d"]),
            ("jobs=2,models=a/b,c/d", Some(2), &["a/b", "c/d"]),
        ] {
            assert_eq!(what_if(text), settings(text, jobs, models));
        }
        for text in
            ["", "16", "jobs=0", "jobs=x", "jobs=1,jobs=2", "a/b", "models=", "models=a", "jobs=1,a/b", "models=a/b,models=c/d"]
        {
            assert!(what_if(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dollars_are_not_negative() {
        assert_eq!(dollars("$0.50"), Ok(Usd(500_000_000)));
        assert!(dollars("-1").is_err());
        assert!(dollars("nan").is_err());
    }
}
