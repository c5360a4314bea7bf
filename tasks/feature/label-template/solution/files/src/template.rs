//! Renders label templates; see docs/template.md.

use crate::limits::*;
use std::collections::HashMap;

#[derive(Debug, PartialEq)]
pub struct Error {
    pub code: u32,
    pub position: usize,
}

pub fn render(template: &str, values: &HashMap<String, String>) -> Result<String, Error> {
    let chars: Vec<char> = template.chars().collect();
    let mut label = String::new();
    let mut at = 0;
    while at < chars.len() {
        let one = chars[at];
        if one != '{' && one != '}' {
            label.push(one);
            at += 1;
        } else if chars.get(at + 1) == Some(&one) {
            label.push(one);
            at += 2;
        } else {
            let closing = chars[at..].iter().position(|&c| c == '}').filter(|_| one == '{');
            let length = closing.ok_or(Error { code: ERR_UNCLOSED, position: at })?;
            let field: String = chars[at + 1..at + length].iter().collect();
            label += &filled(&field, values).ok_or(Error { code: ERR_SPEC, position: at })?;
            at += length + 1;
        }
    }
    if label.chars().count() > MAX_OUTPUT {
        return Err(Error { code: ERR_TOO_LONG, position: MAX_OUTPUT });
    }
    Ok(label)
}

fn filled(field: &str, values: &HashMap<String, String>) -> Option<String> {
    let (name, spec) = match field.split_once(':') {
        Some((name, spec)) => (name, Some(spec)),
        None => (field, None),
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return None;
    }
    let (alignment, width, cut) = match spec {
        Some(spec) => parsed(spec)?,
        None => (None, None, false),
    };
    let value = values.get(name).map_or(MISSING, String::as_str);
    if let Some(raw) = value.strip_prefix(RAW_PREFIX) {
        return Some(raw.to_string());
    }
    let width = match width.or_else(|| alignment.map(|_| DEFAULT_WIDTH)) {
        Some(width) => width,
        None => return Some(value.to_string()),
    };
    let count = value.chars().count();
    if count >= width {
        return Some(if cut { value.chars().take(width).collect() } else { value.to_string() });
    }
    let room = width - count;
    let left = match alignment {
        Some('>') => room,
        Some('^') => room / 2,
        _ => 0,
    };
    Some(" ".repeat(left) + value + &" ".repeat(room - left))
}

fn parsed(spec: &str) -> Option<(Option<char>, Option<usize>, bool)> {
    if spec.is_empty() {
        return None;
    }
    let alignment = spec.chars().next().filter(|c| "<>^".contains(*c));
    let rest = if alignment.is_some() { &spec[1..] } else { spec };
    let (digits, cut) = match rest.strip_suffix('!') {
        Some(digits) => (digits, true),
        None => (rest, false),
    };
    if digits.is_empty() {
        return Some((alignment, None, cut));
    }
    if !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let width = digits.parse().ok().filter(|width| (1..=MAX_WIDTH).contains(width))?;
    Some((alignment, Some(width), cut))
}
