//! The messages of the scan bench: the corpus with other shares: eight languages, identifiers, planted phrases and emoji.

use crate::corpus::{Aside, Corpus, Language, languages};
use crate::random::Random;

/// Messages of each language in a thousand, by ISO 639-1.
const SHARES: &[(&str, usize)] =
    &[("en", 400), ("es", 130), ("hi", 120), ("zh", 100), ("pt", 90), ("ar", 60), ("id", 60), ("ru", 40)];
/// Messages in a thousand with an identifier, a planted phrase, an emoji.
const ASIDES: &[Aside] = &[
    (60, identifier),
    (10, |random| random.pick(COMPLIANCE).to_owned()),
    (80, |random| random.pick(languages::EMOJI).to_owned()),
];

/// Languages that only this bench needs.
const OWN: &[Language] = &[
    Language {
        code: "id",
        share: 60,
        spaced: true,
        common: "yang dan di ini itu dengan untuk tidak dari ada bisa saya kami kamu harga pesan hari ini besok kapan kirim \
                 terima kasih halo toko bayar kartu tunai diskon faktur garansi alamat jalan warna ukuran hitam putih kotak \
                 minggu bantu foto pintu senin malam nomor model kulkas mesin meja kursi tukar kembali tunggu sopir sudah belum",
        pieces: "ba ka ta ma sa la ra na pa da ja ga be ke te me se le re ne pe de je ge bu ku tu mu su lu ru nu pu du ngan \
                 kan man lah nya ber ter men pem per",
    },
    Language {
        code: "ru",
        share: 40,
        spaced: true,
        common: "и в не на что это как для вы мы да нет цена заказ сегодня завтра когда можно отправить спасибо привет здравствуйте \
                 магазин оплата карта наличные скидка счёт гарантия адрес улица цвет размер чёрный белый коробка неделя помощь фото \
                 дверь вечер номер модель холодильник стол стул обмен возврат ждать водитель хорошо сейчас уже ещё после",
        pieces: "ба ка та ма са ла ра на па да га бе ке те ме се ле ре не пе де же бо ко то мо со ло ро но по до ный ство ние тель \
                 ник щик лый ной чка",
    },
];

/// What employees should not write, in every language; planted as they are.
pub const COMPLIANCE: &[&str] = &[
    "guaranteed return",
    "delete this chat",
    "off the record",
    "keep this between us",
    "my personal account",
    "cash only no receipt",
    "do not tell the office",
    "move to telegram",
    "use my private number",
    "no paper trail",
    "send it to my upi",
    "inside information",
    "pagar en efectivo sin factura",
    "mi cuenta personal",
    "no le digas a la oficina",
    "borra este chat",
    "rendimiento garantizado",
    "por fuera de la empresa",
    "मेरे खाते में भेजो",
    "ऑफिस को मत बताना",
    "नकद दे दो बिल नहीं",
    "यह चैट मिटा दो",
    "पक्का मुनाफा मिलेगा",
    "转到我的个人账户",
    "不要告诉公司",
    "删除聊天记录",
    "现金不要发票",
    "保证收益",
    "minha conta pessoal",
    "sem nota fiscal",
    "apaga essa conversa",
    "retorno garantido",
    "por fora da empresa",
    "حسابي الشخصي",
    "لا تخبر المكتب",
    "احذف هذه المحادثة",
    "نقدا بدون فاتورة",
    "rekening pribadi saya",
    "jangan bilang kantor",
    "hapus obrolan ini",
    "tunai tanpa faktur",
    "keuntungan pasti",
    "мой личный счёт",
    "не говори офису",
    "удали этот чат",
    "гарантированный доход",
    "наличными без чека",
];

/// The corpus in these shares.
pub fn corpus(seed: u64) -> Corpus {
    let all = || languages::ALL.iter().chain(OWN);
    let language = |code: &str| all().find(|language| language.code == code);
    let shared = SHARES.iter().filter_map(|(code, share)| Some((language(code)?, *share)));
    Corpus::of(shared, ASIDES, seed)
}

/// So many messages of it; the same for the same seed.
pub fn messages(corpus: &Corpus, count: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed, "scan");
    (0..count).map(|_| corpus.text(&mut random)).collect()
}

/// A number, address or amount of one of the kinds that people write.
fn identifier(random: &mut Random) -> String {
    let kind = random.below(8);
    let mut digits =
        |count: usize| -> String { (0..count).map(|_| char::from(b'0' + random.below(10) as u8)).collect() };
    match kind {
        0 => format!("+91 {} {}", digits(5), digits(5)),
        1 => format!("https://shop.example/i/{}", digits(6)),
        2 => format!("R$ {},{}", digits(3), digits(2)),
        3 => format!("ana{}@mail.example", digits(3)),
        4 => format!("GB{} WEST {} {} {}", digits(2), digits(4), digits(4), digits(4)),
        5 => format!("4{} {} {} {}", digits(3), digits(4), digits(4), digits(4)),
        6 => format!("{} {} {}", digits(4), digits(4), digits(4)),
        _ => format!("ABCPE{}K", digits(4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_all_and_messages_repeat_themselves() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<usize>(), 1000);
        let corpus = corpus(1);
        assert_eq!(corpus.vocabularies.len(), SHARES.len());
        let written = messages(&corpus, 20_000, 1);
        assert_eq!(written[..50], messages(&super::corpus(1), 50, 1)[..]);
        let mean = written.iter().map(String::len).sum::<usize>() / written.len();
        assert!((55..80).contains(&mean), "{mean} bytes");
        assert!(written.iter().all(|message| !message.contains('\n')));
        let planted =
            written.iter().filter(|message| COMPLIANCE.iter().any(|phrase| message.contains(phrase)));
        assert!((150..250).contains(&planted.count()));
    }
}
