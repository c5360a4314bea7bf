//! tarif 1.3: errors are texts.

pub struct Band {
    pub first: u32,
    pub behind: u32,
    pub mills: u64,
}

pub fn parse(text: &str, ceiling: u64) -> Result<Vec<Band>, String> {
    let mut bands = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = index + 1;
        let band = fields(line).ok_or(format!("line {number}: malformed"))?;
        if band.first >= band.behind || band.behind > 24 {
            return Err(format!("line {number}: bad hours"));
        }
        if band.mills > ceiling {
            return Err(format!("line {number}: above the ceiling"));
        }
        bands.push(band);
    }
    Ok(bands)
}

fn fields(line: &str) -> Option<Band> {
    let (hours, mills) = line.split_once(' ')?;
    let (first, behind) = hours.split_once('-')?;
    Some(Band { first: first.parse().ok()?, behind: behind.parse().ok()?, mills: mills.trim().parse().ok()? })
}

/// Mills per kWh; the first band that has the hour counts.
pub fn rate(bands: &[Band], hour: u32) -> Result<u64, String> {
    bands
        .iter()
        .find(|band| band.first <= hour && hour < band.behind)
        .map(|band| band.mills)
        .ok_or(format!("no band at {hour}"))
}
