use std::collections::HashMap;
use std::process::exit;

#[allow(dead_code)]
mod limits;
mod template;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| {
        eprintln!("usage: labels-cli TEMPLATE [NAME=VALUE]...");
        exit(2)
    });
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        eprintln!("{path}: {error}");
        exit(2)
    });
    let values: HashMap<String, String> = arguments
        .filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.to_string(), value.to_string())))
        .collect();
    match template::render(&text, &values) {
        Ok(label) => print!("{label}"),
        Err(error) => {
            eprintln!("error {} at {}", error.code, error.position);
            exit(1)
        }
    }
}
