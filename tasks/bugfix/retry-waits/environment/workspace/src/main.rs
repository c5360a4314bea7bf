mod backoff;
mod jitter;
mod policy;
mod schedule;

use policy::Policy;

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_else(|_| fail(&format!("no number: {text}")))
}

fn fail(text: &str) -> ! {
    eprintln!("{text}");
    std::process::exit(2)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.len() < 3 {
        fail("usage: retry POLICY [--total] JOB ATTEMPT...");
    }
    let text = std::fs::read_to_string(&arguments[0]).unwrap_or_else(|error| fail(&error.to_string()));
    let policy = Policy::parse(&text).unwrap_or_else(|error| fail(&error));
    if arguments[1] == "--total" && arguments.len() == 4 {
        println!("{}", schedule::total_ms(&policy, &arguments[2], number(&arguments[3])));
        return;
    }
    for attempt in &arguments[2..] {
        println!("{}", schedule::next(&policy, &arguments[1], number(attempt)));
    }
}
