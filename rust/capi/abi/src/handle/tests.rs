//! Laws of a handle: the last error is the last call's, and what broke stays broken.

use super::*;

fn counted(handle: &Handle<u32>) -> Option<u32> {
    handle.attempt(|state| match state {
        State::Open(count) => {
            **count += 1;
            Ok(**count)
        }
        State::Closed => Err(Error::new(ErrorKind::Write, "closed")),
        State::Refusing(reason) => Err(Error::new(ErrorKind::Internal, reason.clone())),
    })
}

#[test]
fn a_success_clears_the_last_error() {
    let handle = Handle::new(0);

    assert_eq!(handle.last_error(), None);
    assert_eq!(handle.attempt::<()>(|_| Err(Error::new(ErrorKind::Write, "full"))), None);
    assert_eq!(handle.last_error().unwrap(), "full");
    // Asking is no call of its own.
    assert!(handle.last_error().is_some());
    assert_eq!(counted(&handle), Some(1));
    assert_eq!(handle.last_error(), None);
}

#[test]
fn a_panic_becomes_an_error_and_the_part_refuses() {
    let handle = Handle::new(0);

    let outcome: Option<()> = handle.attempt(|_| panic!("out of {}", "luck"));

    assert_eq!(outcome, None);
    assert_eq!(handle.last_error().unwrap(), "a fault of the library: out of luck");
    for _ in 0..2 {
        assert_eq!(counted(&handle), None);
        assert_eq!(handle.last_error().unwrap(), "a fault of the library: out of luck");
    }
}

#[test]
fn a_panic_while_creating_is_the_threads_last_error() {
    assert!(created::<u32>(|| panic!("no luck")).is_null());

    assert_eq!(recall().unwrap(), "a fault of the library: no luck");
}

#[test]
fn a_failed_create_tells_its_thread_until_one_succeeds() {
    assert!(created::<u32>(|| Err(Error::new(ErrorKind::Config, "no"))).is_null());
    let told = recall();
    let elsewhere = std::thread::spawn(recall).join().unwrap();
    let pointer = created(|| Ok(7_u32));

    assert_eq!((told.as_deref(), elsewhere, recall()), (Some("no"), None, None));
    // SAFETY: it is `created` of the same type, lives, and nobody uses it after.
    unsafe { free::<u32>(pointer) };
}

#[test]
fn threads_take_turns() {
    let handle = Handle::new(0);

    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!((0..1_000).all(|_| counted(&handle).is_some())));
        }
    });

    assert_eq!(counted(&handle), Some(8_001));
}
