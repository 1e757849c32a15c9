//! What servers and sockets complain of, as errors of the core.

use std::error::Error as StdError;
use std::path::PathBuf;

use headrace_core::{Error, ErrorKind, Location};
use object_store::client::{HttpError, HttpErrorKind};

use crate::options::Keys;
use crate::watch::{Refusal, Seen};

/// Codes whose meaning is not that of their status.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const KINDS: [(&str, ErrorKind); 13] = [
    ("AuthorizationHeaderMalformed", ErrorKind::TargetAuth), // signed for another region
    ("ExpiredToken", ErrorKind::TargetAuth),
    ("InvalidAccessKeyId", ErrorKind::TargetAuth),
    ("InvalidToken", ErrorKind::TargetAuth),
    ("TokenRefreshRequired", ErrorKind::TargetAuth),
    ("NoSuchBucket", ErrorKind::Write),
    ("ConditionalRequestConflict", ErrorKind::Conflict),
    ("OperationAborted", ErrorKind::Conflict),
    ("RequestTimeout", ErrorKind::TargetConnection), // a 400: the body came too slowly
    ("SlowDown", ErrorKind::TargetConnection),
    ("SlowDownRead", ErrorKind::TargetConnection),
    ("SlowDownWrite", ErrorKind::TargetConnection),
    ("XMinioStorageFull", ErrorKind::Write),
];

/// What went wrong, and whether the server may have done what it was asked for.
pub(crate) struct Failure {
    pub error: Error,
    pub may_have_landed: bool,
}

/// Names a bucket in messages, and keeps secrets out of them.
pub(crate) struct Faults {
    pub bucket: String,
    pub keys: Option<Keys>,
}

impl Faults {
    /// What `error` means for who wanted `what` of `key`; `None` where there is no such object.
    pub(crate) fn of(
        &self,
        what: &str,
        key: &str,
        error: &object_store::Error,
        seen: &Seen,
    ) -> Option<Failure> {
        let chain: Vec<_> = chain(error).collect();
        let untrusted = chain.iter().find_map(|cause| match cause.downcast_ref() {
            Some(rustls::Error::InvalidCertificate(why)) => Some(why),
            _ => None,
        });
        let transport = chain.iter().find_map(|cause| cause.downcast_ref::<HttpError>());
        let (kind, words, may_have_landed) = if let Some(why) = untrusted {
            let words =
                format!("its certificate is not trusted: {why}; name the CA if it is yours");
            (ErrorKind::TargetAuth, words, false)
        } else if !seen.is_asked {
            let words = format!("no credentials were found: {}", last_words(error));
            (ErrorKind::TargetAuth, words, false)
        } else if let Some(refusal) = &seen.refusal {
            let is_sure = refusal.status < 500 || refusal.status == 503;
            (kind_of(refusal, error)?, refusal_words(refusal), !is_sure)
        } else if let Some(transport) = transport {
            let is_sent = transport.kind() != HttpErrorKind::Connect;
            (ErrorKind::TargetConnection, last_words(error), is_sent)
        } else {
            let words = format!("the server does not speak S3: {}", last_words(error));
            (ErrorKind::Write, words, true)
        };
        Some(Failure { error: self.error(kind, what, key, &words), may_have_landed })
    }

    /// An error about `key`, without a secret.
    pub(crate) fn error(&self, kind: ErrorKind, what: &str, key: &str, words: &str) -> Error {
        let place = self.place(key);
        let message = self.redacted(format!("cannot {what} {place}: {words}"));
        Error::new(kind, message)
            .at(Location { path: Some(PathBuf::from(place)), ..Location::default() })
    }

    pub(crate) fn place(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    fn redacted(&self, mut message: String) -> String {
        let Some(keys) = &self.keys else { return message };
        let secrets = [Some(&keys.secret_key), Some(&keys.access_key), keys.session_token.as_ref()];
        for secret in secrets.into_iter().flatten().filter(|secret| !secret.is_empty()) {
            message = message.replace(secret.as_str(), "***");
        }
        message
    }
}

fn kind_of(refusal: &Refusal, error: &object_store::Error) -> Option<ErrorKind> {
    use object_store::Error::{AlreadyExists, NotFound, Precondition};

    if let Some((_, kind)) = KINDS.iter().find(|(code, _)| *code == refusal.code) {
        return Some(*kind);
    }
    Some(match (error, refusal.status) {
        (NotFound { .. }, _) => return None,
        // A condition on an object that is gone is a 404 of some servers, a 412 of others.
        (AlreadyExists { .. } | Precondition { .. }, _) | (_, 409 | 412) => ErrorKind::Conflict,
        (_, 401 | 403) => ErrorKind::TargetAuth,
        (_, 408 | 429 | 500 | 502..=599) => ErrorKind::TargetConnection,
        _ => ErrorKind::Write, // 501 too: the server lacks it, and will lack it
    })
}

fn refusal_words(refusal: &Refusal) -> String {
    let Refusal { status, code, message } = refusal;
    match (status, code.as_str()) {
        (300..=399, _) => "the bucket is in another region: name that".to_owned(),
        (_, "") => format!("the server says {status}"),
        (_, code) => format!("the server says {status} {code}: {message}"),
    }
}

/// What the innermost cause says.
pub(crate) fn last_words(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// An error and its causes; also those that an I/O error wraps, which calls none its source.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        inner.map_or_else(|| error.source(), |inner| Some(inner as &(dyn StdError + 'static)))
    })
}
