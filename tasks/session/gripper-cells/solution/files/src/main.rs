//! Plans ways of the two robot cells.
mod params;

use params::{waypoints, Params};

fn check(folder: &str) -> Result<(), String> {
    let safety = Params::read(&format!("{folder}/safety.toml"))?;
    for cell in ["cell_a", "cell_b"] {
        let settings = Params::read(&format!("{folder}/{cell}.toml"))?;
        for (key, limit) in [("arm.speed_mm_s", "max.speed_mm_s"), ("gripper.force_mn", "max.force_mn")] {
            if settings.number(key)? > safety.number(limit)? {
                return Err(format!("{cell}: {key} is above {limit}"));
            }
        }
        settings.number("arm.accel_mm_s2")?;
        settings.number("gripper.grip_ms")?;
        settings.number("camera.exposure_us")?;
        println!("{cell}: gripper {}, camera {}", settings.text("gripper.serial")?, settings.text("camera.address")?);
    }
    Ok(())
}

fn plan(folder: &str, cell: &str, names: &[String]) -> Result<(), String> {
    let settings = Params::read(&format!("{folder}/{cell}.toml"))?;
    let speed = settings.number("arm.speed_mm_s")?;
    let grip = settings.number("gripper.grip_ms")?;
    let dwell = if settings.text("arm.dwell_ms").is_ok() { settings.number("arm.dwell_ms")? } else { 0 };
    let points = waypoints(folder)?;
    let find = |name: &String| points.get(name).ok_or(format!("no waypoint {name}"));
    let mut total = grip;
    for (leg, pair) in names.windows(2).enumerate() {
        let (from, to) = (find(&pair[0])?, find(&pair[1])?);
        let length: i64 = (0..3).map(|axis| (from[axis] - to[axis]).abs()).sum();
        let time = (length * 1000 + speed - 1) / speed;
        println!("{} {} {}", pair[0], pair[1], time);
        total += time;
        if dwell > 0 && leg + 2 < names.len() {
            println!("dwell {dwell}");
            total += dwell;
        }
    }
    println!("grip {grip}\ntotal {total}");
    Ok(())
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut folder = "params".to_string();
    if arguments.len() > 1 && arguments[0] == "--params" {
        folder = arguments.remove(1);
        arguments.remove(0);
    }
    let done = match arguments.first().map(String::as_str) {
        Some("check") => check(&folder),
        Some("plan") if arguments.len() > 3 => plan(&folder, &arguments[1], &arguments[2..]),
        _ => Err("usage: robot [--params DIR] check | plan CELL POINT POINT...".to_string()),
    };
    if let Err(message) = done {
        eprintln!("{message}");
        std::process::exit(1);
    }
}
