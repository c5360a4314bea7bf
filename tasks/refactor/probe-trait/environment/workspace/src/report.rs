//! One line per reading.

use crate::probes::{convert_raw, unit};

fn alarm(kind: &str, value: i64) -> bool {
    match kind {
        "temp" => value < 0 || value > 3500,
        "soil" => value < 120,
        _ => false,
    }
}

pub fn line(kind: &str, raw: u32) -> Option<String> {
    let value = convert_raw(kind, raw)?;
    let mark = if alarm(kind, value) { " !" } else { "" };
    Some(format!("{}: {} {}{}", kind, value, unit(kind), mark).trim_end().to_string())
}
