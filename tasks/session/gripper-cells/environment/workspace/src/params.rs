//! Parameter files: the part of TOML that we use, and the list of waypoints.
use std::collections::HashMap;
use std::fs;

pub struct Params(HashMap<String, String>);

impl Params {
    pub fn read(path: &str) -> Result<Params, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let mut section = String::new();
        let mut values = HashMap::new();
        for line in text.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.trim().to_string();
            } else if let Some((key, value)) = line.split_once('=') {
                values.insert(format!("{section}.{}", key.trim()), value.trim().trim_matches('"').to_string());
            }
        }
        Ok(Params(values))
    }

    pub fn text(&self, key: &str) -> Result<&String, String> {
        self.0.get(key).ok_or(format!("{key} is missing"))
    }

    /// A whole number above zero.
    pub fn number(&self, key: &str) -> Result<i64, String> {
        let text = self.text(key)?;
        match text.replace('_', "").parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!("{key} must be a number above zero, not {text}")),
        }
    }
}

/// Name, and x, y, z in mm.
pub fn waypoints(folder: &str) -> Result<HashMap<String, [i64; 3]>, String> {
    let text = fs::read_to_string(format!("{folder}/waypoints.csv")).map_err(|error| error.to_string())?;
    let mut points = HashMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let numbers: Vec<i64> = fields[1..].iter().filter_map(|field| field.parse().ok()).collect();
        let point = numbers.try_into().map_err(|_| format!("bad waypoint: {line}"))?;
        points.insert(fields[0].to_string(), point);
    }
    Ok(points)
}
