//! Writers for the few file formats that clients and staff send, each just large enough to be real.

use std::io::{Cursor, Write};

use crate::random::Random;

const PNG_SIDE: usize = 64;
const PNG_COLOURS: usize = 16;
/// Opus packets of 20 ms in a voice note.
const OPUS_PACKETS_MIN: i64 = 50;
const OPUS_PACKETS_MAX: i64 = 250;
/// An Opus packet that decodes to 20 ms of silence (RFC 6716, section 3.1: SILK-free CELT mode, mono).
const OPUS_SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// Samples at 48 kHz in one such packet.
const OPUS_SAMPLES: u64 = 960;

/// A picture of coloured blocks in 16 colours (W3C PNG, third edition), with its data in stored blocks.
pub(super) fn png(random: &mut Random) -> Vec<u8> {
    let palette: Vec<u8> = (0..PNG_COLOURS * 3).map(|_| byte(random)).collect();
    let blocks: Vec<u8> = (0..64).map(|_| u8::try_from(random.index(PNG_COLOURS)).unwrap_or(0)).collect();
    let mut rows = Vec::with_capacity(PNG_SIDE * (PNG_SIDE + 1));
    for y in 0..PNG_SIDE {
        rows.push(0);
        rows.extend((0..PNG_SIDE).map(|x| blocks[(y / 8) * 8 + x / 8]));
    }
    let side = u32::try_from(PNG_SIDE).unwrap_or(0).to_be_bytes();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    png_chunk(&mut out, *b"IHDR", &[&side[..], &side[..], &[8, 3, 0, 0, 0]].concat());
    png_chunk(&mut out, *b"PLTE", &palette);
    png_chunk(&mut out, *b"IDAT", &zlib_stored(&rows));
    png_chunk(&mut out, *b"IEND", &[]);
    out
}

fn png_chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    let body = [&kind[..], data].concat();
    out.extend(&body);
    out.extend(crc32(&body).to_be_bytes());
}

/// RFC 1950 around one stored block of RFC 1951; for less than 64 KiB.
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(data);
    let (low, high) = data.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    out.extend((high << 16 | low).to_be_bytes());
    out
}

/// CRC-32 of ISO 3309, as PNG uses it.
fn crc32(data: &[u8]) -> u32 {
    const TABLE: [u32; 256] = reflected_table();
    !data.iter().fold(u32::MAX, |crc, byte| crc >> 8 ^ TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

/// The remainders of each byte by the polynomial of ISO 3309, lowest bit first.
const fn reflected_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let (mut rest, mut bit) = (byte as u32, 0);
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ 0xedb8_8320 } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
}

/// One to five seconds of silence as Opus in Ogg (RFC 7845).
pub(super) fn ogg(random: &mut Random) -> Vec<u8> {
    let serial = u32::try_from(random.below(u64::from(u32::MAX))).unwrap_or(0);
    let packets = usize::try_from(random.between(OPUS_PACKETS_MIN, OPUS_PACKETS_MAX)).unwrap_or(50);
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(312u16.to_le_bytes());
    head.extend(48_000u32.to_le_bytes());
    head.extend([0, 0, 0]);
    let mut tags = b"OpusTags".to_vec();
    tags.extend(6u32.to_le_bytes());
    tags.extend(b"aurora");
    tags.extend(0u32.to_le_bytes());
    let mut out = Vec::new();
    ogg_page(&mut out, 2, 0, serial, 0, &[&head]);
    ogg_page(&mut out, 0, 0, serial, 1, &[&tags]);
    let sound: Vec<&[u8]> = vec![&OPUS_SILENCE; packets];
    ogg_page(&mut out, 4, OPUS_SAMPLES * packets as u64, serial, 2, &sound);
    out
}

/// One page of RFC 3533; each packet under 255 bytes, at most 255 of them.
fn ogg_page(out: &mut Vec<u8>, flags: u8, granule: u64, serial: u32, sequence: u32, packets: &[&[u8]]) {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(u8::try_from(packets.len()).unwrap_or(u8::MAX));
    page.extend(packets.iter().map(|packet| u8::try_from(packet.len()).unwrap_or(u8::MAX)));
    page.extend(packets.concat());
    let check = page.iter().fold(0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc >> 31 == 1 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 }
        })
    });
    page[22..26].copy_from_slice(&check.to_le_bytes());
    out.extend(page);
}

/// A one-page offer (ISO 32000-1), with a cross-reference table that holds.
pub(super) fn pdf(random: &mut Random) -> Vec<u8> {
    let lines = [
        "Aurora Home".to_owned(),
        format!("Document {}", random.digits(8)),
        format!("Item AH-{}   Quantity {}", random.digits(4), random.between(1, 4)),
        "Prices include delivery within the city.".to_owned(),
    ];
    let text: String = lines.iter().map(|line| format!("({line}) Tj 0 -22 Td ")).collect();
    let stream = format!("BT /F1 14 Tf 72 760 Td {text}ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let start = out.len();
    let size = objects.len() + 1;
    out.push_str(&format!(
        "xref\n0 {size}\n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    out.into_bytes()
}

/// A workbook of one sheet (ECMA-376): 40 invented customers with name, number and last purchase.
pub(super) fn xlsx(random: &mut Random) -> Vec<u8> {
    let mut rows = row(1, ["Customer", "Phone", "Last purchase"].map(str::to_owned));
    for place in 2..42 {
        let cells = [
            format!("Customer {}", random.digits(4)),
            format!("+44 7700 900{:03}", random.index(1000)),
            format!("AH-{}", random.digits(4)),
        ];
        rows.push_str(&row(place, cells));
    }
    let parts = [
        ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
        ("_rels/.rels", RELATIONS.replace("{what}", "officeDocument").replace("{to}", "xl/workbook.xml")),
        ("xl/workbook.xml", WORKBOOK.to_owned()),
        (
            "xl/_rels/workbook.xml.rels",
            RELATIONS.replace("{what}", "worksheet").replace("{to}", "worksheets/sheet1.xml"),
        ),
        ("xl/worksheets/sheet1.xml", format!("{SHEET_HEAD}{rows}</sheetData></worksheet>")),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let written = parts.iter().try_for_each(|(name, text)| {
        archive.start_file(*name, options)?;
        archive.write_all(text.as_bytes()).map_err(zip::result::ZipError::from)
    });
    written.and_then(|()| archive.finish()).expect("a vector takes every write").into_inner()
}

fn row(number: usize, cells: [String; 3]) -> String {
    let cell = |text: &String| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    format!("<row r=\"{number}\">{}</row>", cells.iter().map(cell).collect::<String>())
}

const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Override PartName=\"/xl/workbook.xml\" \
ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
<Override PartName=\"/xl/worksheets/sheet1.xml\" \
ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>";

const RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{what}\" Target=\"{to}\"/></Relationships>";

const WORKBOOK: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
<sheet name=\"Customers\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";

const SHEET_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>";

/// A single grey pixel as lossless WebP, with a comment chunk that tells one sticker from another.
pub(super) fn webp(random: &mut Random) -> Vec<u8> {
    let mut body = b"WEBPVP8L\x0d\0\0\0".to_vec();
    body.extend([0x2f, 0, 0, 0, 0x10, 0x07, 0x10, 0x11, 0x11, 0x88, 0x88, 0xfe, 0x07, 0]);
    body.extend(b"AHID\x10\0\0\0");
    body.extend(random.hex(16).into_bytes());
    let mut out = b"RIFF".to_vec();
    out.extend(u32::try_from(body.len()).unwrap_or(0).to_le_bytes());
    out.extend(body);
    out
}

fn byte(random: &mut Random) -> u8 {
    u8::try_from(random.below(256)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_published_check_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let stored = zlib_stored(b"Wikipedia");
        assert_eq!(stored[stored.len() - 4..], 0x11e6_0398_u32.to_be_bytes());
    }

    #[test]
    fn each_file_opens_with_its_format_and_two_differ() {
        type Writer = fn(&mut Random) -> Vec<u8>;
        let heads: [(Writer, &[u8]); 5] =
            [(png, b"\x89PNG"), (ogg, b"OggS"), (pdf, b"%PDF-"), (xlsx, b"PK\x03\x04"), (webp, b"RIFF")];
        for (write, head) in heads {
            let first = write(&mut Random::new(1));
            assert!(first.starts_with(head));
            assert_ne!(first, write(&mut Random::new(2)));
        }
    }

    #[test]
    fn the_cross_references_of_a_pdf_point_at_its_objects() {
        let bytes = pdf(&mut Random::new(4));
        let text = String::from_utf8(bytes).unwrap();
        let start: usize =
            text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(text[start..].starts_with("xref\n"));
        for (number, line) in text[start..].lines().skip(3).take(5).enumerate() {
            let offset: usize = line[..10].parse().unwrap();
            assert!(text[offset..].starts_with(&format!("{} 0 obj", number + 1)));
        }
    }
}
