//! What raw counts mean.

use crate::calibration::{LIGHT_SPAN, SOIL_OFFSET, TEMP_SLOPE};

/// Returns a raw count in the probe's unit, or `None` for an unknown kind.
pub fn convert_raw(kind: &str, raw: u32) -> Option<i64> {
    let raw = i64::from(raw);
    match kind {
        "temp" => Some(raw * TEMP_SLOPE / 100 - 4000),
        "soil" => Some(((raw - SOIL_OFFSET) / 4).clamp(0, 1000)),
        "light" => Some(raw * 1000 / LIGHT_SPAN),
        "rain" => Some(raw),
        _ => None,
    }
}

pub fn unit(kind: &str) -> &'static str {
    match kind {
        "temp" => "cC",
        "soil" | "light" => "permille",
        _ => "",
    }
}
