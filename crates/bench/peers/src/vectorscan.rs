//! Debian's Vectorscan through its C interface (hs_compile.h, hs_runtime.h of 5.4.9).

use std::ffi::{CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::ptr::null_mut;

use anyhow::{Result, bail};

use crate::{Peer, Rules};

const CASELESS: c_uint = 1;
const SINGLE_MATCH: c_uint = 8;
const ALLOW_EMPTY: c_uint = 16;
const MODE_BLOCK: c_uint = 1;

#[repr(C)]
struct CompileError {
    message: *mut c_char,
    expression: c_int,
}

type OnMatch = extern "C" fn(c_uint, c_ulonglong, c_ulonglong, c_uint, *mut c_void) -> c_int;

unsafe extern "C" {
    fn hs_compile_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut c_void,
        error: *mut *mut CompileError,
    ) -> c_int;
    fn hs_compile_lit_multi(
        expressions: *const *const c_char,
        flags: *const c_uint,
        ids: *const c_uint,
        lengths: *const usize,
        elements: c_uint,
        mode: c_uint,
        platform: *const c_void,
        database: *mut *mut c_void,
        error: *mut *mut CompileError,
    ) -> c_int;
    fn hs_alloc_scratch(database: *const c_void, scratch: *mut *mut c_void) -> c_int;
    fn hs_scan(
        database: *const c_void,
        data: *const c_char,
        length: c_uint,
        flags: c_uint,
        scratch: *mut c_void,
        on_match: OnMatch,
        context: *mut c_void,
    ) -> c_int;
}

extern "C" fn note(id: c_uint, _: c_ulonglong, _: c_ulonglong, _: c_uint, context: *mut c_void) -> c_int {
    // SAFETY: `Database::find` passes a vector that lives as long as the scan.
    unsafe { (*context.cast::<Vec<u32>>()).push(id) };
    0
}

/// A compiled database and room to work in; both live as long as the process.
struct Database {
    database: *mut c_void,
    scratch: *mut c_void,
}

impl Database {
    fn new(expressions: &[String], flags: c_uint, is_literal: bool) -> Result<Self> {
        let texts: Vec<CString> =
            expressions.iter().map(|text| CString::new(text.as_str())).collect::<Result<_, _>>()?;
        let pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
        let lengths: Vec<usize> = expressions.iter().map(String::len).collect();
        let flags = vec![flags; texts.len()];
        let ids: Vec<c_uint> = (0..texts.len() as c_uint).collect();
        let (mut database, mut scratch, mut error) = (null_mut(), null_mut(), null_mut());
        let count = texts.len() as c_uint;
        // SAFETY: the arrays hold `count` elements each and outlive the call.
        let outcome = unsafe {
            if is_literal {
                hs_compile_lit_multi(
                    pointers.as_ptr(),
                    flags.as_ptr(),
                    ids.as_ptr(),
                    lengths.as_ptr(),
                    count,
                    MODE_BLOCK,
                    std::ptr::null(),
                    &raw mut database,
                    &raw mut error,
                )
            } else {
                hs_compile_multi(
                    pointers.as_ptr(),
                    flags.as_ptr(),
                    ids.as_ptr(),
                    count,
                    MODE_BLOCK,
                    std::ptr::null(),
                    &raw mut database,
                    &raw mut error,
                )
            }
        };
        if outcome != 0 {
            // SAFETY: where compiling fails, the library fills in an error.
            let (text, at) = unsafe {
                (
                    std::ffi::CStr::from_ptr((*error).message).to_string_lossy().into_owned(),
                    (*error).expression,
                )
            };
            bail!("vectorscan does not compile rule {at}: {text}");
        }
        // SAFETY: the database was made above.
        if unsafe { hs_alloc_scratch(database, &raw mut scratch) } != 0 {
            bail!("vectorscan has no room to work in");
        }
        Ok(Self { database, scratch })
    }

    fn find(&self, message: &[u8], found: &mut Vec<u32>) -> Result<()> {
        // SAFETY: the message and the vector outlive the call; the scratch belongs to this database.
        let outcome = unsafe {
            hs_scan(
                self.database,
                message.as_ptr().cast(),
                message.len() as c_uint,
                0,
                self.scratch,
                note,
                std::ptr::from_mut(found).cast(),
            )
        };
        if outcome != 0 {
            bail!("vectorscan: {outcome}");
        }
        Ok(())
    }
}

/// Phrases and regexes in one database.
pub struct OneDatabase(Database);

impl OneDatabase {
    pub fn new(rules: &Rules) -> Result<Self> {
        let escaped = rules.phrases.iter().map(|phrase| regex_escape(phrase));
        let all: Vec<String> = escaped.chain(rules.regexes.iter().cloned()).collect();
        Ok(Self(Database::new(&all, CASELESS | SINGLE_MATCH | ALLOW_EMPTY, false)?))
    }
}

impl Peer for OneDatabase {
    fn find(&mut self, message: &[u8], found: &mut Vec<u32>) -> Result<()> {
        self.0.find(message, found)
    }
}

/// Phrases alone, by the interface for literals.
pub struct Literals(Database);

impl Literals {
    pub fn new(phrases: &[String]) -> Result<Self> {
        Ok(Self(Database::new(phrases, CASELESS | SINGLE_MATCH, true)?))
    }
}

impl Peer for Literals {
    fn find(&mut self, message: &[u8], found: &mut Vec<u32>) -> Result<()> {
        self.0.find(message, found)
    }
}

/// A phrase as an expression.
fn regex_escape(phrase: &str) -> String {
    let mut escaped = String::new();
    for c in phrase.chars() {
        if c.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
