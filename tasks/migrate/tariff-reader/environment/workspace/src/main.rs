#[path = "../vendor/tarif1.rs"]
mod tarif1;
mod limits;

use std::io::Read;
use std::process::exit;

fn code(message: &str) -> i32 {
    if message.contains("malformed") {
        10
    } else if message.contains("bad hours") {
        11
    } else if message.contains("no band") {
        12
    } else {
        13
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let result = match words[..] {
        ["check"] => tarif1::parse(&text, limits::CEILING_MILLS).map(|bands| println!("{} bands", bands.len())),
        ["price", kwh, hour] => {
            let (kwh, hour) = match (kwh.parse::<u64>(), hour.parse::<u32>()) {
                (Ok(kwh), Ok(hour)) => (kwh, hour),
                _ => usage(),
            };
            tarif1::parse(&text, limits::CEILING_MILLS)
                .and_then(|bands| tarif1::rate(&bands, hour))
                .map(|mills| println!("{}", kwh * mills))
        }
        _ => usage(),
    };
    if let Err(message) = result {
        eprintln!("tariff: {message}");
        exit(code(&message));
    }
}

fn usage() -> ! {
    eprintln!("usage: tariff check | tariff price KWH HOUR");
    exit(1)
}
