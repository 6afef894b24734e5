//! Archives: which entry is the chat, which files belong to it, and hostile ones.

use aboveboard_model::item::{Body, Content};

use super::*;

const CHAT: &str = "31/12/2026, 09:15 - Ana: IMG-1.jpg (file attached)\n31/12/2026, 09:16 - Rui: oi\n";

fn open(files: &[(&str, &[u8])]) -> Result<Import<Cursor<Vec<u8>>>, Refusal> {
    read_bytes(&archive(files), "WhatsApp Chat - Ana.zip", own("Rui"))
}

#[test]
fn a_file_is_tied_to_its_message_and_copied_with_its_hash() {
    let mut import =
        open(&[("WhatsApp Chat with Ana.txt", CHAT.as_bytes()), ("IMG-1.jpg", b"picture")]).unwrap();
    let all = all_of(&mut import);
    let Body::Message(message) = &all[0].item.body else { panic!() };
    let Content::Media(media) = &message.content else { panic!() };
    assert_eq!(media.id.as_deref(), Some("IMG-1.jpg"));
    assert_eq!(import.attachments()[0].line, Some(1));
    let mut bytes = Vec::new();
    let copied = import.copy("IMG-1.jpg", &mut bytes).unwrap();
    assert_eq!((bytes.as_slice(), copied.size_bytes), (b"picture".as_slice(), 7));
    assert_eq!(copied.sha256, hex::encode(Sha256::digest(b"picture")));
    assert_eq!(import.copy("other", &mut Vec::new()).unwrap_err().code(), "no_such_file");
}

#[test]
fn the_chat_is_the_text_that_is_named_like_one() {
    let quiet = b"nothing".as_slice();
    let ios: &[(&str, &[u8])] = &[("_chat.txt", CHAT.as_bytes()), ("notes.txt", quiet)];
    let android: &[(&str, &[u8])] =
        &[("a.txt", quiet), ("Conversa do WhatsApp com Ana.txt", CHAT.as_bytes())];
    let nested: &[(&str, &[u8])] = &[("Ana/_chat.txt", CHAT.as_bytes()), ("__MACOSX/Ana/._chat.txt", quiet)];
    for files in [ios, android, nested] {
        let import = open(files).unwrap();
        assert_eq!(import.survey().conversation, "Ana");
    }
    assert_eq!(open(&[("a.jpg", quiet)]).unwrap_err().code(), "no_chat");
    assert_eq!(open(&[("a.txt", quiet), ("b.txt", quiet)]).unwrap_err().code(), "several_chats");
    assert_eq!(open(&[]).unwrap_err().code(), "no_chat");
}

#[test]
fn names_that_leave_the_folder_are_not_read() {
    let files: &[(&str, &[u8])] = &[
        ("_chat.txt", CHAT.as_bytes()),
        ("../IMG-1.jpg", b"out"),
        ("/etc/IMG-1.jpg", b"out"),
        ("C:/IMG-1.jpg", b"out"),
        ("..\\IMG-1.jpg", b"out"),
    ];
    let mut import = open(files).unwrap();
    all_of(&mut import);
    assert!(import.attachments().is_empty());
    let odd: Vec<&str> =
        import.diagnostics().listed.iter().map(|diagnostic| diagnostic.problem.code()).collect();
    assert!(odd.contains(&"entries_ignored"), "{odd:?}");
}

#[test]
fn of_two_files_of_one_name_one_is_read_and_the_other_reported() {
    let files: &[(&str, &[u8])] =
        &[("_chat.txt", CHAT.as_bytes()), ("a/IMG-1.jpg", b"one"), ("b/IMG-1.jpg", b"two")];
    let import = open(files).unwrap();
    assert_eq!(import.attachments().len(), 1);
    assert_eq!(import.diagnostics().listed.len(), 1);
}

#[test]
fn missing_and_unnamed_files_are_reported() {
    let mut import = open(&[("_chat.txt", CHAT.as_bytes()), ("IMG-2.jpg", b"x")]).unwrap();
    all_of(&mut import);
    let odd: Vec<&str> =
        import.diagnostics().listed.iter().map(|diagnostic| diagnostic.problem.code()).collect();
    assert_eq!(odd, ["file_missing", "files_unnamed"]);
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let big = vec![0; 1 << 20];
    let bytes = archive(&[("_chat.txt", CHAT.as_bytes()), ("IMG-1.jpg", &big)]);
    let with =
        |limits: Limits| read_bytes(&bytes, "WhatsApp Chat - Ana.zip", Options { limits, ..own("Rui") });
    let small = Limits { file_bytes_max: 1000, ..Limits::default() };
    let mut import = with(small).unwrap();
    assert!(import.attachments().is_empty(), "its declared size is over the limit");
    assert_eq!(import.copy("IMG-1.jpg", &mut Vec::new()).unwrap_err().code(), "no_such_file");
    let text = with(Limits { text_bytes_max: 20, ..Limits::default() });
    assert_eq!(text.unwrap_err().code(), "too_large");
    let many = with(Limits { entries_max: 1, ..Limits::default() });
    assert_eq!(many.unwrap_err().code(), "too_large");
    let listed = with(Limits { directory_bytes_max: 60, ..Limits::default() });
    assert_eq!(listed.unwrap_err().code(), "archive_list_too_large");
}

#[test]
fn an_archive_that_lies_about_a_size_gives_no_more_than_the_limit() {
    let big = vec![b'x'; 1 << 20];
    let mut bytes = archive(&[("_chat.txt", CHAT.as_bytes()), ("IMG-1.jpg", &big)]);
    // The uncompressed size stands 24 bytes after the start of an entry in the list of files.
    let list = bytes.windows(4).enumerate().filter(|(_, window)| *window == b"PK\x01\x02");
    let entry = list.map(|(at, _)| at).next_back().unwrap();
    bytes[entry + 24..entry + 28].copy_from_slice(&5u32.to_le_bytes());
    let limits = Limits { file_bytes_max: 1000, ..Limits::default() };
    let options = Options { limits, ..own("Rui") };
    let mut import = read_bytes(&bytes, "WhatsApp Chat - Ana.zip", options).unwrap();
    let mut copied = Vec::new();
    assert!(import.copy("IMG-1.jpg", &mut copied).is_err());
    assert!(copied.len() <= 1000, "{}", copied.len());
}

#[test]
fn a_damaged_archive_is_refused() {
    let bytes = archive(&[("_chat.txt", CHAT.as_bytes())]);
    let refusal = read_bytes(&bytes[..bytes.len() - 30], "a.zip", own("Rui")).unwrap_err();
    assert_eq!(refusal.code(), "broken_archive");
}
