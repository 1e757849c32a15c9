//! Laws that need no server; those that do are in tests/engine.

use std::time::Duration;

use headrace_core::{ErrorKind, patience};
use object_store::Error as StoreError;

use crate::fault::Faults;
use crate::upload::{Progress, Upload};
use crate::uploads::Page;
use crate::watch::{Refusal, Seen};
use crate::{Keys, MAX_PARTS, MIN_PART_BYTES, Options, SharedSink, Store};

fn keys() -> Keys {
    let session_token = Some("TOKENOFKEYS".into());
    Keys { access_key: "AKOFKEYS".into(), secret_key: "SKOFKEYS".into(), session_token }
}

/// Of a server that is never asked.
fn options() -> Options {
    Options {
        bucket: "raw".into(),
        endpoint: Some("http://127.0.0.1:9/".into()),
        region: None,
        keys: Some(keys()),
        path_style: true,
        allow_http: true,
        ca_certificate: None,
        skip_signature: false,
        timeout: Duration::from_secs(1),
        connect_timeout: Duration::from_secs(1),
        retries: 0,
    }
}

fn refused(status: u16, code: &str, error: &StoreError) -> Option<(ErrorKind, bool)> {
    let faults = Faults { bucket: "raw".into(), keys: Some(keys()) };
    let refusal = Refusal { status, code: code.into(), message: "so it is".into() };
    let seen = Seen { is_asked: true, refusal: Some(refusal) };
    let failure = faults.of("write", "a", error, &seen)?;
    Some((failure.error.kind(), failure.may_have_landed))
}

fn generic() -> StoreError {
    StoreError::Generic { store: "S3", source: "no more than that".into() }
}

fn not_found() -> StoreError {
    StoreError::NotFound { path: "a".into(), source: "no more than that".into() }
}

fn precondition() -> StoreError {
    StoreError::Precondition { path: "a".into(), source: "no more than that".into() }
}

#[test]
fn a_refusal_is_what_its_code_says_or_else_its_status() {
    for (status, code, kind) in [
        (403, "SignatureDoesNotMatch", ErrorKind::TargetAuth),
        (403, "", ErrorKind::TargetAuth),
        (400, "ExpiredToken", ErrorKind::TargetAuth),
        (400, "RequestTimeout", ErrorKind::TargetConnection),
        (400, "EntityTooSmall", ErrorKind::Write),
        (404, "NoSuchBucket", ErrorKind::Write),
        (409, "OperationAborted", ErrorKind::Conflict),
        (412, "PreconditionFailed", ErrorKind::Conflict),
        (429, "", ErrorKind::TargetConnection),
        (500, "InternalError", ErrorKind::TargetConnection),
        (501, "NotImplemented", ErrorKind::Write),
        (503, "SlowDown", ErrorKind::TargetConnection),
        (507, "XMinioStorageFull", ErrorKind::Write),
    ] {
        assert_eq!(refused(status, code, &generic()).unwrap().0, kind, "{status} {code}");
    }
}

#[test]
fn only_a_server_that_says_so_has_surely_done_nothing() {
    for (status, may_have_landed) in
        [(429, false), (503, false), (500, true), (502, true), (504, true)]
    {
        assert_eq!(refused(status, "", &generic()).unwrap().1, may_have_landed, "{status}");
    }
}

#[test]
fn an_absent_object_is_no_failure_but_an_absent_bucket_and_a_condition_are() {
    assert_eq!(refused(404, "NoSuchKey", &not_found()), None);
    assert_eq!(refused(404, "NoSuchUpload", &not_found()), None);
    assert_eq!(refused(404, "NoSuchBucket", &not_found()).unwrap().0, ErrorKind::Write);
    assert_eq!(refused(404, "NoSuchKey", &precondition()).unwrap().0, ErrorKind::Conflict);
    assert_eq!(refused(404, "NoSuchBucket", &precondition()).unwrap().0, ErrorKind::Write);
}

#[test]
fn no_message_and_no_debug_text_has_a_secret() {
    let faults = Faults { bucket: "raw".into(), keys: Some(keys()) };
    let echo = "AKOFKEYS and SKOFKEYS and TOKENOFKEYS";

    let error = faults.error(ErrorKind::Write, "write", "a", echo);

    assert_eq!(error.message(), "cannot write s3://raw/a: *** and *** and ***");
    assert!(!format!("{:?}", options()).contains("OFKEYS"));
}

#[test]
fn an_endpoint_is_checked_before_anything_is_sent() {
    for endpoint in ["127.0.0.1:9", "ftp://127.0.0.1", "http://127.0.0.1:9"] {
        let endpoint = Some(endpoint.to_owned());
        let made = Store::connect(Options { endpoint, allow_http: false, ..options() });

        assert_eq!(made.err().unwrap().kind(), ErrorKind::Config);
    }
}

const PAGE: &str = "<ListMultipartUploadsResult>
    <Upload><Key>a/b</Key><UploadId>1</UploadId></Upload>
    <Upload><Key>a/b</Key><UploadId>2</UploadId></Upload>
    <Upload><Key>a/bc</Key><UploadId>3</UploadId></Upload>
    <IsTruncated>true</IsTruncated>
    <NextKeyMarker>KEY</NextKeyMarker><NextUploadIdMarker>2</NextUploadIdMarker>
</ListMultipartUploadsResult>";

#[test]
fn uploads_of_other_keys_are_passed_over_and_pages_end_behind_the_key() {
    for (marker, next) in [("a/b", Some(("a/b".to_owned(), "2".to_owned()))), ("a/bc", None)] {
        let mut ids = Vec::new();
        let page = Page::parse(PAGE.replace("KEY", marker).as_bytes()).unwrap();

        assert_eq!(page.take("a/b", &mut ids), next);
        assert_eq!(ids, ["1", "2"]);
    }
}

#[test]
fn a_server_without_open_uploads_has_an_empty_list() {
    let mut ids = Vec::new();
    let page = Page::parse(b"<ListMultipartUploadsResult></ListMultipartUploadsResult>").unwrap();

    assert_eq!(page.take("a", &mut ids), None);
    assert!(ids.is_empty());
}

fn upload(part_bytes: usize, in_flight: usize) -> headrace_core::Result<Upload> {
    let store = Store::connect(options())?;
    Upload::new(store, "a", "id", part_bytes, in_flight, std::sync::Arc::<Progress>::default())
}

#[test]
fn parts_that_s3_would_refuse_are_refused_at_once() {
    assert_eq!(upload(MIN_PART_BYTES - 1, 1).err().unwrap().kind(), ErrorKind::Config);
    assert_eq!(upload(MIN_PART_BYTES, 0).err().unwrap().kind(), ErrorKind::Config);
}

#[test]
fn more_parts_than_s3_takes_are_an_error_that_names_the_file() {
    let mut upload = upload(MIN_PART_BYTES, 1).unwrap();
    upload.pretend(MAX_PARTS);

    let error = upload.write(&vec![0; MIN_PART_BYTES]).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Write);
    assert!(error.message().contains("10000 parts of 5242880 bytes"), "{}", error.message());
}

#[test]
fn a_part_that_fails_fails_every_later_call() {
    let mut upload = upload(MIN_PART_BYTES, 1).unwrap();
    upload.write(&vec![0; MIN_PART_BYTES]).unwrap();

    let kinds = [
        upload.write(&vec![0; MIN_PART_BYTES]).unwrap_err().kind(),
        upload.send_held().unwrap_err().kind(),
        upload.close().unwrap_err().kind(),
    ];

    assert_eq!(kinds, [ErrorKind::TargetConnection; 3]); // nobody listens there
}

#[test]
fn who_loses_patience_or_is_given_up_waits_no_longer() {
    let store = Store::connect(Options { retries: 1_000, ..options() }).unwrap();
    let full = vec![0; MIN_PART_BYTES];

    let interrupted = patience::while_asked(|| false, || store.head("a")).unwrap_err();
    let sink = store.sink("a", "id", MIN_PART_BYTES, 1).unwrap();
    sink.write(&full).unwrap();
    let waiting = {
        let sink = sink.clone();
        std::thread::spawn(move || sink.write(&full))
    };
    sink.abort();

    assert_eq!(interrupted.kind(), ErrorKind::Internal);
    assert!(waiting.join().unwrap().is_err());
    assert_eq!(sink.write(b"x").unwrap_err().kind(), ErrorKind::Write);
}

#[test]
fn a_local_sink_closes_once_and_tells_the_same_twice() {
    let path = std::env::temp_dir().join(format!("headrace-objectstore-{}", std::process::id()));
    let sink = SharedSink::file(&path).unwrap();
    sink.write(b"abc").unwrap();

    let closed = [sink.close().unwrap(), sink.close().unwrap()];
    let content = std::fs::read(&path).unwrap();
    let again = SharedSink::file(&path).err();
    std::fs::remove_file(&path).unwrap();

    assert_eq!(closed, [3, 3]);
    assert_eq!(content, b"abc");
    assert_eq!(again.unwrap().kind(), ErrorKind::Write);
    assert!(sink.is_closed());
}
