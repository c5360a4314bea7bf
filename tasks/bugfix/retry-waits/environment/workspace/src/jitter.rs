//! Spreads the waits of different jobs.

/// FNV-1a, since it is the same in every worker and every release.
fn hash(job: &str, attempt: u32) -> u32 {
    let mut state = 2_166_136_261u32;
    for byte in job.bytes().chain(attempt.to_be_bytes()) {
        state = (state ^ u32::from(byte)).wrapping_mul(16_777_619);
    }
    state
}

/// What is taken off a wait.
pub fn taken_ms(wait_ms: u32, permille: u32, job: &str, attempt: u32) -> u32 {
    let most = wait_ms.wrapping_mul(permille) / 1000;
    hash(job, attempt) % (most + 1)
}
