//! How waits grow.

/// The wait after an attempt (from 1), before jitter.
pub fn grown_ms(base_ms: u32, cap_ms: u32, attempt: u32) -> u32 {
    let doubled = base_ms.wrapping_shl(attempt - 1);
    doubled.min(cap_ms)
}
