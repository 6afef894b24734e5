//! Media: `GET /{media-id}`, the signed URL it names, and uploads.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use axum::{
    Json,
    extract::{Multipart, Path, Query, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Graph, GraphError};
use crate::{deliver::sign, media::Media, random::Random};

/// How long a media URL holds (Meta: five minutes).
const URL_SECONDS: i64 = 300;
/// Uploads kept, and their bytes together; the oldest go first.
const UPLOADS_MAX: usize = 64;
const UPLOADS_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Bytes of an oversized file: just over the 100 MB that a document may have.
const OVERSIZED_BYTES: usize = 100 * 1024 * 1024 + 1;
/// Files that failed once and are remembered; the set starts anew beyond it.
const FAILED_ONCE_MAX: usize = 100_000;

/// What goes wrong with media, in percent of the files; a file's fate is its id's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// The first download answers 404, the next succeeds.
    pub not_found_once_percent: u32,
    /// The first URL given has expired already, the next holds.
    pub expired_url_percent: u32,
    /// The bytes are not those of the hash.
    pub wrong_hash_percent: u32,
    /// The file is over 100 MB, whatever its description says.
    pub oversized_percent: u32,
    /// The id is not known, now or later.
    pub never_percent: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Good,
    NotFoundOnce,
    ExpiredUrl,
    WrongHash,
    Oversized,
    Never,
}

impl Faults {
    fn fate(&self, id: &str) -> Fate {
        let mut draw = u32::try_from(Random::new(0).fork(id).below(100)).unwrap_or(0);
        let fates = [
            (self.not_found_once_percent, Fate::NotFoundOnce),
            (self.expired_url_percent, Fate::ExpiredUrl),
            (self.wrong_hash_percent, Fate::WrongHash),
            (self.oversized_percent, Fate::Oversized),
            (self.never_percent, Fate::Never),
        ];
        for (percent, fate) in fates {
            if draw < percent {
                return fate;
            }
            draw -= percent;
        }
        Fate::Good
    }
}

struct Upload {
    id: String,
    mime_type: String,
    bytes: Vec<u8>,
}

/// Files that were uploaded; made-up ones are never kept.
#[derive(Default)]
pub(super) struct Uploads {
    files: VecDeque<Upload>,
}

impl Uploads {
    fn keep(&mut self, upload: Upload) {
        self.files.push_back(upload);
        let bytes = |files: &VecDeque<Upload>| files.iter().map(|file| file.bytes.len()).sum::<usize>();
        while self.files.len() > UPLOADS_MAX
            || (self.files.len() > 1 && bytes(&self.files) > UPLOADS_BYTES_MAX)
        {
            self.files.pop_front();
        }
    }

    fn find(&self, id: &str) -> Option<(String, Vec<u8>)> {
        self.files.iter().find(|file| file.id == id).map(|file| (file.mime_type.clone(), file.bytes.clone()))
    }
}

impl Graph {
    fn file(&self, id: &str) -> Result<(String, Vec<u8>), GraphError> {
        if let Some(media) = Media::from_id(id) {
            return Ok((media.kind.mime_type().to_owned(), media.bytes()));
        }
        self.state().uploads.find(id).ok_or_else(|| GraphError::unknown_object(id))
    }

    /// True once for an id, and false from then on.
    fn first_time(&self, id: &str) -> bool {
        let mut state = self.state();
        if state.failed_once.len() >= FAILED_ONCE_MAX {
            state.failed_once.clear();
        }
        state.failed_once.insert(id.to_owned())
    }

    fn seal(&self, id: &str, expires: i64) -> String {
        sign(&self.options.access_token, format!("{id}/{expires}").as_bytes()).split_off("sha256=".len())
    }
}

pub(super) async fn describe(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    let fate = graph.options.faults.fate(&id);
    if fate == Fate::Never {
        return Err(GraphError::unknown_object(&id));
    }
    let (mime_type, bytes) = graph.file(&id)?;
    let stale = fate == Fate::ExpiredUrl && graph.first_time(&id);
    let expires = graph.now().as_second() + if stale { -1 } else { URL_SECONDS };
    let seal = graph.seal(&id, expires);
    Ok(Json(json!({
        "messaging_product": "whatsapp",
        "url": format!("{}/media/{id}?expires={expires}&seal={seal}", graph.options.origin),
        "mime_type": mime_type,
        "sha256": hex::encode(Sha256::digest(&bytes)),
        "file_size": bytes.len(),
        "id": id,
    })))
}

pub(super) async fn download(
    State(graph): State<Arc<Graph>>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, GraphError> {
    let expires: i64 =
        query.get("expires").and_then(|text| text.parse().ok()).ok_or_else(GraphError::media_gone)?;
    let sealed = query.get("seal").is_some_and(|seal| *seal == graph.seal(&id, expires));
    if !sealed || graph.now().as_second() >= expires {
        return Err(GraphError::media_gone());
    }
    let (mime_type, mut bytes) = graph.file(&id)?;
    match graph.options.faults.fate(&id) {
        Fate::NotFoundOnce if graph.first_time(&id) => return Err(GraphError::media_gone()),
        Fate::WrongHash => bytes.push(0),
        Fate::Oversized => bytes.resize(OVERSIZED_BYTES, 0),
        _ => {}
    }
    Ok(([(CONTENT_TYPE, mime_type)], bytes).into_response())
}

pub(super) async fn upload(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
    mut form: Multipart,
) -> Result<Json<Value>, GraphError> {
    graph.number(&id)?;
    let (mut product, mut file) = (false, None);
    while let Some(field) =
        form.next_field().await.map_err(|_| GraphError::invalid("The form cannot be read."))?
    {
        match field.name() {
            Some("messaging_product") => product = field.text().await.is_ok_and(|text| text == "whatsapp"),
            Some("file") => {
                let mime_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
                let bytes =
                    field.bytes().await.map_err(|_| GraphError::invalid("The file cannot be read."))?;
                file = Some((mime_type, bytes.to_vec()));
            }
            _ => {}
        }
    }
    if !product {
        return Err(GraphError::missing("messaging_product"));
    }
    let (mime_type, bytes) = file.ok_or_else(|| GraphError::missing("file"))?;
    let mut state = graph.state();
    let id = format!("8{}", state.random.digits(15));
    state.uploads.keep(Upload { id: id.clone(), mime_type, bytes });
    Ok(Json(json!({"id": id})))
}
