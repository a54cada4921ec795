//! `deskctl`: the desk's journeys from a terminal. JSON on standard output, problems in words on standard error, exit
//! codes as `--help` says. The same rules and gates as in the window, because it is the same core.

mod arguments;
mod assure;
mod audit;
mod changes;
mod exit;
mod keeping;
mod logs;
mod report;
mod retain;
mod verbs;

use std::process::ExitCode;

use clap::Parser;
use std::sync::Arc;

use desk_composition::observe::Observer;
use desk_composition::{compose_observed, config::Config};
use desk_contract::problem::Problem;

use crate::arguments::{Arguments, Verb};
use crate::assure::{Order, Recorder, Systems};
use crate::exit::{Failed, say};
use crate::keeping::KeyOrder;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    desk_composition::logging::start();
    match run(&arguments) {
        Ok(code) => code,
        Err(failed) => failed.tell(),
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failed> {
    let file = arguments.config.clone().or_else(Config::default_file);
    let file = file.ok_or_else(|| Failed::Configuration("name a configuration file with --config".to_owned()))?;
    let config = Config::read(&file).map_err(|error| Failed::Configuration(error.to_string()))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failed::Configuration(error.to_string()))?;
    // Without its key there is no desk, and nobody can sign in.
    if let Verb::Key(KeyOrder::Import(order)) = &arguments.verb {
        return runtime.block_on(keeping::import_key(&config, order));
    }
    let (username, passphrase) = arguments.person()?;
    if let Verb::Restore(order) = &arguments.verb {
        return runtime.block_on(keeping::restore(&config, username, &passphrase, order));
    }
    let assures = matches!(arguments.verb, Verb::Assure { .. });
    let recorder = assures.then(|| (Arc::new(Recorder::default()), Systems::of(&config)));
    let observer = recorder.as_ref().map(|(recorder, _)| Arc::clone(recorder) as Arc<dyn Observer>);
    runtime.block_on(async {
        let composed = compose_observed(config, env!("CARGO_PKG_VERSION"), observer)
            .await
            .map_err(|error| Problem::from(&error))?;
        let who = composed.desk.sign_in(username, &passphrase).await.map_err(|error| Problem::from(&error))?;
        drop(passphrase);
        if let Verb::Key(KeyOrder::Change) = &arguments.verb {
            return keeping::change_key(composed, who).await;
        }
        let done = match (recorder, &arguments.verb) {
            (Some((recorder, systems)), Verb::Assure { evidence, scenarios, book }) => {
                let order = Order { evidence, scenarios: scenarios.as_deref(), book: *book };
                assure::assure(&composed, &who, &recorder, systems, &order).await
            }
            (Some(_) | None, verb) => verbs::run(&composed, &who, verb).await,
        };
        // What was done is what is told, also where the end of it cannot be recorded any more.
        if let Err(error) = composed.desk.sign_out(who).await {
            say(&format!("deskctl: the end of this turn could not be recorded ({error})."));
        }
        done
    })
}
