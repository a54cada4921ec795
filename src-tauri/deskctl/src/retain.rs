//! `retain`: removing patients' details from what has been kept long enough (NF-5). Supervisors only.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;
use desk_contract::display::{date, instant};
use desk_domain::calendar::local_date;
use desk_domain::retention::{Confirmed, YearsKept};
use desk_journeys::retention::{Retained, RetentionPlan};
use desk_journeys::{Desk, SignedIn};
use serde_json::{Value, json};

use crate::exit::say;
use crate::keeping::UNUSABLE;
use crate::verbs::{Done, print, told};

/// What would be removed; nothing is, without `--confirm`.
#[derive(Debug, Args)]
pub(crate) struct RetainArguments {
    /// Remove the details of so many encounters: exactly as many as were shown without this. They cannot be brought back.
    #[arg(long, value_name = "ENCOUNTERS")]
    confirm: Option<u64>,
    /// Today's date, where the clock is in doubt.
    #[arg(long, value_name = "YYYY-MM-DD", requires = "confirm")]
    today: Option<NaiveDate>,
}

pub(crate) async fn retain(desk: &Desk, who: &SignedIn, years: YearsKept, arguments: &RetainArguments) -> Done {
    let Some(encounters) = arguments.confirm else {
        let plan = desk.plan_retention(who, years).await.map_err(told)?;
        say(&in_words(&plan));
        return print(&shown(&plan));
    };
    let confirmed = Confirmed { encounters, today: arguments.today };
    let Retained { encounters, loose_parts, traces_left } = desk.retain(who, years, &confirmed).await.map_err(told)?;
    print(&json!({
        "encountersRemoved": encounters,
        "personalPartsOfOtherEventsRemoved": loose_parts,
        "filesWrittenAnew": traces_left.is_none(),
    }))?;
    let Some(why) = traces_left else { return Ok(ExitCode::SUCCESS) };
    say(&format!(
        "What was removed cannot be read any more, but traces of it may stand in the record's files, which could not be written \
         anew ({why}). Close the other desks on this computer, see that the disk has room for the record once more, and do the \
         same again with --confirm 0."
    ));
    Ok(ExitCode::from(UNUSABLE))
}

fn shown(plan: &RetentionPlan) -> Value {
    let RetentionPlan { years, before, encounters, between, holdings, loose_parts, unfinished, doubt } = plan;
    json!({
        "yearsKept": years.number(),
        "before": instant(*before),
        "encounters": encounters,
        "oldest": between.map(|(oldest, _)| instant(oldest)),
        "newest": between.map(|(_, newest)| instant(newest)),
        "holding": holdings,
        "personalPartsOfOtherEvents": loose_parts,
        "asOldAndUnfinished": unfinished,
        "clockInDoubt": doubt.map(|doubt| doubt.to_string()),
    })
}

fn in_words(plan: &RetentionPlan) -> String {
    let kept = plan.years.number();
    let mut words = match plan.between {
        None => format!("No encounter has been kept for {kept} years since the last thing happened in it."),
        Some((oldest, newest)) => format!(
            "{} encounters have been kept for {kept} years: the last thing happened in them between {} and {}. Their patients' \
             details would be removed; what reports count stays.",
            plan.encounters,
            date(local_date(oldest)),
            date(local_date(newest))
        ),
    };
    if plan.unfinished > 0 {
        words.push_str(&format!(
            " {} as old stay, because something of them is unfinished or they were never ended.",
            plan.unfinished
        ));
    }
    if let Some(doubt) = plan.doubt {
        words.push_str(&format!(" Look at the clock first: {doubt}. Today's date has to be given with --today."));
    }
    words.push_str(&format!(" Nothing was removed. To remove, when nobody is at work: --confirm {}", plan.encounters));
    words
}
