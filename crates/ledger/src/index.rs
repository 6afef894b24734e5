//! The search index: a fold of the documents, and the backward direction of the query language. It only proposes; the
//! forward evaluator decides on the stored document.

use std::{
    ops::Bound,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use aboveboard_model::document::{Document, Field};
use aboveboard_query::{Plan, Reading, Stored};
use rusqlite::{Connection, params};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term,
    collector::{Count, TopDocs},
    query::{
        AllQuery, BooleanQuery, EmptyQuery, InvertedIndexRangeQuery, Occur, PhraseQuery, Query, RangeQuery,
        TermQuery,
    },
    schema::{
        self, FAST, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, TextFieldIndexing,
        TextOptions,
    },
    tokenizer::{PreTokenizedString, Token},
};

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
        let payload = index.load_metas()?.payload;
        let indexed = payload.and_then(|text| text.parse().ok()).unwrap_or(0);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        Ok(Self { fields, reader, writer: Mutex::new(writer), indexed: AtomicU64::new(indexed) })
    }

    /// The number of entries whose documents the index holds.
    pub fn indexed(&self) -> u64 {
        self.indexed.load(Ordering::SeqCst)
    }

    /// Takes in what changed in the views since the last time, and commits with the log index it is true at.
    pub fn catch_up(&self, db: &Connection, folded: u64) -> Result<()> {
        let from = self.indexed();
        if from >= folded {
            return Ok(());
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let written = self.write(db, &mut writer, from, folded);
        if written.is_err() {
            // A writer that failed takes nothing more until it is put back to the last commit.
            writer.rollback()?;
        }
        written?;
        self.reader.reload()?;
        self.indexed.store(folded, Ordering::SeqCst);
        Ok(())
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
                writer.delete_term(self.key_term(row.doc, row.revision));
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
        let mut texts: Vec<(Field, PreTokenizedString)> = Vec::new();
        for (field, stored) in reading.stored() {
            match stored {
                Stored::Token(text, position) => {
                    let token =
                        Token { position: position as usize, text: cut(text).to_owned(), ..Token::default() };
                    match texts.last_mut().filter(|(last, _)| *last == field) {
                        Some((_, string)) => string.tokens.push(token),
                        None => {
                            let string = PreTokenizedString { text: String::new(), tokens: vec![token] };
                            texts.push((field, string));
                        }
                    }
                }
                Stored::Term(text) => form.add_text(self.fields.keyword, keyword(field, text)),
                Stored::Present => form.add_text(self.fields.keyword, present(field)),
                // Numbers are few in a query and left to the evaluator; instants have a field of their own.
                Stored::Number(_) | Stored::Instant(_) => {}
            }
        }
        for (field, string) in texts {
            if let Some(words) = self.fields.words(field) {
                form.add_pre_tokenized_text(words, string);
            }
        }
        form
    }

    /// What the index proposes for a plan, newest first, from a place on; and how many it proposes in all.
    pub fn propose(
        &self,
        plan: &Plan,
        upto: Option<Proposal>,
        skip: usize,
        limit: usize,
    ) -> Result<(Vec<Proposal>, u64)> {
        let searcher = self.reader.searcher();
        let mut query = self.translate(plan);
        if let Some(place) = upto {
            let bound = Term::from_field_i64(self.fields.at, place.at);
            let range: Box<dyn Query> = Box::new(RangeQuery::new(Bound::Unbounded, Bound::Included(bound)));
            query = Box::new(BooleanQuery::new(vec![(Occur::Must, query), (Occur::Must, range)]));
        }
        let newest = TopDocs::with_limit(limit)
            .and_offset(skip)
            .order_by_fast_field::<i64>("sort_at", tantivy::Order::Desc);
        let (found, count) = searcher.search(&query, &(newest, Count))?;
        let mut proposals = Vec::with_capacity(found.len());
        for (at, address) in found {
            let columns = searcher.segment_reader(address.segment_ord).fast_fields();
            let number = |name: &str| -> Result<u64> {
                Ok(columns.u64(name)?.first(address.doc_id).unwrap_or_default())
            };
            let revision = u32::try_from(number("revision")?).unwrap_or(u32::MAX);
            proposals.push(Proposal { at: at.unwrap_or_default(), doc: number("doc")?, revision });
        }
        Ok((proposals, count as u64))
    }

    fn translate(&self, plan: &Plan) -> Box<dyn Query> {
        match plan {
            Plan::All => Box::new(AllQuery),
            Plan::None => Box::new(EmptyQuery),
            Plan::Term { field, token } => {
                Box::new(TermQuery::new(self.term(*field, token), IndexRecordOption::Basic))
            }
            Plan::Prefix { field, prefix } => self.prefix(*field, prefix),
            Plan::Phrase { field, tokens } => {
                let terms = tokens
                    .iter()
                    .map(|(offset, token)| (*offset as usize, self.term(*field, token)))
                    .collect();
                Box::new(PhraseQuery::new_with_offset(terms))
            }
            Plan::Instants { field: Field::At, low, high } => {
                let bound = |at: &Bound<jiff::Timestamp>| {
                    at.map(|at| Term::from_field_i64(self.fields.at, at.as_microsecond()))
                };
                Box::new(RangeQuery::new(bound(low), bound(high)))
            }
            Plan::Numbers { field, .. } | Plan::Instants { field, .. } | Plan::Present { field } => {
                Box::new(TermQuery::new(
                    Term::from_field_text(self.fields.keyword, &present(*field)),
                    IndexRecordOption::Basic,
                ))
            }
            Plan::And(plans) => Box::new(BooleanQuery::new(
                plans.iter().map(|plan| (Occur::Must, self.translate(plan))).collect(),
            )),
            Plan::Or(plans) => Box::new(BooleanQuery::new(
                plans.iter().map(|plan| (Occur::Should, self.translate(plan))).collect(),
            )),
        }
    }

    fn term(&self, field: Field, token: &str) -> Term {
        match self.fields.words(field) {
            Some(words) => Term::from_field_text(words, cut(token)),
            None => Term::from_field_text(self.fields.keyword, &keyword(field, token)),
        }
    }

    fn prefix(&self, field: Field, prefix: &str) -> Box<dyn Query> {
        let low = self.term(field, prefix);
        let mut after = cut(prefix).to_owned();
        // No character of a term sorts after this one, so that it ends the range of all that begin with the prefix.
        after.push(char::MAX);
        let high = self.term(field, &after);
        Box::new(InvertedIndexRangeQuery::new(Bound::Included(low), Bound::Excluded(high)))
    }
}

impl Fields {
    fn schema() -> (schema::Schema, Fields) {
        let mut builder = schema::Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false);
        let words = Field::ALL
            .iter()
            .filter(|field| field.kind() == aboveboard_model::document::FieldType::Text)
            .map(|field| {
                let options = TextOptions::default().set_indexing_options(indexing.clone());
                (*field, builder.add_text_field(field.word(), options))
            })
            .collect();
        let number: NumericOptions = (FAST | STORED).into();
        let fields = Fields {
            words,
            keyword: builder.add_text_field("keyword", STRING),
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
}

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
    format!("{}={}", field.word(), cut(text))
}

fn present(field: Field) -> String {
    format!("{}?", field.word())
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TERM_BYTES_MAX)]
}
