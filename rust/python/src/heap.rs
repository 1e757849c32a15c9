//! The C library's heap, told to give back what a batch leaves behind.

use pyo3::prelude::*;

/// Bytes from which an allocation is a mapping of its own, unmapped when it is freed. Left to
/// itself glibc raises the limit with every large block that is freed, up to 32 MiB, and column
/// buffers end up in arenas that never shrink; docs/adr/0014 has what that costs.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPING_BYTES: i32 = 512 << 10;

/// Arenas of the process: each thread with one of its own keeps what it once needed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: i32 = 2;

/// Bound what the heap keeps; what the environment sets (`MALLOC_…`) is left alone.
///
/// Source: mallopt(3).
#[pyfunction]
fn bound_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (variable, parameter, value) in [
        ("MALLOC_MMAP_THRESHOLD_", libc::M_MMAP_THRESHOLD, MAPPING_BYTES),
        ("MALLOC_ARENA_MAX", libc::M_ARENA_MAX, ARENAS),
    ] {
        if std::env::var_os(variable).is_none() {
            #[allow(unsafe_code, reason = "a call of the C library; its parameters are constants")]
            // SAFETY: mallopt may be called at any time and from any thread.
            unsafe {
                libc::mallopt(parameter, value);
            }
        }
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(bound_heap, module)?)
}
