//! What becomes of a job that failed.

use crate::backoff::grown_ms;
use crate::jitter::taken_ms;
use crate::policy::Policy;

pub fn wait_ms(policy: &Policy, job: &str, attempt: u32) -> u32 {
    let wait = grown_ms(policy.base_ms, policy.cap_ms, attempt);
    wait - taken_ms(wait, policy.jitter_permille, job, attempt)
}

/// The wait in ms, or the queue of those given up.
pub fn next(policy: &Policy, job: &str, attempt: u32) -> String {
    if attempt > policy.max_attempts {
        return policy.dead_letter.clone();
    }
    wait_ms(policy, job, attempt).to_string()
}

pub fn total_ms(policy: &Policy, job: &str, attempt: u32) -> u64 {
    (1..attempt).map(|one| u64::from(wait_ms(policy, job, one))).sum()
}
