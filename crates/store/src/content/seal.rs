//! Encryption at rest: a file in chunks, each sealed by itself, so that a part can be read without the rest.
//!
//! The form is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with AES-256-GCM: a header, then chunks of 64 KiB, each
//! with its tag. The header has a random salt from which, with the configured key, the file's own key is made (HKDF), so
//! that nonces may simply count. A nonce says which chunk it is and whether it is the last: chunks that are exchanged, left
//! out or cut off do not open. The header is authenticated with every chunk.
//!
//! Whoever sees the storage learns the sizes and ages of files; whoever also sees the database learns the hashes of the
//! plain bytes, and so can tell whether a file that they have is there.

use std::{fmt, fs, ops::Range, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf,
};
use sha2::{Digest as _, Sha256};

use crate::{Config, Error, OpenError, random};

/// The plain bytes of a chunk.
pub(crate) const CHUNK: u64 = 64 << 10;
const TAG: u64 = 16;

const MAGIC: &[u8; 8] = b"TavSeal1";
pub(crate) const HEADER: u64 = 8 + 8 + 32;

/// The configured key.
pub(crate) struct Key {
    bytes: [u8; 32],
    id: [u8; 8],
}

impl Key {
    /// The key in the configured file, if there is one.
    pub(crate) fn open(config: &Config) -> Result<Option<Self>, OpenError> {
        let Some(file) = &config.content_key_file else { return Ok(None) };
        let failed = |problem: String| OpenError::ContentKey { file: file.clone(), problem };
        let real = file.canonicalize().map_err(|error| failed(error.to_string()))?;
        if config.data_dir.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
            return Err(failed("it lies in the data folder, so a copy of the folder would be readable".to_owned()));
        }
        let bytes = read_key(&real).map_err(failed)?;
        let hash = Sha256::new_with_prefix(b"tavola content key").chain_update(bytes).finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&hash[..8]);
        Ok(Some(Self { bytes, id }))
    }

    /// By what a key is known. Nothing about the key follows from it.
    pub(crate) fn id(&self) -> String {
        hex(&self.id)
    }

    fn for_file(&self, header: &[u8]) -> Result<LessSafeKey, Error> {
        let made = hkdf::Salt::new(hkdf::HKDF_SHA256, &header[16..])
            .extract(&self.bytes)
            .expand(&[b"tavola content file"], &AES_256_GCM)
            .map(UnboundKey::from);
        made.map(LessSafeKey::new).map_err(|_| Error::unavailable("no key could be made for the file"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

fn read_key(file: &Path) -> Result<[u8; 32], String> {
    // One more than the longest form has, so that a longer file does not pass for its beginning.
    let mut bytes = Vec::new();
    fs::File::open(file)
        .and_then(|file| std::io::Read::read_to_end(&mut std::io::Read::take(file, 129), &mut bytes))
        .map_err(|error| error.to_string())?;
    if let Ok(key) = bytes.as_slice().try_into() {
        return Ok(key);
    }
    let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    let key = if text.len() == 64 {
        (0..32).map(|n| u8::from_str_radix(text.get(2 * n..2 * n + 2).unwrap_or("?"), 16).ok()).collect()
    } else {
        STANDARD.decode(text).ok()
    };
    key.and_then(|key| key.try_into().ok())
        .ok_or_else(|| "it does not hold 32 bytes, nor their 64 hexadecimal digits or Base64".to_owned())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How large a file of so many plain bytes is when it is sealed. An empty file has one empty chunk.
pub(crate) fn sealed_size(plain: u64) -> u64 {
    HEADER + plain + TAG * plain.div_ceil(CHUNK).max(1)
}

/// How many plain bytes a sealed file of this size has; none if no file has that size.
pub(crate) fn plain_size(sealed: u64) -> Option<u64> {
    let content = sealed.checked_sub(HEADER)?;
    let chunks = content.div_ceil(CHUNK + TAG);
    let plain = content.checked_sub(TAG * chunks)?;
    (sealed_size(plain) == sealed).then_some(plain)
}

fn nonce(chunk: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&chunk.to_be_bytes());
    nonce[11] = last.into();
    Nonce::assume_unique_for_key(nonce)
}

/// Seals a file from its beginning to its end.
pub(crate) struct Sealer {
    key: LessSafeKey,
    header: [u8; HEADER as usize],
    next: u64,
}

impl Sealer {
    pub(crate) fn new(key: &Key) -> Result<Self, Error> {
        let mut header = [0; HEADER as usize];
        header[..8].copy_from_slice(MAGIC);
        header[8..16].copy_from_slice(&key.id);
        header[16..].copy_from_slice(&random::bytes::<32>());
        Ok(Self { key: key.for_file(&header)?, header, next: 0 })
    }

    /// The next bytes, which are whole chunks unless they are the last.
    pub(crate) fn seal(&mut self, plain: &[u8], last: bool) -> Result<Bytes, Error> {
        let mut sealed = BytesMut::with_capacity(usize::try_from(sealed_size(plain.len() as u64)).unwrap_or(0));
        if self.next == 0 {
            sealed.extend_from_slice(&self.header);
        }
        let chunks = plain.len().div_ceil(CHUNK as usize).max(usize::from(last));
        for number in 0..chunks {
            let begin = number * CHUNK as usize;
            let end = plain.len().min(begin + CHUNK as usize);
            let nonce = nonce(self.next, last && number + 1 == chunks);
            let at = sealed.len();
            sealed.extend_from_slice(&plain[begin..end]);
            let tag = self
                .key
                .seal_in_place_separate_tag(nonce, Aad::from(&self.header), &mut sealed[at..])
                .map_err(|_| Error::unavailable("a chunk could not be sealed"))?;
            sealed.extend_from_slice(tag.as_ref());
            self.next += 1;
        }
        Ok(sealed.freeze())
    }
}

/// Opens chunks of a sealed file.
pub(crate) struct Opener {
    key: LessSafeKey,
    header: [u8; HEADER as usize],
    size: u64,
}

impl Opener {
    /// By the header of a file of so many plain bytes.
    pub(crate) fn new(key: &Key, header: &[u8], size: u64) -> Result<Self, Error> {
        let header: [u8; HEADER as usize] =
            header.try_into().map_err(|_| Error::unavailable("a sealed file is cut off within its header"))?;
        if header[..8] != *MAGIC {
            return Err(Error::unavailable("a file that was sealed has no such header any more"));
        }
        if header[8..16] != key.id {
            return Err(wrong_key(&hex(&header[8..16]), Some(key)));
        }
        Ok(Self { key: key.for_file(&header)?, header, size })
    }

    /// Which chunks hold these plain bytes, and where they lie in the sealed file.
    pub(crate) fn chunks(&self, plain: &Range<u64>) -> (u64, Range<u64>) {
        let first = plain.start / CHUNK;
        let end = plain.end.div_ceil(CHUNK).max(first + 1);
        let sealed = |chunk: u64| (HEADER + chunk * (CHUNK + TAG)).min(sealed_size(self.size));
        (first, sealed(first)..sealed(end))
    }

    /// How large a chunk is in the sealed file.
    pub(crate) fn sealed_chunk(&self, chunk: u64) -> usize {
        (CHUNK.min(self.size.saturating_sub(chunk * CHUNK)) + TAG) as usize
    }

    /// The plain bytes of a chunk.
    pub(crate) fn open(&self, chunk: u64, mut sealed: BytesMut) -> Result<Bytes, Error> {
        let last = chunk + 1 == self.size.div_ceil(CHUNK).max(1);
        let plain = self
            .key
            .open_in_place(nonce(chunk, last), Aad::from(&self.header), &mut sealed)
            .map_err(|_| Error::unavailable(format!("chunk {chunk} of a sealed file is damaged")))?
            .len();
        sealed.truncate(plain);
        Ok(sealed.freeze())
    }
}

/// What to say when a file was sealed with another key than the configured one.
pub(crate) fn wrong_key(sealed_with: &str, key: Option<&Key>) -> Error {
    Error::unavailable(match key {
        Some(key) => format!("a file is encrypted with the key `{sealed_with}`, the key given is `{}`", key.id()),
        None => format!("a file is encrypted with the key `{sealed_with}`, and no key is given"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key { bytes: [byte; 32], id: [byte; 8] }
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        Sealer::new(&key(1)).unwrap().seal(plain, true).unwrap().to_vec()
    }

    fn open_all(sealed: &[u8], size: u64) -> Result<Vec<u8>, Error> {
        let opener = Opener::new(&key(1), &sealed[..HEADER as usize], size)?;
        let (first, range) = opener.chunks(&(0..size));
        let mut rest = sealed.get(range.start as usize..range.end as usize).unwrap_or(&sealed[HEADER as usize..]);
        let mut plain = Vec::new();
        for chunk in first.. {
            let length = opener.sealed_chunk(chunk).min(rest.len());
            plain.extend_from_slice(&opener.open(chunk, BytesMut::from(&rest[..length]))?);
            rest = &rest[length..];
            if rest.is_empty() {
                return Ok(plain);
            }
        }
        unreachable!("a file has an end");
    }

    #[test]
    fn what_was_sealed_opens_at_any_size() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
            let plain: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let sealed = sealed(&plain);
            assert_eq!(sealed.len() as u64, sealed_size(size));
            assert_eq!(open_all(&sealed, size).unwrap(), plain, "{size}");
        }
    }

    #[test]
    fn a_changed_bit_an_exchanged_chunk_and_a_cut_are_noticed() {
        let plain = vec![7; 3 * CHUNK as usize];
        let good = sealed(&plain);
        for at in [20, HEADER as usize, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(open_all(&bad, 3 * CHUNK).is_err(), "byte {at}");
        }
        let step = (CHUNK + TAG) as usize;
        let mut exchanged = good.clone();
        let (first, second) = exchanged[HEADER as usize..].split_at_mut(step);
        first.swap_with_slice(&mut second[..step]);
        assert!(open_all(&exchanged, 3 * CHUNK).is_err());
        // Cut at a chunk's end, and claimed to be that short.
        assert!(open_all(&good[..HEADER as usize + step], CHUNK).is_err());
    }

    #[test]
    fn another_key_is_named() {
        let sealed = sealed(b"x");
        let error = Opener::new(&key(2), &sealed[..HEADER as usize], 1).err().unwrap();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "a file is encrypted with the key `0101010101010101`, the key given is `0202020202020202`");
    }

    #[test]
    fn equal_files_are_sealed_differently() {
        assert_ne!(sealed(b"same"), sealed(b"same"));
    }

    #[test]
    fn a_key_is_read_in_three_forms_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let bytes = *b"0123456789abcdef0123456789abcde\xff";
        for form in
            [bytes.to_vec(), format!("{}\n", hex(&bytes)).into(), format!("{}\n", STANDARD.encode(bytes)).into()]
        {
            fs::write(&file, form).unwrap();
            assert_eq!(read_key(&file).unwrap(), bytes);
        }
        for form in ["", "secret", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            fs::write(&file, form).unwrap();
            assert!(read_key(&file).is_err(), "{form}");
        }
    }
}
