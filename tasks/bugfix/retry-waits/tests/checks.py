import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402

DAYS_40 = 40 * 86_400_000
_built = []


def retry(policy, *arguments):
    if not _built:
        done = run("rustc --edition 2021 -A warnings -O -o /tmp/retry src/main.rs", timeout_s=60)
        assert done.exit_code == 0, done.stderr
        _built.append(True)
    values = {"base_ms": 900, "cap_ms": 7_200_000, "jitter_permille": 0, "max_attempts": 4_000_000_000, "dead_letter": "q"}
    text = "".join(f"{key} = {value}\n" for key, value in {**values, **policy}.items())
    done = run(["bash", "-c", 'cat > /tmp/policy && exec /tmp/retry /tmp/policy "$@"', "retry", *map(str, arguments)], input=text)
    assert done.exit_code == 0, (policy, arguments, done.stderr)
    return done.stdout.split()


def grown(base, cap, attempt):
    return min(cap, base * 2 ** min(attempt - 1, 64))


def taken(wait, permille, job, attempt):
    state = 2_166_136_261
    for byte in job.encode() + attempt.to_bytes(4, "big"):
        state = (state ^ byte) * 16_777_619 % 2**32
    return state % (wait * permille // 1000 + 1)


@check("waits never fall again, for any attempt and base")
def _():
    attempts = [*range(1, 140), 255, 256, 257, 1000, 65536, 4_000_000_000]
    for base in (1, 900, 3_000_000):
        got = retry({"base_ms": base}, "mail", *attempts)
        assert got == [str(grown(base, 7_200_000, one)) for one in attempts], (base, got)


@check("waits that were right are the same, jitter included")
def _():
    for job in ("mail", "größe", "x"):
        got = retry({"jitter_permille": 250}, job, *range(1, 13))
        waits = [grown(900, 7_200_000, one) for one in range(1, 13)]
        assert got == [str(wait - taken(wait, 250, job, one)) for one, wait in enumerate(waits, start=1)], got


@check("long caps lose no more than their share to jitter")
def _():
    policy = {"base_ms": 1100, "cap_ms": DAYS_40, "jitter_permille": 400}
    for job in ("mail", "sync", "report"):
        waits = list(map(int, retry(policy, job, *range(1, 80))))
        for attempt, wait in enumerate(waits, start=1):
            most = grown(1100, DAYS_40, attempt)
            assert most - most * 400 // 1000 <= wait <= most, (attempt, wait)


@check("jitter spreads the jobs over their whole share")
def _():
    policy = {"cap_ms": DAYS_40, "jitter_permille": 500}
    waits = [int(retry(policy, f"job{i}", 50)[0]) for i in range(24)]
    assert len(set(waits)) == 24 and max(waits) - min(waits) > DAYS_40 // 5, waits


@check("workers agree without talking to each other")
def _():
    policy = {"cap_ms": DAYS_40, "jitter_permille": 300}
    assert retry(policy, "mail", 70, 3, 40) == [retry(policy, "mail", one)[0] for one in (70, 3, 40)]


@check("given up after the last attempt, and not before")
def _():
    assert retry({"max_attempts": 60, "dead_letter": "lost-77"}, "mail", 59, 60, 61) == ["7200000", "7200000", "lost-77"]


@check("the total counts every wait before an attempt")
def _():
    total = sum(grown(900, 7_200_000, one) for one in range(1, 50))
    assert retry({}, "--total", "mail", 50) == [str(total)]


@check("the production policy works")
def _():
    retry({}, "mail", 1)
    done = run(["/tmp/retry", "policy.conf", "mail", "1", "30"])
    assert done.exit_code == 0 and len(done.stdout.split()) == 2, done


main()
