//! Frames for the radio gateway. Maintained by the gateway's team.

use crate::probes::convert_raw;

#[allow(deprecated)]
pub fn frame(kind: &str, raw: u32) -> String {
    match convert_raw(kind, raw) {
        Some(value) => format!("<{}:{}>", &kind[..1], value),
        None => String::from("<!>"),
    }
}
