//! Invented people: names by language, and phone numbers from ranges kept for fiction where a country has one.

use super::{Language, Region};
use crate::random::Random;

const PORTUGUESE: (&[&str], &[&str]) = (
    &[
        "Adriana",
        "Alexandre",
        "Aline",
        "Anderson",
        "Beatriz",
        "Caio",
        "Carolina",
        "Cláudia",
        "Daniela",
        "Edson",
        "Eduardo",
        "Fernanda",
        "Flávio",
        "Helena",
        "Igor",
        "Isabela",
        "Jéssica",
        "Júlio",
        "Letícia",
        "Luciana",
        "Marina",
        "Mateus",
        "Paula",
        "Rafael",
        "Rodrigo",
        "Sandra",
        "Sérgio",
        "Simone",
        "Thiago",
        "Vanessa",
        "Vinícius",
        "Yuri",
        "Dona Célia",
        "Seu Antônio",
    ],
    &[
        "Almeida",
        "Amaral",
        "Arruda",
        "Barbosa",
        "Batista",
        "Bezerra",
        "Campos",
        "Cardoso",
        "Carvalho",
        "Castro",
        "Correia",
        "Fonseca",
        "Freitas",
        "Guimarães",
        "Leite",
        "Macedo",
        "Machado",
        "Moraes",
        "Nakamura",
        "Peixoto",
        "Queiroz",
        "Rezende",
        "Ribeiro",
        "Sampaio",
        "Siqueira",
        "Teixeira",
        "Vasconcelos",
        "Xavier",
    ],
);

const BRITISH: (&[&str], &[&str]) = (
    &[
        "Aisha",
        "Amelia",
        "Andrew",
        "Ben",
        "Bronwen",
        "Charlotte",
        "Chidi",
        "Claire",
        "David",
        "Dominika",
        "Emily",
        "Ewan",
        "Fiona",
        "George",
        "Hannah",
        "Ifeoma",
        "Jack",
        "James",
        "Kasia",
        "Laura",
        "Liam",
        "Lucy",
        "Megan",
        "Mohammed",
        "Nadia",
        "Nia",
        "Patrick",
        "Rhys",
        "Ruth",
        "Sam",
        "Sophie",
        "Tariq",
    ],
    &[
        "Adeyemi",
        "Ahmed",
        "Bailey",
        "Barker",
        "Booth",
        "Campbell",
        "Clarke",
        "Davies",
        "Doyle",
        "Ferguson",
        "Fletcher",
        "Gallagher",
        "Hargreaves",
        "Hussain",
        "Jenkins",
        "Kowalska",
        "Lawson",
        "Marsh",
        "Mensah",
        "Murray",
        "Osborne",
        "Pritchard",
        "Rahman",
        "Sutton",
        "Thornton",
        "Wallace",
        "Whitfield",
        "Yates",
    ],
);

const INDIAN: (&[&str], &[&str]) = (
    &[
        "Aarti", "Abhishek", "Ajay", "Amit", "Anita", "Arjun", "Ayesha", "Deepak", "Divya", "Gaurav",
        "Gurpreet", "Ishaan", "Jyoti", "Kavita", "Kunal", "Lakshmi", "Manish", "Neha", "Nisha", "Pradeep",
        "Rahul", "Rekha", "Ritu", "Sachin", "Salma", "Sanjay", "Shreya", "Suresh", "Swati", "Varun", "Vivek",
        "Zoya",
    ],
    &[
        "Agarwal", "Ahuja", "Banerjee", "Bhatt", "Bose", "Chopra", "Dixit", "D'Souza", "Gokhale", "Gupta",
        "Jain", "Kapoor", "Khan", "Krishnan", "Malhotra", "Menon", "Mishra", "More", "Naik", "Pandey",
        "Patil", "Pillai", "Rao", "Reddy", "Sethi", "Sharma", "Singh", "Thakur", "Tiwari", "Verma",
    ],
);

const SPANISH: (&[&str], &[&str]) = (
    &[
        "Agustina",
        "Álvaro",
        "Camilo",
        "Catalina",
        "Diego",
        "Esteban",
        "Florencia",
        "Ignacio",
        "Julieta",
        "Lorena",
        "Luciano",
        "Mariana",
        "Matías",
        "Milagros",
        "Nicolás",
        "Paola",
        "Rocío",
        "Santiago",
        "Valentina",
        "Ximena",
    ],
    &[
        "Acosta",
        "Benítez",
        "Bustos",
        "Cabrera",
        "Córdoba",
        "Fuentes",
        "Godoy",
        "Herrera",
        "Ibáñez",
        "Ledesma",
        "Maldonado",
        "Ojeda",
        "Paredes",
        "Quiroga",
        "Rivas",
        "Salinas",
        "Urrutia",
        "Vega",
        "Zúñiga",
    ],
);

const CHINESE: (&[&str], &[&str]) = (
    &["陈", "林", "黄", "王", "李", "刘", "吴", "周", "徐", "孙", "何", "郭", "马", "罗", "梁"],
    &[
        "晓雯", "志强", "雅婷", "建华", "思远", "美玲", "国栋", "欣怡", "子轩", "丽娜", "文杰", "佳慧",
        "海燕", "宇航", "静", "敏",
    ],
);

const ARABIC: (&[&str], &[&str]) = (
    &[
        "أحمد", "سارة", "خالد", "نورة", "يوسف", "ليلى", "عمر", "هالة", "طارق", "مريم", "سامي", "دينا",
        "زياد", "رنا", "فيصل", "سلمى",
    ],
    &[
        "الحسن",
        "منصور",
        "العلي",
        "حداد",
        "النجار",
        "سليمان",
        "القاسم",
        "خوري",
        "الشامي",
        "درويش",
        "عثمان",
        "الراوي",
    ],
);

/// A client's name as shown on WhatsApp, and a Latin handle made of it.
pub(super) fn client(random: &mut Random, language: Language, place: usize) -> (String, String) {
    let (first, last) = match language {
        Language::Portuguese => PORTUGUESE,
        Language::English => BRITISH,
        Language::IndianEnglish | Language::Hindi | Language::Hinglish => INDIAN,
        Language::Spanish => SPANISH,
        Language::Chinese => CHINESE,
        Language::Arabic => ARABIC,
    };
    // Walking both tables together meets each pair once before any repeats.
    let turn = place / first.len();
    let (first, last) = (first[place % first.len()], last[(place * 7 + turn * 3 + 1) % last.len()]);
    let latin = match language {
        Language::Chinese => format!("chen{}", random.digits(3)),
        Language::Arabic => format!("noor{}", random.digits(3)),
        _ => first.chars().filter(char::is_ascii_alphabetic).collect(),
    };
    let name =
        if language == Language::Chinese { format!("{first}{last}") } else { format!("{first} {last}") };
    (name, latin)
}

/// A staff number; British ones are Ofcom's numbers for drama, the others lie in blocks that are all but unused.
pub(super) fn staff_phone(city: &str, index: usize) -> String {
    match city {
        "São Paulo" => format!("55119000041{index:02}"),
        "Rio de Janeiro" => format!("55219000041{index:02}"),
        "Mumbai" => format!("9190000041{index:02}"),
        "Delhi" => format!("9190000042{index:02}"),
        _ => format!("447700900{:03}", 900 + index),
    }
}

/// A client's number; see [`staff_phone`]. Indices below 600 are distinct.
pub(super) fn client_phone(language: Language, region: Region, index: usize) -> String {
    match (language, region) {
        (Language::Spanish, _) => match index % 3 {
            0 => format!("549115000{index:04}"),
            1 => format!("56900005{index:03}"),
            _ => format!("59899000{index:03}"),
        },
        (_, Region::Brazil) if index.is_multiple_of(2) => format!("551190000{:04}", 1000 + index),
        (_, Region::Brazil) => format!("552190000{:04}", 1000 + index),
        (_, Region::India) => format!("9190000{:05}", 20_000 + index * 13),
        (_, Region::UnitedKingdom) => format!("447700900{index:03}"),
    }
}

/// A private mobile number of a member of staff that is in nobody's register, for the stories.
pub(crate) fn private_phone(random: &mut Random, region: Region) -> String {
    match region {
        Region::Brazil => format!("55 11 90000-8{}", random.digits(3)),
        Region::India => format!("91 90000 7{}", random.digits(4)),
        Region::UnitedKingdom => format!("44 7700 9009{}", 50 + random.index(50)),
    }
}
