//! How waits grow.

/// The wait after an attempt (from 1), before jitter.
pub fn grown_ms(base_ms: u32, cap_ms: u32, attempt: u32) -> u32 {
    let doubled = 2u32.saturating_pow(attempt - 1).saturating_mul(base_ms);
    doubled.min(cap_ms)
}
