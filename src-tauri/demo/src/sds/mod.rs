//! The Spine directory: LDAP searches over the entries of the registered systems. Anonymous, read-only.

mod entries;
mod framing;

use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use futures::{SinkExt, StreamExt};
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapBindResponse, LdapExtendedResponse, LdapMsg, LdapOp, LdapResult, LdapResultCode,
    LdapSearchRequest,
};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio_util::codec::Framed;

use crate::control::Cue;
pub(crate) use crate::sds::entries::{BASE, Directory};
use crate::sds::framing::Framing;
use crate::world::World;

/// How long a client may say nothing.
const IDLE: Duration = Duration::from_secs(300);
/// What the server says before it hangs up of its own accord (RFC 4511, 4.4.1).
const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

pub(crate) async fn serve(mut listener: impl Listener, world: Arc<World>) {
    let directory = Arc::new(Directory::of(&world));
    // Dropped with this future, so that no conversation outlives the demonstration.
    let mut conversations = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await;
        while conversations.try_join_next().is_some() {}
        conversations.spawn(converse(stream, Arc::clone(&directory), Arc::clone(&world)));
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, directory: Arc<Directory>, world: Arc<World>) {
    let mut framed = Framed::new(stream, Framing::default());
    loop {
        let message = match tokio::time::timeout(IDLE, framed.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => {
                let farewell = farewell(&error.to_string());
                return drop(framed.send(farewell).await);
            }
            Ok(None) | Err(_) => return,
        };
        match world.cue("sds", |_| true) {
            Some(Cue::Delay(length)) => tokio::time::sleep(length).await,
            Some(_) => return,
            None => {}
        }
        let Some(answers) = answers(&message.op, &directory, &world) else { return };
        for op in answers {
            if framed.send(LdapMsg { msgid: message.msgid, op, ctrl: Vec::new() }).await.is_err() {
                return;
            }
        }
    }
}

/// Says why the connection is closed.
fn farewell(said: &str) -> LdapMsg {
    let op = LdapOp::ExtendedResponse(LdapExtendedResponse {
        res: result(LdapResultCode::ProtocolError, &format!("this is no LDAP request: {said}")),
        name: Some(DISCONNECTION.to_owned()),
        value: None,
    });
    LdapMsg { msgid: 0, op, ctrl: Vec::new() }
}

/// The answers to a request; none where the conversation is over.
fn answers(op: &LdapOp, directory: &Directory, world: &World) -> Option<Vec<LdapOp>> {
    let unwilling = || result(LdapResultCode::UnwillingToPerform, "this directory is only read");
    let answer = match op {
        LdapOp::BindRequest(bind) => LdapOp::BindResponse(LdapBindResponse { res: bound(bind), saslcreds: None }),
        LdapOp::SearchRequest(search) => return Some(found(search, directory, world)),
        LdapOp::AbandonRequest(_) => return Some(Vec::new()),
        LdapOp::ModifyRequest(_) => LdapOp::ModifyResponse(unwilling()),
        LdapOp::AddRequest(_) => LdapOp::AddResponse(unwilling()),
        LdapOp::DelRequest(_) => LdapOp::DelResponse(unwilling()),
        LdapOp::ModifyDNRequest(_) => LdapOp::ModifyDNResponse(unwilling()),
        LdapOp::CompareRequest(_) => LdapOp::CompareResult(result(
            LdapResultCode::UnwillingToPerform,
            "this directory is searched, and compares nothing",
        )),
        LdapOp::ExtendedRequest(asked) => LdapOp::ExtendedResponse(LdapExtendedResponse {
            res: result(LdapResultCode::ProtocolError, &format!("there is no operation {}", asked.name)),
            name: None,
            value: None,
        }),
        // A good-bye, or what only a server says.
        LdapOp::UnbindRequest
        | LdapOp::BindResponse(_)
        | LdapOp::SearchResultEntry(_)
        | LdapOp::SearchResultDone(_)
        | LdapOp::SearchResultReference(_)
        | LdapOp::ModifyResponse(_)
        | LdapOp::AddResponse(_)
        | LdapOp::DelResponse(_)
        | LdapOp::ModifyDNResponse(_)
        | LdapOp::CompareResult(_)
        | LdapOp::ExtendedResponse(_)
        | LdapOp::IntermediateResponse(_) => return None,
    };
    Some(vec![answer])
}

fn bound(bind: &LdapBindRequest) -> LdapResult {
    if bind.version != 3 {
        return result(LdapResultCode::ProtocolError, "version 3 is spoken here");
    }
    match &bind.cred {
        LdapBindCred::Simple(password) if !password.is_empty() => {
            result(LdapResultCode::InvalidCredentials, "nobody has a password here: bind without name and password")
        }
        LdapBindCred::Simple(_) if !bind.dn.is_empty() => {
            result(LdapResultCode::UnwillingToPerform, "a name without a password is not taken")
        }
        LdapBindCred::Simple(_) => result(LdapResultCode::Success, ""),
        LdapBindCred::SASL(_) | LdapBindCred::Unsupported => {
            result(LdapResultCode::AuthMethodNotSupported, "only the simple bind without name and password is taken")
        }
    }
}

fn found(search: &LdapSearchRequest, directory: &Directory, world: &World) -> Vec<LdapOp> {
    world.note_asked("sds", json!({ "base": search.base, "filter": format!("{:?}", search.filter) }));
    let Some(hits) = directory.search(search) else {
        let missing = LdapResult {
            matcheddn: directory.nearest(&search.base),
            ..result(LdapResultCode::NoSuchObject, "there is no such base")
        };
        return vec![LdapOp::SearchResultDone(missing)];
    };
    let limit = usize::try_from(search.sizelimit).unwrap_or(0);
    let cut = limit > 0 && hits.len() > limit;
    let shown = hits.into_iter().take(if cut { limit } else { usize::MAX });
    let mut answers: Vec<LdapOp> =
        shown.map(|entry| LdapOp::SearchResultEntry(entry.shown(&search.attrs, search.typesonly))).collect();
    let code = if cut { LdapResultCode::SizeLimitExceeded } else { LdapResultCode::Success };
    answers.push(LdapOp::SearchResultDone(result(code, "")));
    answers
}

fn result(code: LdapResultCode, said: &str) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: said.to_owned(), referral: Vec::new() }
}
