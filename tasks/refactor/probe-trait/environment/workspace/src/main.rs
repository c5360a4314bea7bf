mod calibration;
mod gateway;
mod probes;
mod report;

use std::io::BufRead;

fn main() {
    let gateway = std::env::args().any(|arg| arg == "--gateway");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("readable input");
        let mut words = line.split_whitespace();
        let (kind, raw) = match (words.next(), words.next().and_then(|word| word.parse().ok())) {
            (Some(kind), Some(raw)) => (kind, raw),
            _ => continue,
        };
        if gateway {
            println!("{}", gateway::frame(kind, raw));
            continue;
        }
        match report::line(kind, raw) {
            Some(text) => println!("{}", text),
            None => println!("{}: unknown probe", kind),
        }
    }
}
