//! Generated identifiers and look-alikes: what is valid is found, what only has its length is not.

use aboveboard_detect::derive;
use aboveboard_model::{
    document::Zone,
    features::{CONFIDENCE_MIN, Input, Sighting},
};

/// How many random numbers each test draws; `ABOVEBOARD_DETECT_CASES` sets more.
const CASES: u64 = 100_000;
/// One sentence is read for so many bare numbers; its language takes longer than the rest.
const SENTENCE_ONE_IN: u64 = 5;
/// How many valid identifiers of each kind are drawn for each hundred thousand random numbers.
const VALID_ONE_IN: u64 = 500;

fn cases() -> u64 {
    std::env::var("ABOVEBOARD_DETECT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

/// SplitMix64, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.next() % of.len() as u64) as usize]
    }

    fn text(&mut self, of: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(self.pick(of))).collect()
    }

    fn digits(&mut self, len: usize) -> String {
        self.text(b"0123456789", len)
    }
}

fn found(text: &str) -> Vec<Sighting> {
    let features = derive(&Input { zones: vec![(Zone::Text, text)], country: None });
    features.sightings.into_iter().filter(|sighting| sighting.confidence >= CONFIDENCE_MIN).collect()
}

#[test]
fn no_indian_mobile_in_wa_id_form_is_an_aadhaar() {
    let mut random = Random(1);
    for _ in 0..cases() {
        let number = format!("91{}{}", random.pick(&["6", "7", "8", "9"]), random.digits(9));
        let features = derive(&Input { zones: vec![(Zone::Text, &number)], country: Some("IN") });
        assert!(features.sightings.iter().all(|sighting| sighting.kind != "IN_AADHAAR"), "{number}");
        assert!(features.sightings.iter().any(|sighting| sighting.kind == "PHONE"), "{number}");
    }
}

#[test]
fn order_numbers_and_tracking_codes_are_rarely_anything() {
    const SENTENCES: &[&str] = &[
        "Your order {} has shipped",
        "order no. {}",
        "Pedido {} saiu para entrega",
        "tracking code {}",
        "Booking ref: {}",
        "SKU {}",
        "invoice #{}",
        "código de rastreio {}",
        "Your booking reference is {}.",
        "{} is your order number",
        "ऑर्डर {} भेज दिया गया है",
        "订单号{}",
        "AWB {}",
        "ticket number {}",
        "nota fiscal nº {}",
    ];
    let mut random = Random(2);
    let count = cases() / SENTENCE_ONE_IN;
    let mut wrong = Vec::new();
    for _ in 0..count {
        let number = match random.next() % 4 {
            0 => random.text(b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", 12),
            1 => format!(
                "{}{}{}",
                random.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2),
                random.digits(9),
                random.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2)
            ),
            _ => {
                let len = 6 + (random.next() % 15) as usize;
                random.digits(len)
            }
        };
        let text = random.pick(SENTENCES).replace("{}", &number);
        wrong.extend(found(&text).into_iter().map(|sighting| (text.clone(), sighting.kind)));
    }
    assert!(
        wrong.len() as u64 * 10_000 <= count,
        "{} of {count}: {:?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}

/// Kinds, how a valid one is made, and sentences that people put it in.
type Valid = (&'static str, fn(&mut Random) -> String, &'static [&'static str]);

const VALID: &[Valid] = &[
    (
        "IN_AADHAAR",
        aadhaar,
        &[
            "my aadhaar is {}",
            "{} is my aadhar number sir",
            "Aadhaar no: {}",
            "मेरा आधार {} है",
            "KYC ke liye adhar {}",
            "please note aadhaar card number as {} thanks",
        ],
    ),
    ("IN_PAN", pan, &["my PAN is {}", "PAN no. {}", "{} is the pan card", "bill it to {} please"]),
    (
        "BR_CPF",
        cpf,
        &[
            "meu CPF é {}",
            "CPF: {}",
            "{} é o cpf dele",
            "anota o cpf da Maria, {}",
            "cadastro no CPF nº {} ok?",
        ],
    ),
    ("BR_CNPJ", cnpj, &["CNPJ {}", "o CNPJ da firma é {}", "faturar para {} por favor", "cnpj nº {}"]),
    (
        "CARD",
        card,
        &[
            "card {}",
            "my card number is {} exp 09/29",
            "passa no cartão {}",
            "{} visa",
            "银行卡 {}",
            "tarjeta {} por favor",
        ],
    ),
    (
        "IBAN",
        iban,
        &["IBAN {}", "transfer it to {} today", "{}", "konto: {}", "please use {}, not the old one"],
    ),
    ("UPI", upi, &["pay {}", "gpay {} karo", "{}", "my upi id is {}.", "send 500 to {} now"]),
    ("PIX_KEY", uuid, &["pix {}", "chave pix: {}", "minha chave aleatória é {}", "faz o pix pra {}"]),
    ("PIX_KEY", cpf, &["pix {}", "meu pix é o cpf {}", "chave pix: {}", "{} é meu pix"]),
    (
        "PHONE",
        mobile,
        &["call me {}", "my number is {}", "{} whatsapp", "meu zap {}", "text me on {} please", "फोन {}"],
    ),
    ("EMAIL", email, &["mail {}", "{}", "write to {}.", "meu email é {}, manda lá"]),
    ("GB_SORT_ACCOUNT", sort_account, &["sort code {}", "sort {} thanks", "pay it into sort code {} please"]),
];

#[test]
fn valid_identifiers_in_sentences_are_found() {
    let mut random = Random(3);
    let count = (cases() / VALID_ONE_IN).max(1);
    for (kind, make, sentences) in VALID {
        let mut missed = Vec::new();
        for _ in 0..count {
            let value = make(&mut random);
            let text = random.pick(sentences).replace("{}", &value);
            // Phones gain a calling code, accounts lose the words in between: the last digits tell.
            let last: String = value
                .to_ascii_lowercase()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .rev()
                .take(8)
                .collect();
            let is_found = found(&text).iter().any(|sighting| {
                let bare = sighting.value.to_ascii_lowercase();
                sighting.kind == *kind
                    && bare.chars().rev().filter(char::is_ascii_alphanumeric).take(8).eq(last.chars())
            });
            if !is_found {
                missed.push(text);
            }
        }
        assert!(
            missed.len() as u64 * 20 <= count,
            "{kind}: {} of {count}: {:?}",
            missed.len(),
            &missed[..missed.len().min(10)]
        );
    }
}

fn aadhaar(random: &mut Random) -> String {
    // Verhoeff's tables as he printed them, apart from the detector's own arithmetic.
    const INVERSE: &[u8; 10] = b"0432156789";
    const PERMUTED: [&[u8; 10]; 8] = [
        b"0123456789",
        b"1576283094",
        b"5803796142",
        b"8916043527",
        b"9453126870",
        b"4286573901",
        b"2793806415",
        b"7046913258",
    ];
    const PRODUCT: [&[u8; 10]; 10] = [
        b"0123456789",
        b"1234067895",
        b"2340178956",
        b"3401289567",
        b"4012395678",
        b"5987604321",
        b"6598710432",
        b"7659821043",
        b"8765932104",
        b"9876543210",
    ];
    let body = format!("{}{}", random.pick(&["2", "3", "4", "5", "6", "7", "8"]), random.digits(10));
    let check = body.bytes().rev().enumerate().fold(0, |check, (place, digit)| {
        let permuted = PERMUTED[(place + 1) % 8][usize::from(digit - b'0')] - b'0';
        usize::from(PRODUCT[check][usize::from(permuted)] - b'0')
    });
    let number = format!("{body}{}", char::from(INVERSE[check]));
    let gap = random.pick(&["", " ", "-"]);
    [&number[..4], &number[4..8], &number[8..]].join(gap)
}

fn pan(random: &mut Random) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let (head, holder, initial) =
        (random.text(letters, 3), random.text(b"PCHFATBLJG", 1), random.text(letters, 1));
    format!("{head}{holder}{initial}{}{}", random.digits(4), random.text(letters, 1))
}

/// Appends the digit that makes the weighted sum divisible by eleven, 0 for ten.
fn push_check(digits: &mut String, weights: &[u32]) {
    let sum: u32 = digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    digits.push(char::from_digit((sum * 10) % 11 % 10, 10).expect("below ten"));
}

fn cpf(random: &mut Random) -> String {
    let mut digits = random.digits(9);
    push_check(&mut digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    push_check(&mut digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    let (a, b, c, d) = (&digits[..3], &digits[3..6], &digits[6..9], &digits[9..]);
    if random.next().is_multiple_of(3) { digits.clone() } else { format!("{a}.{b}.{c}-{d}") }
}

fn cnpj(random: &mut Random) -> String {
    let mut digits = random.digits(8) + "0001";
    push_check(&mut digits, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
    push_check(&mut digits, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
    let printed =
        format!("{}.{}.{}/{}-{}", &digits[..2], &digits[2..5], &digits[5..8], &digits[8..12], &digits[12..]);
    if random.next().is_multiple_of(3) { digits } else { printed }
}

fn card(random: &mut Random) -> String {
    let head = random.pick(&["4", "51", "55", "2221", "6011", "65", "62"]);
    let body = format!("{head}{}", random.digits(15 - head.len()));
    let luhn = |number: &str| {
        let twice = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
        number
            .bytes()
            .rev()
            .enumerate()
            .map(|(at, digit)| {
                let digit = usize::from(digit - b'0');
                if at % 2 == 1 { twice[digit] } else { digit }
            })
            .sum::<usize>()
            % 10
            == 0
    };
    let number =
        (0..10).map(|check| format!("{body}{check}")).find(|number| luhn(number)).expect("one digit fits");
    let gap = random.pick(&["", " ", "-"]);
    [&number[..4], &number[4..8], &number[8..12], &number[12..]].join(gap)
}

fn iban(random: &mut Random) -> String {
    let body = format!("{}{}", random.text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4), random.digits(14));
    let value = |text: &str| {
        text.chars().map(|c| c.to_digit(36).expect("letters and digits").to_string()).collect::<String>()
    };
    let rest = value(&format!("{body}GB00"))
        .bytes()
        .fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    let number = format!("GB{:02}{body}", 98 - rest);
    if random.next().is_multiple_of(2) {
        return number;
    }
    number
        .as_bytes()
        .chunks(4)
        .map(|chunk| std::str::from_utf8(chunk).expect("ASCII"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn upi(random: &mut Random) -> String {
    let name = random.text(b"abcdefghijklmnopqrstuvwxyz", 7);
    format!(
        "{name}{}@{}",
        random.pick(&["", ".k", "-shop", "99"]),
        random.pick(&["okaxis", "okhdfcbank", "oksbi", "ybl", "paytm", "ibl", "axl", "upi"])
    )
}

fn uuid(random: &mut Random) -> String {
    let mut hex = |len| random.text(b"0123456789abcdef", len);
    format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
}

fn mobile(random: &mut Random) -> String {
    let (a, b, c) = (random.digits(4), random.digits(4), random.digits(3));
    match random.next() % 5 {
        0 => format!("+91 9{a} 8{b}"),
        1 => format!("+55 11 9{a}-{b}"),
        2 => format!("+44 7700 900{c}"),
        3 => format!("(11) 9{a}-{b}"),
        _ => format!("07700 900{c}"),
    }
}

fn email(random: &mut Random) -> String {
    let name = random.text(b"abcdefghijklmnopqrstuvwxyz", 6);
    format!(
        "{name}{}@{}",
        random.pick(&["", ".silva", "_k", "+shop", "99"]),
        random.pick(&["example.com", "aurora.example", "mail.example.co.uk", "Example.com.br"])
    )
}

fn sort_account(random: &mut Random) -> String {
    let (a, b, c, account) = (random.digits(2), random.digits(2), random.digits(2), random.digits(8));
    let between = random.pick(&[" account ", ", account number ", " "]);
    format!("{a}-{b}-{c}{between}{account}")
}
