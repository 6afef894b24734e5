//! A PNG as a browser draws it, packed smaller without a pixel changed.

use std::io::{Read, Write};

use flate2::{Compression, Crc, read::ZlibDecoder, write::ZlibEncoder};

/// What every PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Bytes of a pixel: eight bits each of red, green and blue.
const PIXEL: usize = 3;
/// Bytes of a picture that is unpacked.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// The same picture with its lines as they are: filters against neighbours serve photographs, while pages are flat areas
/// and letters that come again, which the compression finds by itself.
///
/// # Panics
/// Where it is no PNG of eight bits each of red, green and blue that is not interlaced, as a page's picture is.
pub(super) fn packed(png: &[u8]) -> Vec<u8> {
    let chunks = chunks(png);
    let (_, header) = chunks[0];
    assert_eq!((header[8..].to_vec(), chunks[0].0), (vec![8, 2, 0, 0, 0], b"IHDR"));
    let width = u32::from_be_bytes(header[..4].try_into().unwrap()) as usize;
    let data: Vec<u8> =
        chunks.iter().filter(|(kind, _)| *kind == b"IDAT").flat_map(|(_, data)| *data).copied().collect();
    let mut filtered = Vec::new();
    ZlibDecoder::new(&data[..]).take(UNPACKED_BYTES_MAX).read_to_end(&mut filtered).unwrap();
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let mut above = vec![0; width * PIXEL];
    for line in filtered.chunks_exact(1 + width * PIXEL) {
        above = unfiltered(line[0], &line[1..], &above);
        encoder.write_all(&[0]).unwrap();
        encoder.write_all(&above).unwrap();
    }
    let mut packed = SIGNATURE.to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", &encoder.finish().unwrap()), (b"IEND", &[])] {
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(data);
        packed.extend((data.len() as u32).to_be_bytes());
        packed.extend(kind);
        packed.extend(data);
        packed.extend(crc.sum().to_be_bytes());
    }
    packed
}

/// The parts of a PNG: kind and data.
fn chunks(png: &[u8]) -> Vec<(&[u8; 4], &[u8])> {
    let mut rest = png.strip_prefix(SIGNATURE).expect("a PNG");
    let mut chunks = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (kind, after) = after.split_first_chunk::<4>().unwrap();
        let (data, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        chunks.push((kind, data));
        rest = &after[4..];
    }
    chunks
}

/// A line without its filter (PNG, section 9).
fn unfiltered(filter: u8, line: &[u8], above: &[u8]) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::with_capacity(line.len());
    for (at, byte) in line.iter().enumerate() {
        let before = |bytes: &[u8]| at.checked_sub(PIXEL).map_or(0, |before| bytes[before]);
        let (left, up, corner) = (before(&plain), above[at], before(above));
        let guess = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => u8::midpoint(left, up),
            4 => paeth(left, up, corner),
            _ => panic!("no filter {filter}"),
        };
        plain.push(byte.wrapping_add(guess));
    }
    plain
}

/// Whichever neighbour is nearest to left + up - corner.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    [left, up, corner].into_iter().min_by_key(|one| (guess - i16::from(*one)).abs()).unwrap_or(left)
}
