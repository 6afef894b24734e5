//! Documents by their number in order of arrival.

use aboveboard_model::id::DocumentId;
use rusqlite::OptionalExtension;

use super::Fold;
use crate::{
    error::Result,
    views::{bits, unbits},
};

/// A document, and the number under which the views keep what they hold of it.
#[derive(Clone, Copy)]
pub(super) struct Doc {
    pub id: DocumentId,
    pub row: i64,
    /// The entry being folded named it for the first time: nothing is kept of it, and nothing has to be looked for.
    pub is_new: bool,
}

impl Doc {
    /// A document from its number and id, as they are stored beside each other.
    pub fn stored(row: Option<i64>, id: Option<i64>) -> Option<Self> {
        row.zip(id).map(|(row, id)| Self { id: DocumentId(unbits(id)), row, is_new: false })
    }
}

const ROW_OF: &str = "SELECT row FROM docs WHERE doc = ?1";

impl Fold<'_> {
    /// A document that an item is about, given a number where it has none.
    pub(super) fn doc(&self, id: DocumentId) -> Result<Doc> {
        let added =
            self.db.prepare_cached("INSERT OR IGNORE INTO docs (doc) VALUES (?1)")?.execute([bits(id.0)])?;
        if added > 0 {
            return Ok(Doc { id, row: self.db.last_insert_rowid(), is_new: true });
        }
        let row = self.db.prepare_cached(ROW_OF)?.query_row([bits(id.0)], |row| row.get(0))?;
        Ok(Doc { id, row, is_new: false })
    }

    /// A document that has to be composed anew: the new one once as such, others as they are known.
    pub(super) fn known(&mut self, id: DocumentId) -> Result<Option<Doc>> {
        if let Some(new) = self.new.take_if(|new| new.id == id) {
            return Ok(Some(new));
        }
        let row = self.db.prepare_cached(ROW_OF)?.query_row([bits(id.0)], |row| row.get(0)).optional()?;
        Ok(row.map(|row| Doc { id, row, is_new: false }))
    }
}
