//! Reads `key = value` lines.

pub struct Policy {
    pub base_ms: u32,
    pub cap_ms: u32,
    pub jitter_permille: u32,
    pub max_attempts: u32,
    pub dead_letter: String,
}

impl Policy {
    pub fn parse(text: &str) -> Result<Policy, String> {
        let find = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| name.trim() == key)
                .map(|(_, value)| value.trim().to_string())
                .ok_or(format!("{key} is missing"))
        };
        let number = |key: &str| find(key)?.parse::<u32>().map_err(|_| format!("{key} is no number"));
        Ok(Policy {
            base_ms: number("base_ms")?,
            cap_ms: number("cap_ms")?,
            jitter_permille: number("jitter_permille")?,
            max_attempts: number("max_attempts")?,
            dead_letter: find("dead_letter")?,
        })
    }
}
