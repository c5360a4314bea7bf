#[path = "../src/backoff.rs"]
mod backoff;
#[path = "../src/jitter.rs"]
mod jitter;
#[path = "../src/policy.rs"]
mod policy;
#[path = "../src/schedule.rs"]
mod schedule;

fn sample(jitter_permille: u32) -> policy::Policy {
    let text = "base_ms = 800\ncap_ms = 3600000\nmax_attempts = 90\ndead_letter = parking-lot\n";
    policy::Policy::parse(&format!("{text}jitter_permille = {jitter_permille}")).unwrap()
}

#[test]
fn waits_double_up_to_the_cap() {
    let waits: Vec<u32> = (1..15).map(|attempt| schedule::wait_ms(&sample(0), "mail", attempt)).collect();
    assert_eq!(waits[..4], [800, 1600, 3200, 6400]);
    assert_eq!(waits[13], 3600000);
}

#[test]
fn late_attempts_wait_long() {
    for attempt in 14..=90 {
        let wait = schedule::wait_ms(&sample(200), "mail", attempt);
        assert!((2_880_000..=3_600_000).contains(&wait), "attempt {attempt} waits {wait} ms");
    }
}
