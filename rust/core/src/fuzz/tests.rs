//! The corpus, without a fuzzer: what once was found stays found.

use std::path::Path;

use super::TARGETS;

#[test]
#[expect(clippy::print_stdout, reason = "the name of the input, should its law be broken")]
fn every_input_of_the_corpus_holds_its_laws() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, target) in TARGETS {
        let inputs = std::fs::read_dir(corpus.join(name)).unwrap();
        let mut paths: Vec<_> = inputs.map(|input| input.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{name} has no corpus");
        for path in paths {
            println!("{}", path.display());
            target(&std::fs::read(&path).unwrap());
        }
    }
}
