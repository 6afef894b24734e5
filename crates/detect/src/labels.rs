//! Labels: the words with which people say what a number is ("CPF", "order no.", "مرجع"), in the languages of our clients.

use std::{ops::Range, sync::LazyLock};

use aboveboard_text::{Options, normalise};
use aho_corasick::{AhoCorasick, MatchKind};

/// What a label calls the thing beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    /// An Indian Aadhaar number.
    Aadhaar,
    /// An Indian permanent account number.
    Pan,
    /// A Brazilian CPF.
    Cpf,
    /// A Brazilian CNPJ.
    Cnpj,
    /// PIX, the Brazilian instant payment.
    Pix,
    /// A key, which in Brazil is a PIX key.
    Key,
    /// UPI and its apps, the Indian instant payment.
    Upi,
    /// A payment card.
    Card,
    /// A bank account.
    Account,
    /// A British sort code.
    SortCode,
    /// Bitcoin.
    Bitcoin,
    /// A telephone.
    Phone,
    /// A request to call or write somewhere.
    Contact,
    /// A social network where people have handles.
    Social,
    /// A handle as such.
    Handle,
    /// A web site.
    Site,
    /// Any other number: order, booking, product, parcel, ticket.
    Other,
}

/// A label in a text.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    /// What it says.
    pub(crate) label: Label,
    /// Its bytes in the normal form.
    pub(crate) span: Range<usize>,
}

/// Every label and its words. Accents and letter case do not count; longer words win over the shorter ones within them.
const WORDS: &[(Label, &[&str])] = &[
    (
        Label::Aadhaar,
        &[
            "aadhaar",
            "aadhar",
            "adhar",
            "adhaar",
            "aadhaar card",
            "aadhar card",
            "uidai",
            "uid",
            "आधार",
            "आधार कार्ड",
            "आधार नंबर",
        ],
    ),
    (Label::Pan, &["pan", "pan card", "pan no", "pan number", "permanent account number", "पैन", "पैन कार्ड"]),
    (Label::Cpf, &["cpf", "cpfs", "c.p.f", "cpf/mf"]),
    (Label::Cnpj, &["cnpj", "c.n.p.j", "cnpj/mf"]),
    (Label::Pix, &["pix", "chave pix", "pix key", "clave pix", "qr pix"]),
    (Label::Key, &["chave", "chave aleatoria", "chave celular", "chave cpf", "minha chave"]),
    (
        Label::Upi,
        &[
            "upi",
            "upi id",
            "vpa",
            "gpay",
            "g pay",
            "google pay",
            "googlepay",
            "phonepe",
            "phone pe",
            "paytm",
            "bhim",
            "यूपीआई",
            "पेटीएम",
            "गूगल पे",
        ],
    ),
    (
        Label::Card,
        &[
            "card",
            "card no",
            "card number",
            "credit card",
            "debit card",
            "visa",
            "mastercard",
            "amex",
            "cartao",
            "cartao de credito",
            "cartao de debito",
            "tarjeta",
            "carte bancaire",
            "kreditkarte",
            "kartu",
            "क्रेडिट कार्ड",
            "डेबिट कार्ड",
            "银行卡",
            "信用卡",
            "卡号",
            "بطاقة",
        ],
    ),
    (
        Label::Account,
        &[
            "account",
            "account no",
            "account number",
            "acc",
            "acc no",
            "acct",
            "a/c",
            "ac no",
            "conta",
            "cuenta",
            "konto",
            "kontonummer",
            "compte",
            "iban",
            "rekening",
            "खाता",
            "账号",
            "账户",
            "حساب",
        ],
    ),
    (Label::SortCode, &["sort code", "sortcode", "sort", "s/c"]),
    (Label::Bitcoin, &["btc", "bitcoin", "wallet", "carteira", "比特币"]),
    (
        Label::Phone,
        &[
            "phone",
            "phone no",
            "phone number",
            "telephone",
            "tel",
            "mobile",
            "mobile no",
            "mobile number",
            "mob",
            "cell",
            "cellphone",
            "celular",
            "cel",
            "fone",
            "telefone",
            "telefono",
            "telefon",
            "handy",
            "handynummer",
            "movil",
            "portable",
            "numero de telefone",
            "nomor hp",
            "no hp",
            "hp",
            "ph",
            "फोन",
            "फ़ोन",
            "मोबाइल",
            "手机",
            "手机号",
            "电话",
            "هاتف",
            "جوال",
            "موبايل",
        ],
    ),
    (
        Label::Contact,
        &[
            "call",
            "call me",
            "ring",
            "ring me",
            "text me",
            "text my other number",
            "whatsapp",
            "whats",
            "watsapp",
            "whatsap",
            "wa",
            "zap",
            "zapzap",
            "wpp",
            "liga",
            "ligue",
            "me liga",
            "me chama",
            "chama",
            "fala comigo",
            "contato",
            "contact",
            "contacto",
            "llama",
            "llamame",
            "escribeme",
            "reach me",
            "reach",
            "message me",
            "msg me",
            "sms",
            "my number",
            "my other number",
            "other number",
            "personal number",
            "meu numero",
            "meu pessoal",
            "mi numero",
            "my personal",
            "dial",
            "hubungi",
            "appelez",
            "ruf",
            "call karo",
            "phone karo",
            "微信",
            "व्हाट्सएप",
            "कॉल",
            "मेरा नंबर",
            "واتساب",
            "واتس",
            "اتصل",
            "رقمي",
        ],
    ),
    (
        Label::Social,
        &[
            "instagram",
            "insta",
            "ig",
            "telegram",
            "tg",
            "tele",
            "twitter",
            "tiktok",
            "tik tok",
            "snapchat",
            "snap",
            "facebook",
            "fb",
            "messenger",
            "threads",
            "discord",
            "skype",
            "linkedin",
            "इंस्टाग्राम",
            "टेलीग्राम",
            "تيليجرام",
            "تلغرام",
            "انستقرام",
            "انستغرام",
            "телеграм",
            "инстаграм",
            "电报",
        ],
    ),
    (
        Label::Handle,
        &[
            "handle",
            "username",
            "user name",
            "user",
            "usuario",
            "arroba",
            "perfil",
            "profile",
            "follow me",
            "follow",
            "me segue",
            "segue la",
            "sigueme",
            "dm me",
            "dm",
        ],
    ),
    (
        Label::Site,
        &[
            "site", "website", "web site", "web", "link", "url", "pagina", "page", "portal", "homepage",
            "visit", "acesse",
        ],
    ),
    (
        Label::Other,
        &[
            "order",
            "order no",
            "order number",
            "order id",
            "order ref",
            "order #",
            "pedido",
            "nr do pedido",
            "booking",
            "booking id",
            "booking ref",
            "booking reference",
            "reservation",
            "reserva",
            "bestellung",
            "bestellnummer",
            "commande",
            "pesanan",
            "sku",
            "part",
            "part no",
            "part number",
            "product code",
            "item",
            "item no",
            "model",
            "modelo",
            "serial",
            "serial no",
            "serial number",
            "numero de serie",
            "s/n",
            "imei",
            "tracking",
            "tracking id",
            "tracking no",
            "tracking number",
            "tracking code",
            "awb",
            "consignment",
            "shipment",
            "parcel",
            "rastreio",
            "rastreamento",
            "codigo de rastreio",
            "seguimiento",
            "guia",
            "sendungsnummer",
            "resi",
            "invoice",
            "invoice no",
            "inv",
            "bill no",
            "nota fiscal",
            "nf",
            "nfe",
            "nf-e",
            "fatura",
            "factura",
            "rechnung",
            "rechnungsnummer",
            "facture",
            "boleto",
            "codigo de barras",
            "ticket",
            "ticket no",
            "chamado",
            "protocolo",
            "case",
            "case no",
            "case id",
            "ref",
            "ref no",
            "reference",
            "reference number",
            "referencia",
            "transaction",
            "transaction id",
            "txn",
            "txn id",
            "transacao",
            "id da transacao",
            "utr",
            "rrn",
            "pnr",
            "otp",
            "ean",
            "upc",
            "gtin",
            "barcode",
            "isbn",
            "lote",
            "batch",
            "lot no",
            "quote no",
            "quotation",
            "orcamento",
            "cotacao",
            "policy no",
            "apolice",
            "contract no",
            "contrato",
            "membership",
            "loyalty",
            "customer id",
            "client id",
            "id do cliente",
            "po",
            "po number",
            "po no",
            "voucher",
            "coupon",
            "cupom",
            "gift card",
            "meter",
            "version",
            "ऑर्डर",
            "बुकिंग",
            "आर्डर",
            "इनवॉइस",
            "订单",
            "订单号",
            "单号",
            "快递",
            "快递单号",
            "运单号",
            "发票",
            "طلب",
            "رقم الطلب",
            "حجز",
            "فاتورة",
            "شحنة",
            "رقم الشحنة",
            "注文番号",
            "รหัสสั่งซื้อ",
        ],
    ),
];

/// The automaton over all words, and what each word means.
static AUTOMATON: LazyLock<(AhoCorasick, Vec<Label>)> = LazyLock::new(|| {
    let form = Options { case: true, accents: true, look_alikes: true };
    let words: Vec<(String, Label)> = WORDS
        .iter()
        .flat_map(|(label, words)| words.iter().map(|word| (normalise(word, form).text().to_owned(), *label)))
        .collect();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(words.iter().map(|(word, _)| word))
        .expect("a constant list of a few hundred words is far below the automaton's limits");
    (automaton, words.into_iter().map(|(_, label)| label).collect())
});

/// Finds the labels of a text in normal form, in order of place.
pub(crate) fn find(text: &str) -> Vec<Labelled> {
    let (automaton, labels) = &*AUTOMATON;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = automaton.find(aho_corasick::Input::new(text).range(at..)) {
        let span = next.range();
        if is_word(text, &span) {
            at = span.end;
            found.push(Labelled { label: labels[next.pattern()], span });
        } else {
            at = end_of_word(text, span.start);
        }
    }
    found
}

/// Whether a span is no piece of a longer Latin word. Scripts without spaces or with endings glued on are taken as they come.
fn is_word(text: &str, span: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let is_latin = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    let touches_left =
        span.start > 0 && is_latin(span.start) && (is_latin(span.start - 1) || bytes[span.start - 1] == b'@');
    let touches_right = is_latin(span.end - 1) && (is_latin(span.end) || bytes.get(span.end) == Some(&b'@'));
    !touches_left && !touches_right
}

/// Where to look on after a piece of a word: behind the ASCII letters at `start`, or behind the one character.
fn end_of_word(text: &str, start: usize) -> usize {
    let letters = text.as_bytes()[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let one = text[start..].chars().next().map_or(1, char::len_utf8);
    start + letters.max(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<Label> {
        let form = Options { case: false, accents: true, look_alikes: true };
        find(normalise(text, form).text()).into_iter().map(|found| found.label).collect()
    }

    #[test]
    fn labels_are_whole_words_in_every_script() {
        for (text, expected) in [
            ("Meu CPF é", vec![Label::Cpf]),
            ("CARTÃO DE CRÉDITO", vec![Label::Card]),
            ("company panel pixel reorder", vec![]),
            ("मेरा आधार नंबर", vec![Label::Aadhaar]),
            ("订单号是", vec![Label::Other]),
            ("رقم الطلب", vec![Label::Other]),
            ("cpf: pix, sort code", vec![Label::Cpf, Label::Pix, Label::SortCode]),
            ("Chave PIX", vec![Label::Pix]),
            ("телеграм", vec![Label::Social]),
            ("cardholder's card", vec![Label::Card]),
        ] {
            assert_eq!(labels(text), expected, "{text}");
        }
    }

    #[test]
    fn no_word_has_two_meanings() {
        let mut words: Vec<&str> = WORDS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
