//! Pages of libraries, given back once they were needed.

use pyo3::prelude::*;

/// Let go of the pages of libraries that hold what their files hold: code, constants, symbols.
///
/// A large library is read through while it is loaded, and little of it again. What is needed
/// later is read anew, from the system's cache as a rule.
///
/// # Returns
/// How much was resident of what was let go of [bytes]; 0 elsewhere than on Linux.
///
/// Source: `madvise(2)`, `MADV_DONTNEED` of a private mapping of a file; `proc(5)`, `smaps`.
#[pyfunction]
fn release_pages(py: Python<'_>) -> usize {
    py.detach(release)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn release() -> usize {
    0
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn release() -> usize {
    let Ok(text) = std::fs::read_to_string("/proc/self/smaps") else { return 0 };
    let mut released = 0;
    let mut mapping: Option<Mapping> = None;
    for line in text.lines() {
        if let Some(next) = Mapping::begins(line) {
            released += mapping.replace(next).map_or(0, |found| found.release());
        } else if let Some(found) = &mut mapping {
            found.learn(line);
        }
    }
    released + mapping.map_or(0, |found| found.release())
}

/// A mapping, as far as its lines tell.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
struct Mapping {
    start: usize,
    end: usize,
    /// Private, of a shared library, and not to be written.
    is_library: bool,
    resident: usize,
    /// Pages that are not as in the file: relocated, or patched.
    own: usize,
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
impl Mapping {
    /// The mapping of a line such as `7f00-7f01 r-xp 00000000 fe:00 123 /lib/a.so`.
    fn begins(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let (start, end) =
            (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
        let permissions = words.next()?;
        let is_library = words.nth(3).is_some_and(|path| path.contains(".so"));
        let is_fixed = matches!(permissions, "r--p" | "r-xp");
        Some(Self { start, end, is_library: is_library && is_fixed, resident: 0, own: 0 })
    }

    /// Take in a line such as `Rss:    12 kB`.
    fn learn(&mut self, line: &str) {
        let Some((name, value)) = line.split_once(':') else { return };
        let kibibytes =
            || value.split_ascii_whitespace().next().and_then(|word| word.parse::<usize>().ok());
        match name {
            "Rss" => self.resident = kibibytes().unwrap_or(0) << 10,
            "Private_Dirty" | "Shared_Dirty" | "Anonymous" => {
                // What cannot be read might be anything.
                self.own = self.own.saturating_add(kibibytes().unwrap_or(1));
            }
            _ => {}
        }
    }

    fn release(&self) -> usize {
        if !self.is_library || self.own > 0 || self.resident == 0 {
            return 0;
        }
        #[allow(unsafe_code, reason = "a call of the C library on a mapping of this process")]
        // SAFETY: no page of the mapping differs from its file, and none can come to: it is
        // private, and not to be written. Whoever touches one gets the same content again. The
        // mapping is still what it was when it was looked at: nobody unloads a library.
        let result = unsafe {
            libc::madvise(
                self.start as *mut libc::c_void,
                self.end - self.start,
                libc::MADV_DONTNEED,
            )
        };
        if result == 0 { self.resident } else { 0 }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(release_pages, module)?)
}
