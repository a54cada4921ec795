//! `deskctl`: the desk's journeys from a terminal. JSON on standard output, problems in words on standard error, exit
//! codes as `--help` says. The same rules and gates as in the window, because it is the same core.

mod arguments;
mod exit;
mod verbs;

use std::process::ExitCode;

use clap::Parser;
use desk_composition::{compose, config::Config};
use desk_contract::problem::Problem;

use crate::arguments::Arguments;
use crate::exit::Failed;

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
    let passphrase = arguments.passphrase()?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failed::Configuration(error.to_string()))?;
    runtime.block_on(async {
        let composed = compose(config, env!("CARGO_PKG_VERSION"))
            .await
            .map_err(|error| Failed::Configuration(error.to_string()))?;
        let who = composed.desk.sign_in(&arguments.r#as, &passphrase).await.map_err(|error| Problem::from(&error))?;
        drop(passphrase);
        let done = verbs::run(&composed, &who, &arguments.verb).await;
        composed.desk.sign_out(who).await.map_err(|error| Problem::from(&error))?;
        done
    })
}
