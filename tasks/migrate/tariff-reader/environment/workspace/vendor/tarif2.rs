//! tarif 2.1: errors are an enum, limits a struct, and lines are counted from 0.

use std::fmt;

#[derive(Debug, PartialEq)]
pub enum TarifError {
    Syntax { line: usize, column: usize },
    Hours { line: usize, first: u32, behind: u32 },
    Overlap { line: usize, with: usize },
    TooDear { line: usize, mills: u64 },
    TooMany { bands: usize },
    Uncovered(u32),
}

impl fmt::Display for TarifError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for TarifError {}

#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Mills per kWh; that much itself is refused.
    pub below_mills: u64,
    pub max_bands: usize,
    pub overlap: Overlap,
    pub supplier: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Overlap {
    Refuse,
    FirstWins,
    LastWins,
}

pub struct Band {
    line: usize,
    first: u32,
    behind: u32,
    mills: u64,
}

pub struct Tarif {
    bands: Vec<Band>,
    overlap: Overlap,
}

impl Tarif {
    pub fn parse(text: &str, limits: &Limits) -> Result<Tarif, TarifError> {
        let mut bands: Vec<Band> = Vec::new();
        for (line, content) in text.lines().enumerate() {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let band = fields(line, content)?;
            if band.first >= band.behind || band.behind > 24 {
                return Err(TarifError::Hours { line, first: band.first, behind: band.behind });
            }
            if band.mills >= limits.below_mills {
                return Err(TarifError::TooDear { line, mills: band.mills });
            }
            let other = bands.iter().find(|one| one.first < band.behind && band.first < one.behind);
            if let (Some(other), Overlap::Refuse) = (other, limits.overlap) {
                return Err(TarifError::Overlap { line, with: other.line });
            }
            bands.push(band);
        }
        if bands.len() > limits.max_bands {
            return Err(TarifError::TooMany { bands: bands.len() });
        }
        Ok(Tarif { bands, overlap: limits.overlap })
    }

    pub fn len(&self) -> usize {
        self.bands.len()
    }

    /// Price of an amount: the hour comes first.
    pub fn price(&self, hour: u64, kwh: u64) -> Result<u64, TarifError> {
        let has = |band: &&Band| u64::from(band.first) <= hour && hour < u64::from(band.behind);
        let band = match self.overlap {
            Overlap::LastWins => self.bands.iter().rev().find(has),
            _ => self.bands.iter().find(has),
        };
        band.map(|band| kwh * band.mills).ok_or(TarifError::Uncovered(hour as u32))
    }
}

fn fields(line: usize, content: &str) -> Result<Band, TarifError> {
    let wrong = |column| TarifError::Syntax { line, column };
    let (hours, mills) = content.split_once(' ').ok_or(wrong(0))?;
    let (first, behind) = hours.split_once('-').ok_or(wrong(0))?;
    Ok(Band {
        line,
        first: first.parse().map_err(|_| wrong(0))?,
        behind: behind.parse().map_err(|_| wrong(first.len() + 1))?,
        mills: mills.trim().parse().map_err(|_| wrong(hours.len() + 1))?,
    })
}
