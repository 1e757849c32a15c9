//! The committed header is what cbindgen makes of the exported functions.
//!
//! `HEADRACE_WRITE_HEADER=1 cargo test -p headrace-header` writes it anew.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, ExportConfig, Language, Style};

const OPENING: &str = "/* The C ABI of headrace: what a library of a reader or a writer exports.

   Made by cbindgen of rust/capi; docs/c-abi.md says what the functions are held to. A library
   implements the functions of its part that are not called optional, and others as it likes.

   SPDX-License-Identifier: Apache-2.0 */";

/// The structs as the Arrow project gives them away to be copied.
const ARROW: &str = "#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */";

fn source(library: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(library).join("src/ffi.rs")
}

fn declarations(library: &str, excluded: &[&str]) -> String {
    let names =
        [("FFI_ArrowSchema", "struct ArrowSchema"), ("FFI_ArrowArray", "struct ArrowArray")];
    let rename = names.map(|(from, to)| (from.to_owned(), to.to_owned()));
    let exclude = excluded.iter().map(|name| (*name).to_owned()).collect();
    let config = Config {
        language: Language::C,
        style: Style::Tag,
        documentation: true,
        documentation_style: DocumentationStyle::C99,
        no_includes: true,
        export: ExportConfig { rename: rename.into(), exclude, ..ExportConfig::default() },
        enumeration: EnumConfig::default(),
        line_length: 100,
        ..Config::default()
    };
    let bindings = Builder::new().with_config(config).with_src(source(library)).generate();
    let mut written = Vec::new();
    bindings.unwrap().write(&mut written);
    String::from_utf8(written).unwrap().trim().to_owned()
}

fn header() -> String {
    let both = ["abi_version", "free_string", "last_error"];
    let writer = declarations("parquet_writer", &[]);
    let reader = declarations("csv_reader", &both);
    format!(
        "{OPENING}\n\n#ifndef HEADRACE_H\n#define HEADRACE_H\n\n#include <stdint.h>\n\n{ARROW}\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n{writer}\n\n{reader}\n\n\
         #ifdef __cplusplus\n}}\n#endif\n\n#endif /* HEADRACE_H */\n"
    )
}

#[test]
fn the_committed_header_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/headrace.h");
    if std::env::var_os("HEADRACE_WRITE_HEADER").is_some() {
        std::fs::write(&path, header()).unwrap();
    }

    let committed = std::fs::read_to_string(&path).unwrap();

    assert!(committed == header(), "write it anew: see the top of this test");
}
