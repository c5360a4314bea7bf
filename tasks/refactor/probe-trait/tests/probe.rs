#[allow(dead_code)]
#[path = "/workspace/src/calibration.rs"]
mod calibration;
#[allow(dead_code)]
#[path = "/workspace/src/probes.rs"]
mod probes;

#[allow(unused_imports)]
use probes::*;

fn main() {
    println!("{} {} {}", calibration::TEMP_SLOPE, calibration::SOIL_OFFSET, calibration::LIGHT_SPAN);
    for kind in ["temp", "soil", "light", "rain"] {
        let probe = probe_for(kind).expect(kind);
        println!("{} {} {} {} {} {}", kind, probe.convert(60000), probe.unit(), probe.alarm(-1), probe.alarm(120), probe.alarm(3501));
    }
    println!("{} {}", probe_for("wind").is_none(), probe_for("").is_none());
}
