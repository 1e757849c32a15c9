//! How strings are spelled: the formats of the contract standard, each by its own specification.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::text;

/// Each format, and what it asks of a text.
///
/// The standard's `binary` and `password` ask nothing of one.
pub const FORMATS: [(&str, &str); 10] = [
    ("byte", "base64 with padding (RFC 4648, section 4)"),
    ("date", "full-date of RFC 3339, years 0001 to 9999: 2024-02-29"),
    ("date-time", "date-time of RFC 3339: 2024-02-29T12:00:00Z"),
    ("email", "Mailbox of RFC 5321, section 4.1.2: a local part, @, a host name or address"),
    ("hostname", "a host name of RFC 1123, section 2.1, of at most 253 characters"),
    ("ipv4", "four decimal numbers of RFC 3986, section 3.2.2, without leading zeros"),
    ("ipv6", "an address of RFC 4291, section 2.2, without a zone"),
    ("time", "full-time of RFC 3339: 12:00:00Z"),
    ("uri", "a URI of RFC 3986, with its scheme"),
    ("uuid", "8-4-4-4-12 hexadecimal digits of RFC 9562, section 4, in any case"),
];

/// Whether a text is spelled so.
pub(super) type Check = fn(&str) -> bool;

/// The check of the format `name`; `None` where there is no such.
pub(super) fn check_of(name: &str) -> Option<Check> {
    Some(match name {
        "byte" => |text| text::parse_binary(text.as_bytes()).is_some(),
        "date" => |text| text::parse_date(text.as_bytes()).is_some(),
        "date-time" => is_date_time,
        "email" => is_email,
        "hostname" => is_hostname,
        "ipv4" => |text| text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => |text| text.parse::<Ipv6Addr>().is_ok(),
        "time" => is_full_time,
        "uri" => is_uri,
        "uuid" => |text| text::parse_uuid(text.as_bytes()).is_some(),
        _ => return None,
    })
}

fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.as_bytes().split_at_checked(10) else { return false };
    match rest {
        // The section's note: T and Z may be lower case.
        [b'T' | b't', ..] => text::parse_date(date).is_some() && is_full_time(&text[11..]),
        _ => false,
    }
}

/// `HH:MM:SS[.f+]` and an offset; second 60 where a leap second can be, before midnight in UTC.
fn is_full_time(text: &str) -> bool {
    let Some((clock, rest)) = text.as_bytes().split_at_checked(8) else { return false };
    let &[h0, h1, b':', m0, m1, b':', s0, s1] = clock else { return false };
    let (Some(hours), Some(minutes), Some(seconds)) = (two(h0, h1), two(m0, m1), two(s0, s1))
    else {
        return false;
    };
    let rest = match rest.split_first() {
        Some((b'.', rest)) => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &rest[digits..]
        }
        _ => rest,
    };
    let offset = match *rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => match (two(h0, h1), two(m0, m1)) {
            (Some(h @ 0..=23), Some(m @ 0..=59)) if sign == b'+' => h * 60 + m,
            (Some(h @ 0..=23), Some(m @ 0..=59)) => -(h * 60 + m),
            _ => return false,
        },
        _ => return false,
    };
    let is_leap = || (hours * 60 + minutes - offset).rem_euclid(24 * 60) == 24 * 60 - 1;
    hours <= 23 && minutes <= 59 && (seconds <= 59 || (seconds == 60 && is_leap()))
}

fn two(high: u8, low: u8) -> Option<i32> {
    let is_number = high.is_ascii_digit() && low.is_ascii_digit();
    is_number.then(|| i32::from(high - b'0') * 10 + i32::from(low - b'0'))
}

/// Octets of a local part and of a whole address (RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.3,
/// the latter without its angle brackets).
const MAX_LOCAL_PART: usize = 64;
const MAX_ADDRESS: usize = 254;

fn is_email(text: &str) -> bool {
    // A quoted local part may hold an @, a domain none.
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= MAX_ADDRESS
        && local.len() <= MAX_LOCAL_PART
        && (local.split('.').all(is_atom) || is_quoted(local))
        && (is_hostname(domain) || is_address_literal(domain))
}

/// `Atom` (RFC 5322, section 3.2.3).
fn is_atom(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

/// `Quoted-string`: printable ASCII in quotes, quote and backslash behind a backslash.
fn is_quoted(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    let mut bytes = inner.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'"' => return false,
            b'\\' => match bytes.next() {
                Some(escaped) => escaped,
                None => return false,
            },
            other => other,
        };
        if !(b' '..=b'~').contains(&byte) {
            return false;
        }
    }
    true
}

fn is_address_literal(text: &str) -> bool {
    let Some(address) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    match address.strip_prefix("IPv6:") {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => address.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Characters of a name and of a label (RFC 1035, section 2.3.4, less the octets of lengths).
const MAX_HOSTNAME: usize = 253;
const MAX_LABEL: usize = 63;

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= MAX_HOSTNAME && text.split('.').all(is_label)
}

/// `URI` (RFC 3986, appendix A).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (part, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = match part.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if !is_authority(authority) {
                return false;
            }
            path
        }
        None => part,
    };
    is_scheme
        && is_made_of(path, b":@/")
        && is_made_of(query, b":@/?")
        && is_made_of(fragment, b":@/?")
}

fn is_authority(text: &str) -> bool {
    let (user, host) = match text.split_once('@') {
        Some((user, host)) => (user, host),
        None => ("", text),
    };
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if is_ip_literal(address) => ("", port),
            _ => return false,
        },
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    is_made_of(user, b":")
        && is_made_of(host, b"")
        && (port.is_empty() || port.starts_with(':'))
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// An IPv6 address, or `v` and a version, a dot, and what that version may say.
fn is_ip_literal(text: &str) -> bool {
    let Some(future) = text.strip_prefix(['v', 'V']) else {
        return text.parse::<Ipv6Addr>().is_ok();
    };
    let Some((version, address)) = future.split_once('.') else { return false };
    !version.is_empty()
        && version.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !address.is_empty()
        && !address.contains('%')
        && is_made_of(address, b":")
}

/// Whether `text` is unreserved characters, sub-delimiters, those `beside` and percent-encoded
/// octets alone.
fn is_made_of(text: &str, beside: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_allowed = match byte {
            b'%' => (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            other => {
                other.is_ascii_alphanumeric()
                    || b"-._~!$&'()*+,;=".contains(&other)
                    || beside.contains(&other)
            }
        };
        if !is_allowed {
            return false;
        }
    }
    true
}
