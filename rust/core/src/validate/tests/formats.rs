//! What each format takes, and what it does not: the cases of JSON Schema's own test suite in
//! spirit, by the specifications that `FORMATS` names.

use crate::validate::format::{FORMATS, check_of};

/// Format, texts of it, texts that are not.
const CASES: [(&str, &[&str], &[&str]); 10] = [
    ("byte", &["", "AP8=", "AAAA"], &["AP8", "AP9=", "A===", "AP8=\n", "_-8="]),
    (
        "date",
        &["2024-02-29", "0001-01-01", "9999-12-31"],
        &["2023-02-29", "2024-2-29", "2024-02-29Z", "24-02-29", "2024-060", ""],
    ),
    (
        "date-time",
        &[
            "2024-02-29T12:00:00Z",
            "2024-02-29t12:00:00.123456789012z",
            "1990-12-31T15:59:60-08:00",
            "1998-12-31T23:59:60Z",
            "2024-02-29T00:00:00+23:59",
        ],
        &[
            "2024-02-29 12:00:00Z",
            "2024-02-29T12:00:00",
            "2024-02-29T12:00Z",
            "2024-02-30T12:00:00Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T12:00:00.Z",
            "2024-02-29T12:00:00+24:00",
            "2024-02-29T12:00:00+0100",
            "1998-12-31T22:59:60Z",
            "2024-02-29T12:00:é0Z",
        ],
    ),
    (
        "email",
        &[
            "a@b",
            "joe.bloggs@example.com",
            "\"joe bloggs\"@example.com",
            "\"joe..bloggs\\\"@\"@example.com",
            "te~st+tag@x-y.example.com",
            "joe@[127.0.0.1]",
            "joe@[IPv6:::1]",
        ],
        &[
            "",
            "joe",
            "@example.com",
            "joe@",
            ".joe@example.com",
            "joe.@example.com",
            "jo..e@example.com",
            "joe bloggs@example.com",
            "joe@example..com",
            "joe@-example.com",
            "joe@[127.0.0.300]",
            "joé@example.com",
            "a@b@c",
        ],
    ),
    (
        "hostname",
        &["localhost", "www.example.com", "xn--4gbwdl.xn--wgbh1c", "1host", "a-b", "1.2"],
        &["", "-a", "a-", "a..b", "a.", ".a", "a_b", "é", "a b"],
    ),
    ("ipv4", &["0.0.0.0", "255.255.255.255"], &["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4 ", ""]),
    (
        "ipv6",
        &["::", "::1", "1:2:3:4:5:6:7:8", "1::d6:192.168.0.1", "FE80::1"],
        &["", ":", "1::2::3", "12345::", "::1%eth0", "::1/64", "1:2:3:4:5:6:7", "::256.0.0.1"],
    ),
    (
        "time",
        &["12:00:00Z", "23:59:60Z", "08:30:06.283185+01:30", "01:29:60+01:30"],
        &["12:00:00", "12:00Z", "24:00:00Z", "12:60:00Z", "12:00:61Z", "22:59:60Z", "1:00:00Z"],
    ),
    (
        "uri",
        &[
            "http://foo.bar/?baz=qux#quux",
            "http://user:pass@example.com:8080/a/b;c?d=e/f?g#h",
            "http://[2001:db8::7]/c=GB?one",
            "http://[v1.a:b]/",
            "mailto:John.Doe@example.com",
            "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
            "file:///etc/fstab",
            "tel:+1-816-555-1212",
            "a:",
            "http://x%41/",
        ],
        &[
            "",
            "//foo.bar/",
            "/abs",
            "foo",
            ":// x",
            "http:// shouldfail.com",
            "http://a\\b",
            "http://a/{b}",
            "http://[::1/",
            "http://x:y/",
            "http://x%4/",
            "1http://x",
            "http://a/#b#c",
            "http://é/",
        ],
    ),
    (
        "uuid",
        &["2EB8AA08-aa98-11ea-b4aa-73b441d16380"],
        &["2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", ""],
    ),
];

#[test]
fn each_format_takes_what_its_specification_does() {
    let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
    assert_eq!(CASES.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), names);
    for (name, taken, refused) in CASES {
        let check = check_of(name).unwrap();
        for text in taken {
            assert!(check(text), "{name} {text:?}");
        }
        for text in refused {
            assert!(!check(text), "{name} {text:?}");
        }
    }
    assert!(check_of("password").is_none());
}

#[test]
fn long_names_are_refused() {
    let (email, host) = (check_of("email").unwrap(), check_of("hostname").unwrap());
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));

    assert!(host(&longest) && !host(&format!("{longest}a")));
    assert!(!host(&format!("{label}a")));
    assert!(email(&format!("{}@b", "a".repeat(64))) && !email(&format!("{}@b", "a".repeat(65))));
    assert!(!email(&format!("a@{longest}")));
}
