//! Media files: encrypted in chunks (STREAM, Hoang-Reyhanitabar-Rogaway-Vizár 2015), never held in memory whole.
//!
//! A file under `media/` is named by the SHA-256 of its own bytes:
//!
//! ```text
//! "ABBLOB1\n"  nonce prefix(19)  { ciphertext of up to 65,536 bytes, tag(16) } …
//! ```
//!
//! Chunk `n` has the nonce `prefix ‖ n (4, big-endian) ‖ last (1)` and the associated data `rid`; every chunk but the
//! last is full. The key is derived from the entry's, so destroying that one is enough. The entry's sealed bytes name
//! hash and length ([`crate::seal::blob_ref`]), so that the log covers the file and anyone can check it without a key.

use sha2::{Digest, Sha256};

use crate::aead::{self, Key, NONCE_BYTES, TAG_BYTES};
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, File, Fs, Mode, SyncSite};
use crate::leaf::Rid;
use crate::random::{Random, draw};

/// Content of a media file, in bytes.
pub const BLOB_BYTES_MAX: u64 = 4 << 30;
/// Content of a chunk, in bytes.
pub const CHUNK_BYTES: usize = 64 << 10;
/// The folder of media files.
pub const MEDIA: &str = "media";
/// The folder of media files that are being written; emptied by `sweep`.
pub const MEDIA_TEMPORARY: &str = "media/tmp";

const MAGIC: &[u8; 8] = b"ABBLOB1\n";
const PREFIX_BYTES: usize = 19;
const HEADER_BYTES: usize = MAGIC.len() + PREFIX_BYTES;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
const PURPOSE: &[u8] = b"aboveboard blob key v1";

/// A stored media file: what anyone may know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobRef {
    /// SHA-256 of the stored bytes.
    pub sha256: [u8; 32],
    /// Their number.
    pub bytes: u64,
}

/// A stored media file with its content's hash, which belongs inside the seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The stored file.
    pub stored: BlobRef,
    /// SHA-256 of the content.
    pub content_sha256: [u8; 32],
    /// Length of the content in bytes.
    pub content_bytes: u64,
}

impl BlobRef {
    /// Its path in the data folder: `media/<2 hex>/<64 hex>`.
    #[must_use]
    pub fn path(&self) -> String {
        let hex = hex::encode(self.sha256);
        format!("{MEDIA}/{}/{hex}", &hex[..2])
    }

    /// Reads the file and compares length and hash, without a key.
    ///
    /// # Errors
    /// `Corruption` naming the file; `Io`, also when it is not there.
    pub fn check(&self, fs: &dyn Fs) -> Result<()> {
        let path = self.path();
        let file = fs.open(&path, Mode::Read).doing("open", &path)?;
        let mut hasher = Sha256::new();
        let mut offset = 0;
        let mut buffer = vec![0; SEALED_CHUNK_BYTES];
        loop {
            let read = file.read_at(offset, &mut buffer).doing("read", &path)?;
            hasher.update(&buffer[..read]);
            offset += read as u64;
            if read < buffer.len() {
                break;
            }
        }
        let found: [u8; 32] = hasher.finalize().into();
        if found == self.sha256 && offset == self.bytes {
            return Ok(());
        }
        Err(Corruption {
            file: path,
            offset: 0,
            index: None,
            expected: format!("{} bytes of SHA-256 {}", self.bytes, hex::encode(self.sha256)),
            found: format!("{offset} bytes of {}", hex::encode(found)),
        }
        .into())
    }

    /// Removes the file, durably. One that is not there is fine.
    ///
    /// # Errors
    /// `Io`.
    pub fn remove(&self, fs: &dyn Fs) -> Result<()> {
        let path = self.path();
        match fs.remove(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => {
                other.doing("remove", &path)?;
                fs.sync_dir(fs::parent(&path), SyncSite::MediaFolder).doing("sync", fs::parent(&path))
            }
        }
    }
}

/// Removes what interrupted writers left behind.
///
/// # Errors
/// `Io`.
pub fn sweep(fs: &dyn Fs) -> Result<()> {
    for name in fs::list(fs, MEDIA_TEMPORARY)? {
        let path = format!("{MEDIA_TEMPORARY}/{name}");
        fs.remove(&path).doing("remove", &path)?;
    }
    Ok(())
}

struct Cipher {
    key: Key,
    prefix: [u8; PREFIX_BYTES],
    rid: Rid,
}

impl Cipher {
    fn new(entry_key: &Key, prefix: [u8; PREFIX_BYTES], rid: Rid) -> Self {
        Self { key: entry_key.derive(PURPOSE), prefix, rid }
    }

    fn nonce(&self, chunk: u32, last: bool) -> [u8; NONCE_BYTES] {
        let mut nonce = [0; NONCE_BYTES];
        nonce[..PREFIX_BYTES].copy_from_slice(&self.prefix);
        nonce[PREFIX_BYTES..PREFIX_BYTES + 4].copy_from_slice(&chunk.to_be_bytes());
        nonce[NONCE_BYTES - 1] = u8::from(last);
        nonce
    }
}

/// Writes one media file. Dropped before `finish`, it leaves nothing but a temporary file for `sweep`.
pub struct BlobWriter<'a> {
    fs: &'a dyn Fs,
    path: String,
    file: Box<dyn File>,
    cipher: Cipher,
    chunk: u32,
    pending: Vec<u8>,
    content: Sha256,
    content_bytes: u64,
    stored: Sha256,
    stored_bytes: u64,
}

impl<'a> BlobWriter<'a> {
    /// Starts a media file for the entry with this id and key.
    ///
    /// # Errors
    /// `Io`.
    pub fn create(fs: &'a dyn Fs, entry_key: &Key, rid: Rid, random: &dyn Random) -> Result<Self> {
        fs::create_dirs(fs, MEDIA_TEMPORARY, SyncSite::MediaFolder)?;
        let path = format!("{MEDIA_TEMPORARY}/{rid}");
        let file = fs.open(&path, Mode::Create).doing("create", &path)?;
        let prefix = draw(random)?;
        let mut writer = Self {
            fs,
            path,
            file,
            cipher: Cipher::new(entry_key, prefix, rid),
            chunk: 0,
            pending: Vec::with_capacity(CHUNK_BYTES),
            content: Sha256::new(),
            content_bytes: 0,
            stored: Sha256::new(),
            stored_bytes: 0,
        };
        writer.put(&[MAGIC.as_slice(), &prefix].concat())?;
        Ok(writer)
    }

    /// Adds content.
    ///
    /// # Errors
    /// `Invalid` past `BLOB_BYTES_MAX`; `Io`.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.content_bytes += bytes.len() as u64;
        if self.content_bytes > BLOB_BYTES_MAX {
            return Err(Error::Invalid(format!("a media file of more than {BLOB_BYTES_MAX} bytes")));
        }
        self.content.update(bytes);
        while !bytes.is_empty() {
            if self.pending.len() == CHUNK_BYTES {
                self.flush(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the file, durably, under its name.
    ///
    /// # Errors
    /// `Io`.
    pub fn finish(mut self) -> Result<Blob> {
        self.flush(true)?;
        self.file.sync_data(SyncSite::Media).doing("sync", &self.path)?;
        let stored = BlobRef { sha256: self.stored.finalize().into(), bytes: self.stored_bytes };
        let path = stored.path();
        fs::create_dirs(self.fs, fs::parent(&path), SyncSite::MediaFolder)?;
        self.fs.rename(&self.path, &path).doing("rename", &path)?;
        self.fs.sync_dir(fs::parent(&path), SyncSite::MediaFolder).doing("sync", fs::parent(&path))?;
        Ok(Blob { stored, content_sha256: self.content.finalize().into(), content_bytes: self.content_bytes })
    }

    fn flush(&mut self, last: bool) -> Result<()> {
        let nonce = self.cipher.nonce(self.chunk, last);
        let sealed = aead::encrypt(&self.cipher.key, &nonce, self.cipher.rid.as_bytes(), &self.pending)?;
        self.pending.clear();
        self.chunk += 1;
        self.put(&sealed)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_at(self.stored_bytes, bytes).doing("write", &self.path)?;
        self.stored.update(bytes);
        self.stored_bytes += bytes.len() as u64;
        Ok(())
    }
}

/// Reads one media file, chunk by chunk; each chunk is authentic before it is given out.
pub struct BlobReader {
    path: String,
    file: Box<dyn File>,
    cipher: Cipher,
    offset: u64,
    stored_bytes: u64,
    chunk: u32,
}

impl BlobReader {
    /// Opens the media file of the entry with this id and key.
    ///
    /// # Errors
    /// `Corruption` when length or header are not those stored; `Io`.
    pub fn open(fs: &dyn Fs, stored: &BlobRef, entry_key: &Key, rid: Rid) -> Result<Self> {
        let path = stored.path();
        let file = fs.open(&path, Mode::Read).doing("open", &path)?;
        let len = file.len().doing("measure", &path)?;
        let mut header = [0; HEADER_BYTES];
        let read = file.read_at(0, &mut header).doing("read", &path)?;
        let prefix = header.strip_prefix(MAGIC.as_slice()).and_then(|prefix| prefix.try_into().ok());
        match prefix {
            Some(prefix) if len == stored.bytes && read == HEADER_BYTES => Ok(Self {
                path,
                file,
                cipher: Cipher::new(entry_key, prefix, rid),
                offset: HEADER_BYTES as u64,
                stored_bytes: len,
                chunk: 0,
            }),
            _ => Err(Corruption {
                file: path,
                offset: 0,
                index: None,
                expected: format!("a media file of {} bytes", stored.bytes),
                found: format!("{len} bytes, beginning with {}", hex::encode(&header[..MAGIC.len()])),
            }
            .into()),
        }
    }

    /// The next piece of content, at most `CHUNK_BYTES`; nothing after the last.
    ///
    /// # Errors
    /// `Corruption` for a chunk that is not authentic, also when the key is another one; `Io`.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>> {
        if self.chunk > 0 && self.offset == self.stored_bytes {
            return Ok(None);
        }
        let left = self.stored_bytes - self.offset;
        let len = left.min(SEALED_CHUNK_BYTES as u64);
        let last = left == len;
        let sealed = fs::read_range(self.file.as_ref(), &self.path, self.offset, len as usize)?;
        let nonce = self.cipher.nonce(self.chunk, last);
        let content = aead::decrypt(&self.cipher.key, &nonce, self.cipher.rid.as_bytes(), &sealed);
        let content = content.ok_or_else(|| Corruption {
            file: self.path.clone(),
            offset: self.offset,
            index: Some(u64::from(self.chunk)),
            expected: "an authentic chunk".to_owned(),
            found: format!("bytes of SHA-256 {}", hex::encode(aead::sha256(&sealed))),
        })?;
        self.offset += len;
        self.chunk += 1;
        Ok(Some(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::crash::CrashFs;
    use crate::random::SystemRandom;

    fn rid() -> Rid {
        Rid::from_random([3; 16])
    }

    fn write(fs: &CrashFs, content: &[u8], step: usize) -> Blob {
        let mut writer = BlobWriter::create(fs, &Key::new([1; 32]), rid(), &SystemRandom::default()).unwrap();
        for piece in content.chunks(step) {
            writer.write(piece).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(fs: &CrashFs, blob: &Blob, key: u8, rid: Rid) -> Result<Vec<u8>> {
        let mut reader = BlobReader::open(fs, &blob.stored, &Key::new([key; 32]), rid)?;
        let mut content = Vec::new();
        while let Some(piece) = reader.read()? {
            content.extend(piece);
        }
        Ok(content)
    }

    #[test]
    fn content_of_any_length_reads_back_however_it_was_written() {
        for len in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let content: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            for step in [7_777, CHUNK_BYTES, 1 << 20] {
                let fs = CrashFs::new(1);
                let blob = write(&fs, &content, step);
                assert_eq!(blob.content_bytes, len as u64);
                assert_eq!(blob.content_sha256, aead::sha256(&content));
                blob.stored.check(&fs).unwrap();
                assert_eq!(read(&fs, &blob, 1, rid()).unwrap(), content);
            }
        }
    }

    #[test]
    fn another_key_or_entry_or_a_cut_file_does_not_read() {
        let fs = CrashFs::new(1);
        let blob = write(&fs, &vec![5; 2 * CHUNK_BYTES + 9], CHUNK_BYTES);
        assert!(read(&fs, &blob, 2, rid()).is_err());
        assert!(read(&fs, &blob, 1, Rid::from_random([4; 16])).is_err());
        let cut = HEADER_BYTES as u64 + 2 * SEALED_CHUNK_BYTES as u64;
        fs.open(&blob.stored.path(), Mode::Write).unwrap().set_len(cut).unwrap();
        let lied = Blob { stored: BlobRef { bytes: cut, ..blob.stored }, ..blob };
        assert!(matches!(read(&fs, &lied, 1, rid()), Err(Error::Corruption(_))));
        assert!(matches!(blob.stored.check(&fs), Err(Error::Corruption(_))));
    }

    #[test]
    fn an_interrupted_writer_leaves_nothing_after_the_sweep() {
        let fs = CrashFs::new(1);
        let mut writer =
            BlobWriter::create(&fs, &Key::new([1; 32]), rid(), &SystemRandom::default()).unwrap();
        writer.write(&[0; 100]).unwrap();
        drop(writer);
        sweep(&fs).unwrap();
        assert_eq!(fs::list(&fs, MEDIA_TEMPORARY).unwrap(), Vec::<String>::new());
    }
}
