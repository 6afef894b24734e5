//! Fetching a file in Meta's two steps: ask for its address, then ask the address; the token goes with both.

use aboveboard_model::personal::Secret;
use reqwest::{Response, Url};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{
    super::reading::sha256_hex,
    Graph, GraphError,
    error::{answer, transport},
    guard, read, send,
};

/// A file that was fetched and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hex.
    pub sha256: String,
    /// Whether the hash was compared with one that the message or Meta declared.
    pub verified: bool,
    /// The MIME type as Meta says.
    pub mime: Option<String>,
}

/// What the first step tells.
#[derive(Deserialize)]
struct Address {
    url: String,
    mime_type: Option<String>,
    sha256: Option<String>,
    #[serde(default)]
    file_size: Option<serde_json::Value>,
}

impl Graph {
    /// Fetches a file by its id and writes it, a piece at a time. The address that Meta gives lives five minutes; where it
    /// is not there any more, it is asked for once again. `declared` is the SHA-256 that the message gave, in hex or
    /// base64.
    ///
    /// # Errors
    /// [`GraphError`] with its class. What was written before an error is to be discarded.
    pub async fn media<W: AsyncWrite + Unpin>(
        &self,
        token: &Secret,
        id: &str,
        declared: Option<&str>,
        to: &mut W,
    ) -> Result<Fetched, GraphError> {
        let whole = self.fetch(token, id, declared, to);
        tokio::time::timeout(self.config.media_time_max, whole).await.map_err(|_| GraphError::Time)?
    }

    async fn fetch<W: AsyncWrite + Unpin>(
        &self,
        token: &Secret,
        id: &str,
        declared: Option<&str>,
        to: &mut W,
    ) -> Result<Fetched, GraphError> {
        let mut address = self.address(token, id).await?;
        let mut response = self.open(token, &address).await?;
        if response.status().as_u16() == 404 {
            address = self.address(token, id).await?;
            response = self.open(token, &address).await?;
        }
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let (bytes, sha256) = self.copy(response, to).await?;
        let expected: Vec<String> =
            [declared, address.sha256.as_deref()].into_iter().flatten().filter_map(sha256_hex).collect();
        if expected.iter().any(|hash| *hash != sha256) {
            return Err(GraphError::Hash);
        }
        Ok(Fetched { bytes, sha256, verified: !expected.is_empty(), mime: address.mime_type })
    }

    /// The first step. A file that is said to be too large is not asked for.
    async fn address(&self, token: &Secret, id: &str) -> Result<Address, GraphError> {
        let url = self.url(&[id], &[])?;
        let address: Address = self.ask(self.client.get(url), token).await?;
        let size = address.file_size.as_ref().and_then(|size| match size {
            serde_json::Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        });
        self.check_size(size)?;
        Ok(address)
    }

    /// The second step, to an allowed host only.
    async fn open(&self, token: &Secret, address: &Address) -> Result<Response, GraphError> {
        let url = Url::parse(&address.url).map_err(|_| GraphError::Unreadable)?;
        if !guard::allows(&self.base, &url) {
            return Err(GraphError::Host);
        }
        send(self.client.get(url), token).await
    }

    async fn copy<W: AsyncWrite + Unpin>(
        &self,
        mut response: Response,
        to: &mut W,
    ) -> Result<(u64, String), GraphError> {
        self.check_size(response.content_length())?;
        let (mut bytes, mut hash) = (0u64, Sha256::new());
        while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error))? {
            bytes = bytes.saturating_add(chunk.len() as u64);
            self.check_size(Some(bytes))?;
            hash.update(&chunk);
            to.write_all(&chunk).await.map_err(GraphError::Write)?;
        }
        to.flush().await.map_err(GraphError::Write)?;
        Ok((bytes, hex::encode(hash.finalize())))
    }

    fn check_size(&self, bytes: Option<u64>) -> Result<(), GraphError> {
        let bytes_max = self.config.media_bytes_max;
        if bytes.is_some_and(|bytes| bytes > bytes_max) {
            Err(GraphError::Size { bytes_max })
        } else {
            Ok(())
        }
    }
}

/// An address that answers with an error of the Graph API, or with nothing but a status.
async fn refusal(response: Response) -> GraphError {
    let status = response.status().as_u16();
    match read(response).await.map(|body| answer(status, &body)) {
        Ok(error @ GraphError::Answer { code: Some(_), .. }) => error,
        _ => GraphError::File { status },
    }
}
