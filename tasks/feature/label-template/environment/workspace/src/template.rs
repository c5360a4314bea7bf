//! Renders label templates; see docs/template.md.

use std::collections::HashMap;

#[derive(Debug, PartialEq)]
pub struct Error {
    pub code: u32,
    pub position: usize,
}

pub fn render(template: &str, _values: &HashMap<String, String>) -> Result<String, Error> {
    Ok(template.to_string())
}
