//! The search index: a fold of the documents, and the backward direction of the query language. It only proposes; the
//! forward evaluator decides on the stored document.

mod collect;
mod matching;
mod steady;
mod tokens;
mod translate;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use aboveboard_model::{
    document::{Document, Field, FieldType},
    item::Direction,
    pseudonym,
};
use aboveboard_query::{Plan, Reading, Stored, keyword_form};
use rusqlite::{Connection, params};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, SegmentMeta, TantivyDocument, Term,
    schema::{
        self, FAST, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, TextFieldIndexing,
        TextOptions,
    },
};

pub(crate) use collect::Collected;
use collect::Newest;
use tokens::{TOKENS, Tokens};

use crate::{
    error::{Error, Result},
    views::{bits, from_json, unbits},
};

/// Bytes that the writer buffers before it writes a segment.
const WRITER_BYTES: usize = 64 << 20;
/// Documents indexed between two looks at whether to stop.
const STEP_DOCUMENTS: i64 = 2_000;
/// The longest term that the index takes, in bytes; a longer one is cut in document and plan alike.
const TERM_BYTES_MAX: usize = 400;
/// The column of the values that are counted and offered: `field=value` as people write it.
const VALUES: &str = "values";
/// Values of one field that are looked through for a completion, in each segment.
const VALUES_LOOKED_AT_MAX: usize = 20_000;

/// A document revision that the index proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Proposal {
    pub at: i64,
    pub doc: u64,
    pub revision: u32,
}

/// The index of one data folder.
pub(crate) struct SearchIndex {
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    indexed: AtomicU64,
}

/// The fields of the index: a text field for each field of running text, and one for all keywords.
struct Fields {
    words: Vec<(Field, schema::Field)>,
    keyword: schema::Field,
    /// Numbers and the sizes of amounts, a field each.
    numbers: Vec<(Field, schema::Field)>,
    values: schema::Field,
    at: schema::Field,
    doc: schema::Field,
    revision: schema::Field,
    key: schema::Field,
}

impl SearchIndex {
    /// Opens the index, deleting one that does not read or is ahead of the views.
    pub fn open(folder: &Path, folded: u64) -> Result<Self> {
        let path = folder.join("index");
        if let Ok(index) = Self::open_at(&path)
            && index.indexed() <= folded
        {
            return Ok(index);
        }
        let folder_error = |doing| {
            let path = path.display().to_string();
            move |source| Error::Folder { doing, path, source }
        };
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(folder_error("delete"))?;
        }
        std::fs::create_dir_all(&path).map_err(folder_error("make"))?;
        Self::open_at(&path)
    }

    fn open_at(path: &Path) -> Result<Self> {
        let (schema, fields) = Fields::schema();
        let directory = tantivy::directory::MmapDirectory::open(path).map_err(tantivy::TantivyError::from)?;
        let index = Index::open_or_create(directory, schema)?;
        index.tokenizers().register(TOKENS, Tokens);
        let indexed = committed(&index)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        Ok(Self { fields, reader, writer: Mutex::new(writer), indexed: AtomicU64::new(indexed) })
    }

    /// The number of entries whose documents the index holds.
    pub fn indexed(&self) -> u64 {
        self.indexed.load(Ordering::SeqCst)
    }

    /// Takes in what changed in the views since the last time, and commits with the log index it is true at. After an
    /// error it may have done so all the same: the next call goes on from what is committed.
    pub fn catch_up(&self, db: &Connection, folded: u64) -> Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let committed = committed(writer.index())?;
        if committed < folded
            && let Err(error) = self.write(db, &mut writer, committed, folded)
        {
            // A writer that failed takes nothing more until it is put back to the last commit.
            writer.rollback()?;
            return Err(error);
        }
        if self.indexed() < folded {
            self.reader.reload()?;
            self.indexed.store(folded, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Writes anew what holds deleted documents, so that nothing of their words is left. Rare, and as long as the index is
    /// large. Says whether it could: not while the index merges some of it on its own.
    pub fn purge(&self) -> Result<bool> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Files of a segment are kept as long as its description is held.
        let holding: Vec<tantivy::index::SegmentId> = {
            let segments = writer.index().searchable_segment_metas()?;
            segments.iter().filter(|segment| segment.has_deletes()).map(SegmentMeta::id).collect()
        };
        let is_merged = holding.is_empty() || writer.merge(&holding).wait().is_ok();
        // Where every document of a segment was deleted there was nothing to merge, and its files are there all the same.
        self.reader.reload()?;
        writer.garbage_collect_files().wait()?;
        Ok(is_merged)
    }

    fn write(&self, db: &Connection, writer: &mut IndexWriter, from: u64, folded: u64) -> Result<()> {
        self.drop_gone(db, writer, from)?;
        let mut place = (bits(from), -1);
        loop {
            let rows = changed(db, place, folded)?;
            let Some(last) = rows.last() else { break };
            place = last.place;
            for row in &rows {
                let document: Document = from_json(&row.json)?;
                // A revision is stored once and never changes, so that there is none of it to delete.
                writer.add_document(self.indexed_form(&document, row))?;
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&folded.to_string());
        commit.commit()?;
        Ok(())
    }

    fn drop_gone(&self, db: &Connection, writer: &mut IndexWriter, from: u64) -> Result<()> {
        let mut gone = db.prepare_cached("SELECT doc, revision FROM gone WHERE changed >= ?1")?;
        let rows = gone.query_map([bits(from)], |row| Ok((unbits(row.get(0)?), row.get(1)?)))?;
        for row in rows {
            let (doc, revision): (u64, u32) = row?;
            writer.delete_term(self.key_term(doc, revision));
        }
        Ok(())
    }

    fn key_term(&self, doc: u64, revision: u32) -> Term {
        Term::from_field_text(self.fields.key, &format!("{doc:016x}{revision:08x}"))
    }

    fn indexed_form(&self, document: &Document, row: &Changed) -> TantivyDocument {
        let reading = Reading::of(document);
        let mut form = TantivyDocument::default();
        form.add_text(self.fields.key, format!("{:016x}{:08x}", row.doc, row.revision));
        form.add_u64(self.fields.doc, row.doc);
        form.add_u64(self.fields.revision, u64::from(row.revision));
        form.add_i64(self.fields.at, row.at);
        let mut texts: Vec<(Field, String)> = Vec::new();
        for (field, stored) in reading.stored() {
            match stored {
                Stored::Token(token, position) => {
                    if texts.last().is_none_or(|(last, _)| *last != field) {
                        texts.push((field, String::new()));
                    }
                    if let Some((_, text)) = texts.last_mut() {
                        tokens::push(text, cut(token), position);
                    }
                }
                Stored::Term(text) => form.add_text(self.fields.keyword, keyword(field, text)),
                Stored::Present => form.add_text(self.fields.keyword, present(field)),
                Stored::Number(number) => {
                    if let Some(column) = self.fields.numbers(field) {
                        form.add_f64(column, number);
                    }
                }
                // There is one field of instants, and it has a column of its own.
                Stored::Instant(_) => {}
            }
        }
        for (field, value) in values(document) {
            form.add_text(self.fields.values, keyword_of(field, &value));
        }
        for (field, text) in texts {
            if let Some(words) = self.fields.words(field) {
                form.add_text(words, text);
            }
        }
        form
    }

    /// The index as it is now, for as many questions as are to be answered of one moment.
    pub fn moment(&self) -> Searcher {
        self.reader.searcher()
    }

    /// What the index proposes for a plan, newest first, after a place; with `tallies` how many hold each value.
    pub fn propose(
        &self,
        moment: &Searcher,
        plan: &Plan,
        after: Option<Proposal>,
        limit: usize,
        tallies: bool,
    ) -> Result<Collected> {
        let query = self.fields.translate(plan);
        Ok(moment.search(&query, &Newest { after, limit, tallies })?)
    }

    /// Values of a field that begin with what is typed or have a word that does, in order.
    pub fn values(&self, field: Field, typed: &str, limit: usize) -> Result<Vec<String>> {
        let typed = keyword_form(typed);
        let is_meant = |value: &str| {
            let form = keyword_form(value);
            form.starts_with(&typed) || form.split([' ', '-']).any(|word| word.starts_with(&typed))
        };
        let mut found = BTreeSet::new();
        for segment in self.moment().segment_readers() {
            let Some(column) = segment.fast_fields().str(VALUES)? else { continue };
            let dictionary = column.dictionary();
            let mut stream = dictionary.prefix_range(keyword_of(field, "")).into_stream().map_err(unread)?;
            let mut looked_at = 0;
            while stream.advance() && looked_at < VALUES_LOOKED_AT_MAX {
                looked_at += 1;
                let value = std::str::from_utf8(stream.key()).ok().and_then(|key| key.split_once('='));
                if let Some((_, value)) = value.filter(|(_, value)| is_meant(value)) {
                    found.insert(value.to_owned());
                }
            }
        }
        Ok(found.into_iter().take(limit).collect())
    }

    /// Keywords of a field that begin so, in the form in which they are compared.
    pub fn keywords(&self, field: Field, typed: &str, limit: usize) -> Result<Vec<String>> {
        let mut found = BTreeSet::new();
        for segment in self.moment().segment_readers() {
            let terms = segment.inverted_index(self.fields.keyword)?;
            let prefix = keyword(field, &keyword_form(typed));
            let mut stream = terms.terms().range().ge(&prefix).into_stream().map_err(unread)?;
            let mut taken = 0;
            while taken < limit && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
                taken += 1;
                let value = std::str::from_utf8(stream.key()).ok().and_then(|key| key.split_once('='));
                found.extend(value.map(|(_, value)| value.to_owned()));
            }
        }
        Ok(found.into_iter().take(limit).collect())
    }
}

/// The number of entries whose documents are committed.
fn committed(index: &Index) -> tantivy::Result<u64> {
    Ok(index.load_metas()?.payload.and_then(|text| text.parse().ok()).unwrap_or(0))
}

impl Fields {
    fn schema() -> (schema::Schema, Fields) {
        let mut builder = schema::Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(TOKENS)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false);
        let words = Field::ALL
            .iter()
            .filter(|field| field.kind() == FieldType::Text)
            .map(|field| {
                let options = TextOptions::default().set_indexing_options(indexing.clone());
                (*field, builder.add_text_field(field.word(), options))
            })
            .collect();
        let number: NumericOptions = (FAST | STORED).into();
        let fields = Fields {
            words,
            keyword: builder.add_text_field("keyword", STRING),
            numbers: Field::ALL
                .iter()
                .filter(|field| matches!(field.kind(), FieldType::Number | FieldType::Money))
                .map(|field| (*field, builder.add_f64_field(&format!("number_{}", field.word()), FAST)))
                .collect(),
            values: builder.add_text_field(VALUES, TextOptions::default().set_fast("raw")),
            at: builder.add_i64_field("sort_at", FAST | INDEXED),
            doc: builder.add_u64_field("doc", number.clone()),
            revision: builder.add_u64_field("revision", number),
            key: builder.add_text_field("key", STRING),
        };
        (builder.build(), fields)
    }

    fn words(&self, field: Field) -> Option<schema::Field> {
        self.words.iter().find(|(of, _)| *of == field).map(|(_, words)| *words)
    }

    fn numbers(&self, field: Field) -> Option<schema::Field> {
        self.numbers.iter().find(|(of, _)| *of == field).map(|(_, numbers)| *numbers)
    }
}

/// The values of a document that a search counts and offers, as people write them. Nothing that a person wrote is among them.
fn values(document: &Document) -> Vec<(Field, String)> {
    let one = |field: Field, value: Option<&str>| value.map(|value| (field, value.to_owned()));
    let mut values: Vec<(Field, String)> = [
        one(Field::Kind, Some(document.kind.as_str()).filter(|kind| !kind.is_empty())),
        one(Field::Direction, document.direction.map(Direction::word)),
        one(Field::Region, document.region.as_deref()),
        one(Field::Team, document.team.as_deref()),
        document.employee.map(|employee| (Field::Employee, pseudonym::employee(employee))),
        one(Field::Language, document.language.as_deref()),
        one(Field::Media, document.media.as_deref()),
        document.at.map(|at| (Field::At, at.strftime("%Y-%m").to_string())),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (field, list) in [
        (Field::Payment, &document.payment),
        (Field::Handle, &document.handle),
        (Field::Link, &document.link),
        (Field::Entity, &document.entity),
    ] {
        // A link's other values are hosts, which are words of the message.
        let list = list.iter().filter(|value| field != Field::Link || JUDGED.contains(&value.as_str()));
        values.extend(list.map(|value| (field, value.clone())));
    }
    values
}

/// What the registry says of something.
const JUDGED: &[&str] = &["unregistered", "registered", "client"];

struct Changed {
    place: (i64, i64),
    doc: u64,
    revision: u32,
    at: i64,
    json: String,
}

fn changed(db: &Connection, after: (i64, i64), folded: u64) -> Result<Vec<Changed>> {
    let mut rows = db.prepare_cached(
        "SELECT changed, ordinal, doc, revision, at, json FROM documents \
         WHERE (changed, ordinal) > (?1, ?2) AND changed < ?3 ORDER BY changed, ordinal LIMIT ?4",
    )?;
    let rows = rows.query_map(params![after.0, after.1, bits(folded), STEP_DOCUMENTS], |row| {
        Ok(Changed {
            place: (row.get(0)?, row.get(1)?),
            doc: unbits(row.get(2)?),
            revision: row.get(3)?,
            at: row.get(4)?,
            json: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn keyword(field: Field, text: &str) -> String {
    keyword_of(field, text)
}

fn unread(error: std::io::Error) -> tantivy::TantivyError {
    error.into()
}

/// A value as people write it, under its field's name.
fn keyword_of(field: Field, value: &str) -> String {
    format!("{}={}", field.word(), cut(value))
}

fn present(field: Field) -> String {
    format!("{}?", field.word())
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TERM_BYTES_MAX)]
}
