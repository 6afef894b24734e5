//! Tests of the importer as a whole: golden files, properties, archives, random mutations.

mod archive;
mod golden;
mod mutation;
mod round_trip;
mod whole;

use std::{
    io::{Cursor, Read, Seek, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::*;

/// Everything that a file gives.
fn all_of<R: Read + Seek>(import: &mut Import<R>) -> Vec<Exported> {
    let mut all = Vec::new();
    import
        .for_each(&mut |_| {}, &mut |exported| {
            all.push(exported);
            ControlFlow::Continue(())
        })
        .unwrap();
    all
}

fn read_bytes(bytes: &[u8], name: &str, options: Options) -> Result<Import<Cursor<Vec<u8>>>, Refusal> {
    read(Cursor::new(bytes.to_vec()), name, options, &mut |_| {})
}

fn own(name: &str) -> Options {
    Options { own_names: vec![name.to_owned()], ..Options::default() }
}

fn items(text: &str, options: Options) -> Vec<Exported> {
    all_of(&mut read_bytes(text.as_bytes(), "WhatsApp Chat with Ana.txt", options).unwrap())
}

/// The bytes of a small file of our own.
fn bytes_of(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).unwrap().take(1 << 24).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The cases of the golden folder in order of name.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/export");
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// An archive of these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
