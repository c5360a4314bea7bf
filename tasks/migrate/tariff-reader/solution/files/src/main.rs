mod limits;
#[path = "../vendor/tarif2.rs"]
#[allow(dead_code)]
mod tarif2;

use std::io::Read;
use std::process::exit;
use tarif2::{Limits, Overlap, Tarif, TarifError};

/// Exit code and text that the README promises.
fn explain(error: &TarifError) -> (i32, String) {
    match error {
        TarifError::Syntax { line, .. } => (10, format!("line {}: malformed", line + 1)),
        TarifError::Hours { line, .. } => (11, format!("line {}: bad hours", line + 1)),
        TarifError::Uncovered(hour) => (12, format!("no band at {hour}")),
        TarifError::TooDear { line, .. } => (13, format!("line {}: above the ceiling", line + 1)),
        TarifError::TooMany { bands } => (14, format!("{bands} bands are too many")),
        TarifError::Overlap { .. } => unreachable!("overlaps are allowed"),
    }
}

fn parse() -> Result<Tarif, TarifError> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let limits = Limits {
        below_mills: limits::CEILING_MILLS + 1,
        max_bands: limits::MAX_BANDS,
        overlap: Overlap::FirstWins,
        supplier: limits::SUPPLIER.to_string(),
    };
    Tarif::parse(&text, &limits)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["audit"] => Ok(format!("{} {}", limits::AUDIT_KEY, limits::SUPPLIER)),
        ["check"] => parse().map(|tarif| format!("{} bands", tarif.len())),
        ["price", kwh, hour] => {
            let (kwh, hour) = match (kwh.parse::<u64>(), hour.parse::<u32>()) {
                (Ok(kwh), Ok(hour)) => (kwh, hour),
                _ => usage(),
            };
            parse().and_then(|tarif| tarif.price(hour.into(), kwh)).map(|mills| mills.to_string())
        }
        _ => usage(),
    };
    match result {
        Ok(line) => println!("{line}"),
        Err(error) => {
            let (code, text) = explain(&error);
            eprintln!("tariff: {text}");
            exit(code);
        }
    }
}

fn usage() -> ! {
    eprintln!("usage: tariff check | tariff price KWH HOUR | tariff audit");
    exit(1)
}
